package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"path/filepath"
	"strconv"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/metrics"
)

// Curves are kept small enough to draw and to lie in git: a point takes some 100 bytes, and a file less
// than 1 MB.
const (
	maxPoints    = 1000 // of a curve
	maxAllPoints = 8000 // of all curves of a file
)

// The rows of the plots. A curve is that of one class against the rest.
type (
	rocRow struct {
		Class     string `json:"class"`
		FPR       figure `json:"fpr"`
		TPR       figure `json:"tpr"`
		Threshold figure `json:"threshold"` // null above all scores
	}
	precisionRecallRow struct {
		Class     string `json:"class"`
		Recall    figure `json:"recall"`
		Precision figure `json:"precision"`
		Threshold figure `json:"threshold"` // null above all scores
	}
	calibrationRow struct {
		Class     string `json:"class"`
		Predicted figure `json:"predicted"` // mean probability of the rows of a bin
		Observed  figure `json:"observed"`  // share of them that are of the class, and its interval
		Low       figure `json:"low"`
		High      figure `json:"high"`
		Rows      int    `json:"rows"`
	}
	confusionRow struct {
		Actual    string `json:"actual"`
		Predicted string `json:"predicted"`
	}
)

// write writes all outputs below folder, or none.
func (e evaluation) write(folder string, r report) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	for _, file := range []struct {
		name  string
		write func(w io.Writer) error
	}{
		{"metrics.json", func(w io.Writer) error {
			text, err := jsonText(r, "  ")
			if err != nil {
				return err
			}
			_, err = w.Write(text)
			return err
		}},
		{"predictions.csv", e.writePredictions},
		{"plots/roc.json", func(w io.Writer) error { return writeRows(w, e.roc()) }},
		{"plots/precision_recall.json", func(w io.Writer) error { return writeRows(w, e.precisionRecall()) }},
		{"plots/calibration.json", func(w io.Writer) error { return writeRows(w, e.calibrationRows()) }},
		{"plots/confusion_matrix.json", func(w io.Writer) error { return writeRows(w, e.confusion()) }},
	} {
		if err := outputs.Write(filepath.Join(folder, filepath.FromSlash(file.name)), file.write); err != nil {
			return err
		}
	}
	return outputs.Commit()
}

// writePredictions writes a line for each test row, counted from 0 in the order of X_test.csv.
func (e evaluation) writePredictions(w io.Writer) error {
	out := csv.NewWriter(w)
	line := []string{"row", "label", "prediction"}
	for _, class := range e.classes {
		line = append(line, "probability_"+class)
	}
	out.Write(line) // Error returns the first that fails
	p := e.predictions.Probabilities
	for i, label := range e.labels {
		line = append(line[:0], strconv.Itoa(i), e.classes[label], e.classes[e.predictions.Classes[i]])
		for _, v := range p.Data[i*p.Stride : i*p.Stride+p.Cols] {
			line = append(line, strconv.FormatFloat(v, 'g', -1, 64))
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// writeRows writes a JSON list with one row on each line.
func writeRows[T any](w io.Writer, rows []T) error {
	separator := "[\n  "
	if len(rows) == 0 {
		separator = "["
	}
	for _, row := range rows {
		text, err := jsonText(row, "")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, separator+string(bytes.TrimSuffix(text, []byte("\n")))); err != nil {
			return err
		}
		separator = ",\n  "
	}
	end := "\n]\n"
	if len(rows) == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}

func (e evaluation) roc() (rows []rocRow) {
	eachPoint(e, func(r *metrics.Ranking) []metrics.ROCPoint { return r.ROC(maxPoints) }, func(class string, p metrics.ROCPoint) {
		rows = append(rows, rocRow{class, figure(p.FalsePositiveRate), figure(p.TruePositiveRate), figure(p.Threshold)})
	})
	return rows
}

func (e evaluation) precisionRecall() (rows []precisionRecallRow) {
	eachPoint(e, func(r *metrics.Ranking) []metrics.PrecisionRecallPoint { return r.PrecisionRecall(maxPoints) }, func(class string, p metrics.PrecisionRecallPoint) {
		rows = append(rows, precisionRecallRow{class, figure(p.Recall), figure(p.Precision), figure(p.Threshold)})
	})
	return rows
}

func (e evaluation) calibrationRows() (rows []calibrationRow) {
	calibration := e.calibration()
	for i, k := range metrics.CurveClasses(len(e.classes)) {
		for _, b := range calibration.Bins(i) {
			ci := e.share(b.Positives, b.Rows)
			rows = append(rows, calibrationRow{e.classes[k], figure(b.Predicted), figure(b.Observed()), ci.Low, ci.High, b.Rows})
		}
	}
	return rows
}

// confusion has a row for each test row, as DVC's template counts them itself.
func (e evaluation) confusion() []confusionRow {
	rows := make([]confusionRow, len(e.labels))
	for i, label := range e.labels {
		rows[i] = confusionRow{e.classes[label], e.classes[e.predictions.Classes[i]]}
	}
	return rows
}

// eachPoint calls draw for the points of each class's curve, thinned over all classes together.
func eachPoint[P metrics.CurvePoint](e evaluation, curve func(*metrics.Ranking) []P, draw func(class string, p P)) {
	var ranking metrics.Ranking
	var curves [][]P
	classes := metrics.CurveClasses(len(e.classes))
	for _, k := range classes {
		ranking.Rank(e.predictions.Probabilities, e.labels, k)
		curves = append(curves, curve(&ranking))
	}
	for i, points := range metrics.ThinCurves(curves, maxAllPoints) {
		for _, p := range points {
			draw(e.classes[classes[i]], p)
		}
	}
}
