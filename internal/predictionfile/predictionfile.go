// Package predictionfile writes the predictions for rows, as CSV with a header: the row's number, its id and its
// label if it has them, the predicted class, and the probability of each class, in the shortest form that reads back
// as the same number.
package predictionfile

import (
	"context"
	"io"
	"strconv"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/mlp"
)

// A Writer writes a file, block by block.
type Writer struct {
	to      io.Writer
	classes []string
	labels  bool
	ids     bool
	rows    int // written so far
	workers int
}

// NewWriter writes the header: idName is what the ids are called, "" if there are none, and labels says whether the rows have
// labels. Workers is the number of goroutines that format; the bytes do not depend on it.
func NewWriter(to io.Writer, classes []string, idName string, labels bool, workers int) (*Writer, error) {
	line := []byte("row,")
	for _, name := range columns(idName, labels) {
		line = append(csvfile.AppendText(line, name), ',')
	}
	for _, class := range classes {
		line = append(csvfile.AppendText(line, "probability_"+class), ',')
	}
	line[len(line)-1] = '\n'
	_, err := to.Write(line)
	return &Writer{to: to, classes: classes, labels: labels, ids: idName != "", workers: workers}, err
}

func columns(idName string, labels bool) []string {
	var names []string
	if idName != "" {
		names = append(names, idName)
	}
	if labels {
		names = append(names, "label")
	}
	return append(names, "prediction")
}

// Write writes a line for each row of the predictions; ids and labels (class indices) are those of the rows, if the file has
// them.
func (w *Writer) Write(ctx context.Context, p mlp.Predictions, ids []string, labels []int) error {
	rows := len(p.Classes)
	err := csvfile.Write(ctx, w.to, rows, w.workers, csvfile.EachRow(func(line []byte, i int) []byte {
		line = append(strconv.AppendInt(line, int64(w.rows+i), 10), ',')
		if w.ids {
			line = append(csvfile.AppendText(line, ids[i]), ',')
		}
		if w.labels {
			line = append(csvfile.AppendText(line, w.classes[labels[i]]), ',')
		}
		line = append(csvfile.AppendText(line, w.classes[p.Classes[i]]), ',')
		for _, v := range p.Probabilities.Data[i*p.Probabilities.Stride:][:p.Probabilities.Cols] {
			line = append(strconv.AppendFloat(line, v, 'g', -1, 64), ',')
		}
		return line
	}))
	w.rows += rows
	return err
}
