package page

import (
	"fmt"
	"math"
	"strings"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// metrics are all numbers of the evaluation and the cross-validation.
func (r *results) metrics() Section {
	s := Section{ID: "metrics", Title: "Metrics", Columns: true}
	if r.test == nil {
		s.Blocks = append(s.Blocks, missing("The evaluation on test rows", "evaluate"))
	} else {
		b := Block{Heading: "On the test rows", Table: r.testTable()}
		if r.adjustedScores() {
			b.Lines = []string{adjustedNote}
		}
		s.Blocks = append(s.Blocks, b, Block{Heading: "On the test rows of each class", Table: r.classTable()})
	}
	for _, scheme := range schemes {
		if metrics, ok := r.cross[scheme]; ok {
			s.Blocks = append(s.Blocks, Block{Heading: "Cross-validation, " + scheme, Table: r.crossTable(scheme, metrics)})
		}
	}
	if r.cross == nil {
		s.Blocks = append(s.Blocks, missing("The cross-validation", "crossvalidate"))
	}
	return s
}

func (r *results) testTable() *Table {
	t := &Table{
		Caption: fmt.Sprintf("Of %s. Only accuracy has an interval here, Wilson's%s.", r.test.heldOut(), allowance(r.test.Groups)),
		Head:    []string{"metric", "test", r.level() + " interval", "training rows"}, Kinds: "tnin",
	}
	if len(r.cross) > 0 {
		t.Caption += " The cross-validation has one for each of its metrics."
	}
	t.Caption += r.precisionOf()
	train := scores{figure(math.NaN()), figure(math.NaN()), figure(math.NaN())}
	if r.live != nil {
		train = r.live.Train
	}
	if r.adjustedScores() {
		train.Loss = figure(math.NaN())
	}
	for _, m := range []struct {
		name        string
		test, train figure
	}{
		{"accuracy", r.test.Accuracy, train.Accuracy},
		{"balanced_accuracy", r.test.BalancedAccuracy, figure(math.NaN())},
		{"f1_macro", r.test.F1, train.F1},
		{"roc_auc", r.test.AUC, figure(math.NaN())},
		{"average_precision", r.test.AveragePrecision, figure(math.NaN())},
		{"loss", r.test.Loss, train.Loss},
		{"brier", r.test.Brier, figure(math.NaN())},
		{"calibration_error", r.test.CalibrationError, figure(math.NaN())},
	} {
		row := []string{m.name, fixed(float64(m.test)), "", ""}
		if m.name == "accuracy" {
			row[2] = exactBounds(r.test.AccuracyCI.around(m.test), noRow)
		}
		if !math.IsNaN(float64(m.train)) {
			row[3] = fixed(float64(m.train))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// precisionOf says of which of two classes the average precision is.
func (r *results) precisionOf() string {
	classes := r.params.Data.Classes
	if len(classes) != 2 {
		return ""
	}
	return fmt.Sprintf(" average_precision is that of %s.", inText(classes[1]))
}

// allowance is what an interval of rows in groups allows for.
func allowance(groups int) string {
	if groups == 0 {
		return ""
	}
	return ", which allows for rows of a group being alike"
}

// adjusted reports whether the training's loss is another one than the log loss that the evaluation has: rows count by their
// class, or labels are smoothed.
func (r *results) adjusted() bool {
	return r.params.Train.ClassWeight != params.None || r.params.Train.LabelSmoothing > 0
}

// adjustedScores reports whether the scores of the training rows have that loss: an ensemble is scored by its log loss.
func (r *results) adjustedScores() bool { return r.adjusted() && r.params.Train.Ensemble == 1 }

// adjustedNote says what adjusted losses cannot be compared with.
const adjustedNote = "The training's loss has class weights or smoothed labels, so it is no log loss to be set beside that of the test rows."

// classTable has the classes with the lowest sensitivity.
func (r *results) classTable() *Table {
	t := &Table{Head: []string{"class", "sensitivity", r.level() + " interval", "F1", "average precision"}, Kinds: "tninn"}
	classes := r.bySensitivity()
	for _, name := range classes[:min(mostRows, len(classes))] {
		s := r.test.Sensitivity[name]
		t.Rows = append(t.Rows, []string{
			short(name, mostName), share(float64(s)), bounds(r.test.SensitivityCI[name].around(s), noRow),
			share(float64(r.test.ClassF1[name])), share(float64(r.test.ClassPrecision[name])),
		})
	}
	t.Caption = r.lowest(len(t.Rows))
	return t
}

func (r *results) crossTable(scheme string, metrics map[string]summary) *Table {
	t := &Table{
		Caption: strings.ToUpper(r.scheme(scheme)[:1]) + r.scheme(scheme)[1:] + ". The intervals are those of the corrected resampled t test, which accounts for overlapping training rows; if accuracy is the same in all folds, its interval is Wilson's.",
		Head:    []string{"metric", "mean", r.level() + " interval", "sd of repeats"}, Kinds: "tnin",
	}
	t.Caption += r.precisionOf()
	for _, name := range foldfile.MetricNames() {
		m, ok := metrics[name]
		if !ok {
			continue
		}
		row := []string{name, fixed(float64(m.Mean)), exactBounds(m.around(m.Mean), m.unbounded()), ""}
		if m.SD != nil {
			row[3] = fixed(float64(*m.SD))
		}
		if m.Folds > 0 {
			row[3] = fmt.Sprintf("of %d folds", m.Folds)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
