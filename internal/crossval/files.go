package crossval

import (
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/plot"
)

// Files returns all outputs, once every record has been added.
func (r *Results) Files() []atomicfile.File {
	importance := r.ranking()
	files := slices.Insert(r.LiveFiles(), 2, atomicfile.File{Path: "predictions.csv", Write: r.writePredictions}) // beside folds.csv, with which it is compared
	return append(files,
		atomicfile.File{Path: "importance.csv", Write: func(w io.Writer) error { return writeImportance(w, importance, len(importance)) }},
		atomicfile.File{Path: "plots/importance.csv", Write: func(w io.Writer) error { return writeImportance(w, importance, maxDrawn) }},
	)
}

// LiveFiles returns the outputs that can be written before every record has been added: they show the folds that are done.
// metrics.json then has means without intervals, and says of how many folds they are.
func (r *Results) LiveFiles() []atomicfile.File {
	return []atomicfile.File{
		{Path: "metrics.json", Write: r.writeReport},
		{Path: "folds.csv", Write: func(w io.Writer) error { return foldfile.WriteFolds(w, r.folds) }},
		{Path: "plots/curves.csv", Write: func(w io.Writer) error { return plot.WriteLines(w, r.curves.lines) }},
		{Path: "plots/calibration.csv", Write: func(w io.Writer) error { return plot.WriteLines(w, r.calibrationLines) }},
	}
}

func (r *Results) writeReport(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r.Report())
}

func (r *Results) writePredictions(w io.Writer) error {
	p := foldfile.Predictions{Rows: r.sample, Labels: make([]uint16, len(r.sample)), Predicted: r.predicted, Loss: make([]float64, len(r.sample))}
	for i, row := range r.sample {
		p.Labels[i] = uint16(r.table.Labels[row])
		p.Loss[i] = r.loss[i] / float64(len(r.predicted))
	}
	if r.table.Groups != nil {
		p.Groups = chosen(r.table.Groups, r.sample)
	}
	if r.table.IDs != nil {
		p.IDs, p.IDName = chosen(r.table.IDs, r.sample), r.table.Schema.IDName()
	}
	return foldfile.WritePredictions(w, &p, r.params.Data.Classes)
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// maxSteps is the number of epochs that the curves show; they are thinned beyond it.
const maxSteps = 500

// lines are plots/curves.csv: the mean over folds, and a standard deviation to either side, for the
// rows trained on and for those tested.
func (c curves) lines(line func(...string)) {
	head := []string{"step", "rows", "folds"}
	for _, metric := range mlp.Curves {
		head = append(head, metric.Name, metric.Name+"_low", metric.Name+"_high")
	}
	line(head...)
	steps := make([]int, len(c))
	for step := range steps {
		steps[step] = step
	}
	steps = plot.Thin(steps, maxSteps)
	for i, side := range sides {
		for _, step := range steps {
			moments := c[step][i]
			fields := []string{strconv.Itoa(step), side.name, strconv.Itoa(moments[0].N)}
			for _, m := range moments {
				fields = append(fields, number(m.Mean()), number(m.Mean()-m.Spread()), number(m.Mean()+m.Spread()))
			}
			line(fields...)
		}
	}
}

// calibrationLines are plots/calibration.csv: of all predictions, binned by the probability of a
// class, the mean of that probability and the share that is of the class. If the classes are too many
// for the file, those with the most rows have lines.
func (r *Results) calibrationLines(line func(...string)) {
	line("class", "predicted", "observed", "predictions")
	classes := r.params.Data.Classes
	rows := make([]int, len(classes))
	for _, label := range r.table.Labels {
		rows[label]++
	}
	const numbers = 80 // bytes of a line beside the class
	all := metrics.CurveClasses(len(classes))
	drawn := plot.Largest(all, rows, plot.MaxBytes/(numbers+longestField(classes))/plot.CalibrationBins)
	for i, class := range all {
		if !slices.Contains(drawn, class) {
			continue
		}
		for _, b := range r.calibration.Bins(i) {
			line(classes[class], number(b.Predicted), number(b.Observed()), strconv.Itoa(b.Rows))
		}
	}
}
