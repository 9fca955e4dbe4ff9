package metrics

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// lowestLog keeps the loss of a row whose label was ruled out finite, as PyTorch's BCELoss does.
const lowestLog = -100

// RowLoss is the log loss of one row, -log p, in which p is the probability of its label; the logarithm
// is clamped to at least -100. It panics unless the label is in [0, K).
//
// I. Good, "Rational Decisions", Journal of the Royal Statistical Society B 14 (1952).
func RowLoss(probabilities []float64, label int) float64 {
	return 0 - math.Max(exact.Log(probabilities[label]), lowestLog) // 0 for p = 1, not -0
}

// LogLoss is the mean RowLoss of B x K probabilities, with one label per row; NaN if there are no rows. It
// panics if the lengths differ, or a label is not in [0, K).
func LogLoss(probabilities blas64.General, labels []int) float64 {
	mustMatch(probabilities.Rows, len(labels))
	sum := 0.0
	for i, label := range labels {
		sum += RowLoss(row(probabilities, i), label)
	}
	return sum / float64(len(labels))
}

// Brier is the mean squared error of B x K probabilities, with one label per row: sum of (p_k - y_k)^2 / B,
// in which y_k is 1 for the row's label and 0 for other classes. With two classes the sum is over the
// rows and the second class only, so it is in [0, 1]; with more it is over rows and classes, so it is in
// [0, 2]. It is NaN if there are no rows, and panics if the lengths differ.
//
// G. Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78 (1950).
func Brier(probabilities blas64.General, labels []int) float64 {
	mustMatch(probabilities.Rows, len(labels))
	from := 0
	if probabilities.Cols == 2 {
		from = 1
	}
	sum := 0.0
	for i, label := range labels {
		for k, p := range row(probabilities, i)[from:] {
			d := p - indicator(label == from+k)
			sum = math.FMA(d, d, sum)
		}
	}
	return sum / float64(len(labels))
}

// row returns the classes' probabilities of row i.
func row(m blas64.General, i int) []float64 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols]
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
