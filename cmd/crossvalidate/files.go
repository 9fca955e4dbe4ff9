package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"path/filepath"
	"strconv"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/metrics"
)

// write writes all outputs below folder, or none.
func (r *results) write(folder string, report report) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	for _, file := range []struct {
		name  string
		write func(w io.Writer) error
	}{
		{"metrics.json", func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "  ")
			return encoder.Encode(report)
		}},
		{"folds.csv", func(w io.Writer) error { return writeLines(w, r.foldLines) }},
		{"predictions.csv", func(w io.Writer) error { return writeLines(w, r.predictionLines) }},
		{"plots/curves.csv", func(w io.Writer) error { return writeLines(w, r.curves.lines) }},
		{"plots/calibration.csv", func(w io.Writer) error { return writeLines(w, r.calibrationLines) }},
	} {
		if err := outputs.Write(filepath.Join(folder, filepath.FromSlash(file.name)), file.write); err != nil {
			return err
		}
	}
	return outputs.Commit()
}

// writeLines writes the CSV lines that a function gives.
func writeLines(w io.Writer, lines func(line func(fields ...string))) error {
	out := csv.NewWriter(w)
	lines(func(fields ...string) { out.Write(fields) }) // Error tells of the first that fails
	out.Flush()
	return out.Error()
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// foldLines are folds.csv: the scores of each fold.
func (r *results) foldLines(line func(...string)) {
	line("scheme", "repeat", "fold", "rows", "loss", "accuracy", "f1_macro", "roc_auc")
	for _, scheme := range []string{stratified, blocked} {
		for _, f := range r.folds[scheme] {
			line(scheme, strconv.Itoa(f.repeat), strconv.Itoa(f.number), strconv.Itoa(f.rows),
				number(f.Loss), number(f.Accuracy), number(f.F1Macro), number(f.AUC))
		}
	}
}

// predictionLines are predictions.csv: each row of the raw file, counted from 0, its label, and what
// each repeat of the stratified scheme predicted while it tested the row.
func (r *results) predictionLines(line func(...string)) {
	classes := r.params.Data.Classes
	head := []string{"row", "label"}
	for repeat := range r.predictions {
		head = append(head, "repeat_"+strconv.Itoa(repeat))
	}
	line(head...)
	for row, label := range r.labels {
		fields := []string{strconv.Itoa(row), classes[label]}
		for _, predicted := range r.predictions {
			fields = append(fields, classes[predicted[row]])
		}
		line(fields...)
	}
}

// maxSteps keeps the curves small enough to draw and to lie in git. They are evenly thinned beyond.
const maxSteps = 500

// lines are plots/curves.csv: the mean over the folds of the stratified scheme, and a standard
// deviation to either side, for the rows trained on and for those tested.
func (c *curves) lines(line func(...string)) {
	head := []string{"step", "rows", "folds"}
	for _, metric := range curveMetrics {
		head = append(head, metric.name, metric.name+"_low", metric.name+"_high")
	}
	line(head...)
	steps := thinned(len(c.epochs), maxSteps)
	for i, side := range curveSides {
		for _, step := range steps {
			of := c.epochs[step][i*len(curveMetrics) : (i+1)*len(curveMetrics)]
			fields := []string{strconv.Itoa(step), side.name, strconv.Itoa(of[0].n)}
			for _, m := range of {
				fields = append(fields, number(m.mean), number(m.mean-m.sd()), number(m.mean+m.sd()))
			}
			line(fields...)
		}
	}
}

// thinned gives at most most of the numbers below n, the first and the last among them.
func thinned(n, most int) []int {
	kept := make([]int, min(n, most))
	for i := range kept {
		kept[i] = i
		if n > most {
			kept[i] = i * (n - 1) / (most - 1)
		}
	}
	return kept
}

const calibrationBins = 10

// calibrationLines are plots/calibration.csv: of all predictions of the stratified scheme, in tenths
// by the probability of a class, that probability's mean and the share that is of the class.
func (r *results) calibrationLines(line func(...string)) {
	line("class", "predicted", "observed", "predictions")
	classes := r.params.Data.Classes
	for i, class := range metrics.CurveClasses(len(classes)) {
		for _, b := range r.calibration.Bins(i) {
			line(classes[class], number(b.Predicted), number(b.Observed()), strconv.Itoa(b.Rows))
		}
	}
}
