package recipe

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"example.com/sonar/internal/metrics"
)

// Splits is the number of folds in a repeat, of all that is said of recipes.
const Splits = 10

// An Estimate is a share and its interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// OverFolds is the mean over folds and its corrected interval at 95 %, to six decimals.
func OverFolds(folds []float64) Estimate {
	r := metrics.NewResampled(folds, Splits)
	low, high := r.Interval(0.95)
	return Estimate{r.Mean, math.Round(low*1e6) / 1e6, math.Round(high*1e6) / 1e6}
}

// String writes percentages: 81.3 (75.8 to 86.7).
func (e Estimate) String() string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}

// Signed writes the percentages of a difference: +1.2 (-0.3 to +2.7).
func (e Estimate) Signed() string {
	return fmt.Sprintf("%+.1f (%+.1f to %+.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}

// An SVM has the accuracies of a support vector machine on the folds of both schemes. It comes from
// reference/classifiers.py.
type SVM struct{ Stratified, Blocked []float64 }

// ReadSVM reads recipes/svm.json.
func ReadSVM(path string) (SVM, error) {
	var machine SVM
	err := ReadJSON(path, &machine)
	return machine, err
}

// ReadJSON reads a file into v.
func ReadJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Ahead is by how much accuracies are above others on the same folds.
func Ahead(folds, others []float64) (Estimate, error) {
	if len(folds) != len(others) {
		return Estimate{}, fmt.Errorf("%d folds are compared with %d", len(folds), len(others))
	}
	differences := make([]float64, len(folds))
	for i, accuracy := range folds {
		differences[i] = accuracy - others[i]
	}
	return OverFolds(differences), nil
}
