package dataset

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

// divisors maps a kind of scaling to what a column of n values is divided by, given the sum of the
// squared differences from their mean.
var divisors = map[string]func(squares, n float64) float64{
	params.Standard: func(squares, n float64) float64 { return math.Sqrt(squares / n) },
	params.Variance: func(squares, n float64) float64 { return squares / (n - 1) },
}

// Scaling is fitted to the columns of x and gives the offset and the divisor of each, for
// (x - offset) / divisor. The offset is the mean; the divisor is, of the kinds of train.scaling,
//
//	standard  the standard deviation, the root of the sum of squares over n
//	variance  the variance, the sum of squares over n-1
//
// and 1 for a column whose values are all alike. With none, both are nil. Sums run over ascending
// rows. It panics on an unknown kind and where x has no rows.
func Scaling(kind string, x blas64.General) (offset, divisor []float64) {
	if kind == params.None {
		return nil, nil
	}
	divide, known := divisors[kind]
	if !known || x.Rows == 0 {
		panic(fmt.Sprintf("dataset: scaling %q of %d rows", kind, x.Rows))
	}
	offset, divisor = make([]float64, x.Cols), make([]float64, x.Cols)
	for j := range x.Cols {
		offset[j] = mean(x, j)
		divisor[j] = 1
		if !alike(x, j) {
			divisor[j] = divide(squares(x, j, offset[j]), float64(x.Rows))
		}
	}
	return offset, divisor
}

func at(x blas64.General, i, j int) float64 { return x.Data[i*x.Stride+j] }

func mean(x blas64.General, j int) float64 {
	var sum float64
	for i := range x.Rows {
		sum += at(x, i, j)
	}
	return sum / float64(x.Rows)
}

// squares sums the squared differences from the mean.
func squares(x blas64.General, j int, mean float64) float64 {
	var sum float64
	for i := range x.Rows {
		d := at(x, i, j) - mean
		sum = math.FMA(d, d, sum)
	}
	return sum
}

func alike(x blas64.General, j int) bool {
	for i := range x.Rows {
		if at(x, i, j) != at(x, 0, j) {
			return false
		}
	}
	return true
}
