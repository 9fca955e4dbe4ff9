package foldfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// Predictions is what a predictions.csv holds of the scheme that decides: once in each repeat a row
// was in a fold that was tested. Classes are indices into data.classes.
type Predictions struct {
	Rows      []int      // row numbers of the raw file, from 0, ascending
	Labels    []uint16   // of each of Rows
	Predicted [][]uint16 // by repeat, of each of Rows
}

// WritePredictions writes predictions.csv, a line for each row, with classes by their texts.
func WritePredictions(w io.Writer, p *Predictions, classes []string) error {
	out := csv.NewWriter(w)
	line := predictionColumns(len(p.Predicted))
	out.Write(line) // Error returns the first error
	for i, row := range p.Rows {
		line = append(line[:0], strconv.Itoa(row), classes[p.Labels[i]])
		for _, predicted := range p.Predicted {
			line = append(line, classes[predicted[i]])
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

func predictionColumns(repeats int) []string {
	names := []string{"row", "label"}
	for repeat := range repeats {
		names = append(names, "repeat_"+strconv.Itoa(repeat))
	}
	return names
}

// ReadPredictions reads a predictions.csv of so many repeats; name stands for the file in errors.
func ReadPredictions(r io.Reader, name string, classes []string, repeats int) (*Predictions, error) {
	t, err := newTable(r, name)
	if err != nil {
		return nil, err
	}
	reader := predictionReader{table: t, codes: map[string]uint16{}}
	for _, column := range predictionColumns(repeats) {
		at, err := t.find(column)
		if err != nil {
			return nil, err
		}
		reader.at = append(reader.at, at)
	}
	for code, class := range classes {
		reader.codes[class] = uint16(code)
	}
	reader.predictions.Predicted = make([][]uint16, repeats)
	return reader.read()
}

type predictionReader struct {
	*table
	at          []int // the positions of row, label and each repeat
	codes       map[string]uint16
	predictions Predictions
}

func (r *predictionReader) read() (*Predictions, error) {
	for {
		record, err := r.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.add(record)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(r.predictions.Rows) == 0 {
		return nil, fmt.Errorf("%s: must have rows", r.name)
	}
	return &r.predictions, nil
}

func (r *predictionReader) add(record []string) error {
	p := &r.predictions
	row, err := r.count(record, r.at[0], 0)
	if err != nil {
		return err
	}
	if n := len(p.Rows); n > 0 && row <= p.Rows[n-1] {
		return r.errorf(r.at[0], "must be above that of the line before, %d, got %d", p.Rows[n-1], row)
	}
	p.Rows = append(p.Rows, row)
	for i, at := range r.at[1:] {
		code, known := r.codes[record[at]]
		switch {
		case !known:
			return r.errorf(at, "must be one of data.classes, got %.40q", record[at])
		case i == 0:
			p.Labels = append(p.Labels, code)
		default:
			p.Predicted[i-1] = append(p.Predicted[i-1], code)
		}
	}
	return nil
}
