package crossval

import (
	"strconv"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plot"
)

// Results makes the outputs from records, which are added in the order of their tasks.
type Results struct {
	params *params.Params
	table  *dataset.Table

	folds     []foldfile.Fold
	rounded   bool               // whether scores are, so that folds.csv stays small
	only      map[string]onlyOne // by scheme
	trainings trainingWarnings
	// All else is of the scheme that decides.
	sample      []int // rows that predictions.csv has, ascending
	at          []int // of each row of the table, its position in sample, or -1
	predicted   [][]uint16
	loss        []float64 // of each of sample, summed over the repeats that are done
	curves      curves
	importance  []*Importance // of each fold
	calibration *metrics.Calibration
}

// Up to so many folds folds.csv has every digit. Of more it has shortDigits, so that 10,000 take less than 1 MB.
const (
	maxWholeFolds = 5000
	shortDigits   = 8
)

// NewResults returns results without any record.
func NewResults(table *dataset.Table, p *params.Params) *Results {
	c := p.Crossvalidate
	folds := c.Splits * (c.Repeats + len(schemesOf(table)) - 1)
	r := &Results{params: p, table: table, rounded: folds > maxWholeFolds, only: map[string]onlyOne{},
		trainings: trainingWarnings{count: map[string]int{}, first: map[string]string{}}}
	r.sample = sampleRows(table.Rows(), maxSample(table, p))
	r.at = make([]int, table.Rows())
	for row := range r.at {
		r.at[row] = -1
	}
	for i, row := range r.sample {
		r.at[row] = i
	}
	r.predicted, r.loss = make([][]uint16, c.Repeats), make([]float64, len(r.sample))
	for repeat := range r.predicted {
		r.predicted[repeat] = make([]uint16, len(r.sample))
	}
	r.calibration = metrics.NewCalibration(len(p.Data.Classes), plot.CalibrationBins)
	return r
}

// Add adds a record, which is not kept.
func (r *Results) Add(record Record) {
	fold := foldfile.Fold{Scheme: record.Scheme, Repeat: record.Repeat, Fold: record.Fold, Rows: len(record.Rows), Scores: record.Scores}
	if r.rounded {
		round(&fold.Scores)
	}
	r.folds = append(r.folds, fold)
	r.trainings.add(record)
	r.only[record.Scheme] = r.only[record.Scheme].and(record.Predicted)
	if !foldfile.Decides(record.Scheme) {
		return
	}
	probabilities := matrix(record.Probabilities, len(record.Rows))
	for i, row := range record.Rows {
		if at := r.at[row]; at >= 0 {
			r.predicted[record.Repeat][at] = uint16(record.Predicted[i])
			r.loss[at] += metrics.RowLoss(probabilities.Data[i*probabilities.Stride:][:probabilities.Cols], r.table.Labels[row])
		}
	}
	r.calibration.Add(probabilities, chosen(r.table.Labels, record.Rows))
	r.curves.add(record.History)
	if record.Importance != nil {
		r.importance = append(r.importance, record.Importance)
	}
}

func round(scores *foldfile.Scores) {
	for m, v := range scores {
		scores[m], _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', shortDigits, 64), 64)
	}
}

// Report sums up the folds of each scheme that has some. If a scheme lacks folds, it has means without intervals.
func (r *Results) Report() Report {
	var report Report
	for _, scheme := range schemesOf(r.table) {
		if len(r.values(scheme, foldfile.Accuracy)) == 0 {
			continue
		}
		s := SchemeReport{Scheme: scheme}
		for m := range foldfile.Metrics() {
			if values := r.values(scheme, m); len(values) < r.foldsOf(scheme) {
				s.Metrics = append(s.Metrics, summarizeSome(values))
			} else {
				s.Metrics = append(s.Metrics, summarizeMetric(values, m, r.params.Crossvalidate.Splits, r.independent(), r.params.Evaluate.Confidence))
			}
		}
		report = append(report, s)
	}
	return report
}

// foldsOf is the number of folds that a scheme has in the end.
func (r *Results) foldsOf(scheme string) int {
	if foldfile.Decides(scheme) {
		return r.params.Crossvalidate.Splits * r.params.Crossvalidate.Repeats
	}
	return r.params.Crossvalidate.Splits
}

// independent is the number of groups, or of rows that are in none.
func (r *Results) independent() int {
	if r.table.Groups == nil {
		return r.table.Rows()
	}
	return metrics.CountGroups(r.table.Groups)
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
