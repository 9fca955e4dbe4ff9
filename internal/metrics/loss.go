package metrics

import (
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// lowestLog keeps the loss of a row whose label was ruled out finite, as PyTorch's BCELoss does.
const lowestLog = -100

// LogLoss is the mean of -log p over the rows, where p is the probability of a row's label; the
// logarithm is taken to be at least -100. It is NaN of no rows.
func LogLoss(probabilities blas64.General, labels []int) float64 {
	mustMatch(probabilities.Rows, len(labels))
	sum := 0.0
	for i, label := range labels {
		sum -= math.Max(exact.Log(row(probabilities, i)[label]), lowestLog)
	}
	return sum / float64(len(labels))
}

// Brier is the mean squared error of the probabilities: with two classes that of the second one's,
// with more the sum over the classes. It is NaN of no rows.
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

func row(m blas64.General, i int) []float64 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols]
}

func indicator(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
