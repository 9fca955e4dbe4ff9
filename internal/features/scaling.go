package features

import (
	"fmt"
	"math"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// divisors maps a kind of scaling to what a column of n values is divided by, given the sum of their
// squared differences from the mean.
var divisors = map[string]func(squares, n float64) float64{
	params.Standard: func(squares, n float64) float64 { return math.Sqrt(squares / n) },
	params.Variance: func(squares, n float64) float64 { return squares / (n - 1) },
}

// scale sets the offsets and divisors.
func (f *Features) scale(s dataset.Sample) (warnings []string, err error) {
	n, numbers := float64(s.Len()), f.numbers()
	f.Offset = means(s, numbers)
	f.Divisor = squares(s, numbers, f.Offset)
	for k, c := range numbers {
		mean, squares := f.Offset[k], f.Divisor[k]
		if !exact.IsFinite(mean) || !exact.IsFinite(squares) {
			return nil, &Error{s.Table, c.Column, NoRow, fmt.Sprintf("must have a finite mean and a finite variance for train.scaling, got %v and %v", mean, squares/n)}
		}
		f.Divisor[k] = divisors[f.Scaling](squares, n)
		if isConstant(squares/n, mean, n) {
			f.Divisor[k] = 1
			if low, high := extent(s, k); low < high {
				warnings = append(warnings, fmt.Sprintf("%s is constant to train.scaling: its values, from %v to %v, differ by no more than the rounding of their variance", called(c.Column), low, high))
			}
		}
	}
	return warnings, nil
}

// checkUnscaled checks that a training can use the numbers as they are: an optimizer squares what is proportional to them.
func (f *Features) checkUnscaled(s dataset.Sample) (warnings []string, err error) {
	numbers := f.numbers()
	for k, largest := range largest(s, len(numbers)) {
		square := largest * largest
		if !exact.IsFinite(float64(s.Len()) * square) {
			return nil, &Error{s.Table, numbers[k].Column, NoRow, fmt.Sprintf("must have numbers whose squares have a finite sum, got %v: give it in other units", largest)}
		}
		if largest > 0 && square < 0x1p-1022 {
			warnings = append(warnings, fmt.Sprintf("%s is as good as 0: its largest number is %v, whose square is too small for a float64: give it in other units", called(numbers[k].Column), largest))
		}
	}
	return warnings, nil
}

// largest returns the largest magnitude in each of the columns of numbers.
func largest(s dataset.Sample, columns int) []float64 {
	most := make([]float64, columns)
	for i := range s.Len() {
		for k, v := range s.Numbers(i) {
			if v = math.Abs(v); v > most[k] { // false for a gap
				most[k] = v
			}
		}
	}
	return most
}

// isConstant reports whether a computed variance is within the rounding errors of that of a constant column. This is
// the bound of scikit-learn's StandardScaler, from Chan, Golub and LeVeque, "Algorithms for Computing the Sample Variance"
// (The American Statistician 37, 1983).
func isConstant(variance, mean, n float64) bool {
	const eps = 0x1p-52
	error := n * mean * eps
	return variance <= float64(n*eps*variance)+float64(error*error)
}

// means returns the mean of each column of numbers.
func means(s dataset.Sample, numbers []*Column) []float64 {
	sums := make([]float64, len(numbers))
	for i := range s.Len() {
		for k, v := range s.Numbers(i) {
			if math.IsNaN(v) {
				v = numbers[k].Median
			}
			sums[k] += v
		}
	}
	for k := range sums {
		sums[k] /= float64(s.Len())
	}
	return sums
}

// squares returns for each column of numbers the sum of the squared differences from its mean, minus what the rounding of the
// mean adds to it: the corrected two-pass algorithm of Chan, Golub and LeVeque.
func squares(s dataset.Sample, numbers []*Column, mean []float64) []float64 {
	sums, rest := make([]float64, len(mean)), make([]float64, len(mean))
	for i := range s.Len() {
		for k, v := range s.Numbers(i) {
			if math.IsNaN(v) {
				v = numbers[k].Median
			}
			d := v - mean[k]
			rest[k] += d
			sums[k] = math.FMA(d, d, sums[k])
		}
	}
	for k, r := range rest {
		sums[k] -= float64(r*r) / float64(s.Len())
	}
	return sums
}

// extent returns the least and the largest value of the k-th column of numbers.
func extent(s dataset.Sample, k int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i := range s.Len() {
		if v := s.Numbers(i)[k]; !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	return low, high
}
