package recipe

import (
	"fmt"

	"example.com/sonar/internal/crossval"
)

// An Estimate is a share and its interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// OverFolds returns the mean over the folds of all repeats, of splits folds each, and its corrected
// interval at 95 %. Folds that are all alike have no variance to go by: the interval is then all that a share, or a
// difference of two, can be.
func OverFolds(folds []float64, splits int) Estimate {
	s := crossval.Summarize(folds, splits, 0.95)
	if s.Low == nil {
		return Estimate{s.Mean, -1, 1}
	}
	return Estimate{s.Mean, *s.Low, *s.High}
}

// String writes percentages: 81.3 (75.8 to 86.7).
func (e Estimate) String() string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}

// Signed writes the percentages of a difference: +1.2 (-0.3 to +2.7).
func (e Estimate) Signed() string {
	return fmt.Sprintf("%+.1f (%+.1f to %+.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}
