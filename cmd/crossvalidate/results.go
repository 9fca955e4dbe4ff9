package main

import (
	"math"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
)

// Results gathers the folds, in the order of their tasks.
type results struct {
	params *params.Params
	labels []int
	done   int // folds

	folds       map[string][]scored  // by scheme
	predictions [][]int              // [repeat][row], of the stratified scheme: class indices
	curves      *curves              // of the stratified scheme
	calibration *metrics.Calibration // of the stratified scheme
}

// scored is a line of folds.csv.
type scored struct {
	repeat, number, rows int
	scores
}

func newResults(table *dataset.Table, p *params.Params) *results {
	r := &results{params: p, labels: table.Labels, folds: map[string][]scored{}, curves: newCurves()}
	r.predictions = make([][]int, p.Crossvalidate.Repeats)
	for repeat := range r.predictions {
		r.predictions[repeat] = make([]int, table.Rows())
	}
	r.calibration = metrics.NewCalibration(len(p.Data.Classes), calibrationBins)
	return r
}

func (r *results) add(f fold) {
	r.done++
	r.folds[f.scheme] = append(r.folds[f.scheme], scored{f.repeat, f.number, len(f.rows), f.scores})
	if f.scheme != stratified {
		return
	}
	labels := make([]int, len(f.rows))
	for i, row := range f.rows {
		r.predictions[f.repeat][row] = f.predictions.Classes[i]
		labels[i] = r.labels[row]
	}
	r.calibration.Add(f.predictions.Probabilities, labels)
	r.curves.add(f.history)
}

// A report is metrics.json.
type report struct {
	Stratified schemeReport `json:"stratified"`
	Blocked    schemeReport `json:"blocked"`
}

type schemeReport struct {
	Accuracy summary `json:"accuracy"`
	F1Macro  summary `json:"f1_macro"`
	AUC      summary `json:"roc_auc"`
	Loss     summary `json:"loss"`
}

// A summary is what the folds of a scheme say of one metric.
type summary struct {
	Mean float64  `json:"mean"`         // unweighted, over folds
	SD   *float64 `json:"sd,omitempty"` // of the means of the repeats; one repeat has none
	// The interval allows for folds that share training rows, and is cut to the metric's range. It is
	// rounded, as the quantile's last digits are the machine's. If all folds are alike there is no
	// variance to go by: accuracy then has Wilson's interval of the rows of one repeat, the others null.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

func (r *results) report() report {
	return report{r.reportScheme(stratified), r.reportScheme(blocked)}
}

func (r *results) reportScheme(scheme string) schemeReport {
	return schemeReport{
		Accuracy: r.sumUp(scheme, func(s scores) float64 { return s.Accuracy }, r.ofAccuracy),
		F1Macro:  r.sumUp(scheme, func(s scores) float64 { return s.F1Macro }, within(0, 1)),
		AUC:      r.sumUp(scheme, func(s scores) float64 { return s.AUC }, within(0, 1)),
		Loss:     r.sumUp(scheme, func(s scores) float64 { return s.Loss }, within(0, math.Inf(1))),
	}
}

// An interval returns bounds of a mean at a level.
type interval func(s metrics.Student, level float64) (low, high float64)

func within(least, greatest float64) interval {
	return func(s metrics.Student, level float64) (low, high float64) {
		return s.IntervalWithin(level, least, greatest)
	}
}

func (r *results) ofAccuracy(s metrics.Student, level float64) (low, high float64) {
	return s.AccuracyInterval(level, len(r.labels))
}

func (r *results) sumUp(scheme string, metric func(scores) float64, of interval) summary {
	values := make([]float64, len(r.folds[scheme]))
	for i, f := range r.folds[scheme] {
		values[i] = metric(f.scores)
	}
	splits := r.params.Crossvalidate.Splits
	resampled := metrics.NewResampled(values, splits)
	low, high := of(resampled, r.params.Evaluate.Confidence)
	s := summary{Mean: resampled.Mean, Low: sixDecimals(low), High: sixDecimals(high)}
	if sd, ok := metrics.RepeatsSD(values, splits); ok {
		s.SD = &sd
	}
	return s
}

// sixDecimals rounds; nil, null in JSON, is a bound that is not known.
func sixDecimals(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	v = math.RoundToEven(v*1e6)/1e6 + 0 // + 0: no minus before 0
	return &v
}
