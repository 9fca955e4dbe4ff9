package crossval

import (
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plot"
)

// Results makes the outputs from records, which are added in the order of their tasks.
type Results struct {
	params *params.Params
	labels []int // of every row of the table

	folds []foldfile.Fold
	// All else is of the scheme that decides.
	predicted   [][]uint16 // by repeat and row: class indices
	curves      curves
	calibration *metrics.Calibration
}

// NewResults returns results without any record; labels has the class of each row of the table.
func NewResults(labels []int, p *params.Params) *Results {
	r := &Results{params: p, labels: labels, predicted: make([][]uint16, p.Crossvalidate.Repeats)}
	for repeat := range r.predicted {
		r.predicted[repeat] = make([]uint16, len(labels))
	}
	r.calibration = metrics.NewCalibration(len(p.Data.Classes), plot.CalibrationBins)
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
	r.calibration.Add(matrix(record.Probabilities, len(record.Rows)), labelsOf(r.labels, record.Rows))
	r.curves.add(record.History)
}

// Done is the number of records added.
func (r *Results) Done() int { return len(r.folds) }

// Report sums up the folds of each scheme that has some.
func (r *Results) Report() Report {
	var report Report
	for _, scheme := range foldfile.Schemes(false) {
		if len(r.values(scheme, foldfile.Accuracy)) == 0 {
			continue
		}
		s := SchemeReport{Scheme: scheme}
		for m := range foldfile.Metrics() {
			s.Metrics = append(s.Metrics, summarizeMetric(r.values(scheme, m), m, r.params.Crossvalidate.Splits, len(r.labels), r.params.Evaluate.Confidence))
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
