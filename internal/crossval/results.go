package crossval

import (
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
)

// Results makes the outputs from records, which are added in the order of their tasks.
type Results struct {
	params *params.Params
	labels []int // of every row of the table

	folds []foldfile.Fold
	// All else is of the scheme that decides.
	predicted   [][]uint16 // by repeat and row: class indices
	curves      curves
	reliability []reliability // one for each class that has a curve
}

// reliability is what calibration is measured by: the probability of one class for each row of each
// repeat, and whether the row is of that class.
type reliability struct {
	class         int
	probabilities []float64
	positive      []bool
}

// NewResults returns results without any record; labels has the class of each row of the table.
func NewResults(labels []int, p *params.Params) *Results {
	r := &Results{params: p, labels: labels, predicted: make([][]uint16, p.Crossvalidate.Repeats)}
	for repeat := range r.predicted {
		r.predicted[repeat] = make([]uint16, len(labels))
	}
	for _, class := range metrics.CurveClasses(len(p.Data.Classes)) {
		r.reliability = append(r.reliability, reliability{class: class})
	}
	return r
}

// Add adds a record, which is not kept.
func (r *Results) Add(record Record) {
	r.folds = append(r.folds, foldfile.Fold{
		Scheme: record.Scheme, Repeat: record.Repeat, Fold: record.Fold, Rows: len(record.Rows), Scores: record.Scores,
	})
	if !foldfile.Decides(record.Scheme) {
		return
	}
	for i, row := range record.Rows {
		r.predicted[record.Repeat][row] = uint16(record.Predicted[i])
	}
	labels, probabilities := labelsOf(r.labels, record.Rows), matrix(record.Probabilities, len(record.Rows))
	for i := range r.reliability {
		class := &r.reliability[i]
		scores, positive := metrics.OneAgainstRest(probabilities, labels, class.class)
		class.probabilities = append(class.probabilities, scores...)
		class.positive = append(class.positive, positive...)
	}
	r.curves.add(record.History)
}

// Done is the number of records added.
func (r *Results) Done() int { return len(r.folds) }

// Report sums up the folds of each scheme that has some.
func (r *Results) Report() Report {
	var report Report
	for _, scheme := range foldfile.Schemes() {
		if len(r.values(scheme, foldfile.Accuracy)) == 0 {
			continue
		}
		s := SchemeReport{Scheme: scheme}
		for m := range foldfile.Metrics() {
			s.Metrics = append(s.Metrics, Summarize(r.values(scheme, m), r.params.Crossvalidate.Splits, r.params.Evaluate.Confidence))
		}
		report = append(report, s)
	}
	return report
}

// values are those of one metric, fold by fold.
func (r *Results) values(scheme string, m int) []float64 {
	var values []float64
	for _, f := range r.folds {
		if f.Scheme == scheme {
			values = append(values, f.Scores[m])
		}
	}
	return values
}
