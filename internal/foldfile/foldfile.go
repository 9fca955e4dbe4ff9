// Package foldfile is the format of a cross-validation's two tables: folds.csv has the scores of each
// fold, predictions.csv what each row was predicted to be when it was tested. The reader and the writer
// of each are side by side, and share the one table of metrics and the one list of schemes.
//
// Readers find columns by their names, so columns may be added. What they read may come from anybody: it
// is bounded, and an error is one line that names the file, the line, the rule and the value found.
package foldfile

import (
	"encoding/json"
	"math"
	"slices"
)

// The schemes by which rows are dealt to folds.
const (
	Stratified = "stratified" // at random within each class, repeatedly; it decides
	Grouped    = "grouped"    // whole groups at random, classes about even, repeatedly; if there are groups, it decides
	Blocked    = "blocked"    // contiguous within each class, so that neighbouring rows stay together
)

// Schemes returns the schemes of a cross-validation in the order in which folds.csv has them. The first
// decides: verdicts are based on its folds, and predictions.csv has its predictions.
func Schemes(grouped bool) []string {
	if grouped {
		return []string{Grouped}
	}
	return []string{Stratified, Blocked}
}

// Decides reports whether a scheme is the one that decides.
func Decides(scheme string) bool { return scheme != Blocked }

// The metrics, as indices of Metrics and Scores.
const (
	Accuracy = iota
	BalancedAccuracy
	F1Macro
	AUC
	AveragePrecision
	Loss
	metricCount
)

// MaxLoss is the largest loss that a table may have: far above any log loss of float64
// probabilities, and far below where sums overflow.
const MaxLoss = 1e6

// A Metric is one row of the table of metrics.
type Metric struct {
	Name         string
	LessIsBetter bool
	Max          float64 // its values are in [0, Max]
	// Partial says that a fold that lacks a class may have no value: NaN, an empty field in folds.csv.
	Partial bool
}

var metrics = [metricCount]Metric{
	Accuracy:         {Name: "accuracy", Max: 1},
	BalancedAccuracy: {Name: "balanced_accuracy", Max: 1},
	F1Macro:          {Name: "f1_macro", Max: 1},
	AUC:              {Name: "roc_auc", Max: 1, Partial: true},
	AveragePrecision: {Name: "average_precision", Max: 1, Partial: true},
	Loss:             {Name: "loss", Max: MaxLoss, LessIsBetter: true},
}

// columnOrder is the order in which folds.csv has the metrics. A new one comes last.
var columnOrder = [metricCount]int{Loss, Accuracy, F1Macro, AUC, BalancedAccuracy, AveragePrecision}

// Scores are the values of the metrics, in the order of Metrics. In JSON NaN is null.
type Scores [metricCount]float64

// MarshalJSON writes a list.
func (s Scores) MarshalJSON() ([]byte, error) {
	var list [metricCount]*float64
	for m := range s {
		if !math.IsNaN(s[m]) {
			list[m] = &s[m]
		}
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads a list that MarshalJSON wrote.
func (s *Scores) UnmarshalJSON(text []byte) error {
	var list [metricCount]*float64
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for m, v := range list {
		s[m] = math.NaN()
		if v != nil {
			s[m] = *v
		}
	}
	return nil
}

// Metrics returns the table of metrics, in the order in which reports show them.
func Metrics() []Metric { return slices.Clone(metrics[:]) }

// MetricNames returns the names of the metrics, in that order.
func MetricNames() []string {
	names := make([]string, metricCount)
	for m, metric := range metrics {
		names[m] = metric.Name
	}
	return names
}

// Find returns the index of the metric called name.
func Find(name string) (m int, found bool) {
	m = slices.IndexFunc(metrics[:], func(metric Metric) bool { return metric.Name == name })
	return m, m >= 0
}
