// Package features turns the rows of a table into the inputs of a network. What it takes to do so is fitted on the rows of one
// training, and belongs to the model that is trained. It opens no file, reads no clock and logs nothing.
package features

import (
	"fmt"
	"math"
	"strconv"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// Features are fitted to the rows of a training. Inputs are in the order of the columns; a numeric column has one.
type Features struct {
	Scaling string   // a choice of train.scaling
	Columns []Column // of the table, in its order

	// Each input is (x - Offset) / Divisor; both are nil with scaling none.
	Offset, Divisor []float64
}

// A Column is a column of the table that the features were fitted to.
type Column struct {
	Name string `json:"name"` // or the position in the table, from 1
	Kind string `json:"kind"`
}

// Numeric is the kind of a column of numbers.
const Numeric = "numeric"

// divisors maps a kind of scaling to what a column of n values is divided by, given the sum of the
// squared differences from their mean.
var divisors = map[string]func(squares, n float64) float64{
	params.Standard: func(squares, n float64) float64 { return math.Sqrt(squares / n) },
	params.Variance: func(squares, n float64) float64 { return squares / (n - 1) },
}

// Fit fits features to the rows of a sample. The offset of a column is its mean; the divisor is, by the kind of scaling,
//
//	standard  the standard deviation, the root of the sum of squares over n
//	variance  the variance, the sum of squares over n-1
//
// and 1 for a column whose values are all alike. Sums run over the rows in the order of the sample. A mean or divisor that is
// not finite is an error that names the column. Fit panics if the sample has no rows, or if scaling is none of the choices
// of train.scaling.
func Fit(s dataset.Sample, scaling string) (*Features, error) {
	divide, known := divisors[scaling]
	if !known && scaling != params.None {
		panic(fmt.Sprintf("features: unknown scaling %.40q", scaling))
	}
	if s.Len() == 0 {
		panic("features: there must be rows to fit to")
	}
	f := &Features{Scaling: scaling, Columns: make([]Column, len(s.Table.Columns))}
	for j := range f.Columns {
		f.Columns[j] = Column{Name: strconv.Itoa(j + 1), Kind: Numeric}
	}
	if scaling == params.None {
		return f, nil
	}
	f.Offset = means(s)
	f.Divisor = squares(s, f.Offset)
	for j, constant := range constants(s) {
		f.Divisor[j] = divide(f.Divisor[j], float64(s.Len()))
		if constant {
			f.Divisor[j] = 1
		}
		if !exact.IsFinite(f.Offset[j]) || !exact.IsFinite(f.Divisor[j]) {
			return nil, fmt.Errorf("column %s must have a finite mean and a finite deviation for train.scaling, got %v and %v",
				f.Columns[j].Name, f.Offset[j], f.Divisor[j])
		}
	}
	return f, nil
}

// means returns the mean of each column.
func means(s dataset.Sample) []float64 {
	sums := make([]float64, len(s.Table.Columns))
	for i := range s.Len() {
		for j, v := range s.Numbers(i) {
			sums[j] += v
		}
	}
	for j := range sums {
		sums[j] /= float64(s.Len())
	}
	return sums
}

// squares returns for each column the sum of the squared differences from its mean.
func squares(s dataset.Sample, mean []float64) []float64 {
	sums := make([]float64, len(mean))
	for i := range s.Len() {
		for j, v := range s.Numbers(i) {
			d := v - mean[j]
			sums[j] = math.FMA(d, d, sums[j])
		}
	}
	return sums
}

// constants reports for each column whether its values are all alike.
func constants(s dataset.Sample) []bool {
	first := s.Numbers(0)
	alike := make([]bool, len(first))
	for j := range alike {
		alike[j] = true
	}
	for i := range s.Len() {
		for j, v := range s.Numbers(i) {
			alike[j] = alike[j] && v == first[j]
		}
	}
	return alike
}

// Len returns I, the number of inputs.
func (f *Features) Len() int { return len(f.Columns) }

// Numeric reports for each input whether it is that of a numeric column.
func (f *Features) Numeric() []bool {
	numeric := make([]bool, f.Len())
	for j, c := range f.Columns {
		numeric[j] = c.Kind == Numeric
	}
	return numeric
}

// encode sets dst, of I numbers, to the inputs of a row.
func (f *Features) encode(dst, row []float64) {
	if f.Offset == nil {
		copy(dst, row)
		return
	}
	for j, v := range row {
		dst[j] = (v - f.Offset[j]) / f.Divisor[j]
	}
}
