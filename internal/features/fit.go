package features

import (
	"fmt"
	"math"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// Fit fits features on the rows of a sample. With scaling, the offset of a column of numbers is its mean, and its divisor
// is, by the kind of scaling,
//
//	standard  the standard deviation, the root of the sum of squares over n
//	variance  the variance, the sum of squares over n-1
//
// and 1 for a column that is constant as far as the rounding of the sums can tell. Gaps count as the median that takes
// their place. Sums run over the rows in the order of the sample.
//
// A column whose mean, deviation or median is not finite, that has more than MaxTexts texts, or that brings the number of
// inputs above MaxInputs is an *Error; without scaling, so is a column of numbers whose squares do not have a finite sum, as
// those of its gradients would not either. Warnings are about columns that scaling treats as constant although their values
// differ and, without scaling, about columns whose squares are too small for a float64. Fit panics if the sample has no
// rows, or if scaling is not one of the choices of train.scaling.
func Fit(s dataset.Sample, scaling string) (f *Features, warnings []string, err error) {
	if _, known := divisors[scaling]; !known && scaling != params.None {
		panic(fmt.Sprintf("features: unknown scaling %.40q", scaling))
	}
	if s.Len() == 0 {
		panic("features: there must be rows to fit to")
	}
	f = &Features{Scaling: scaling, Columns: make([]Column, len(s.Table.Columns))}
	for i, c := range s.Table.Columns {
		f.Columns[i].Column = c
	}
	f.setMedians(s, f.look(s))
	if err := f.checkLimits(s.Table); err != nil {
		return nil, nil, err
	}
	if scaling == params.None {
		warnings, err = f.checkUnscaled(s)
	} else {
		warnings, err = f.scale(s)
	}
	if err != nil {
		return nil, nil, err
	}
	return f, warnings, nil
}

// look finds the gaps and the texts. It returns the number of gaps in each column of numbers.
func (f *Features) look(s dataset.Sample) (gaps []int) {
	gaps = make([]int, len(f.numbers()))
	seen := make([][]bool, len(f.Columns)-len(gaps)) // of the gap and each code
	for c, texts := range s.Table.Texts {
		seen[c] = make([]bool, 1+len(texts))
	}
	for i := range s.Len() {
		for k, v := range s.Numbers(i) {
			if math.IsNaN(v) {
				gaps[k]++
			}
		}
		for c, code := range s.Codes(i) {
			seen[c][code-dataset.NoCode] = true
		}
	}
	texts, left := s.Table.Texts, gaps
	for i := range f.Columns {
		c := &f.Columns[i]
		if c.Kind == dataset.Number {
			c.Gaps, left = left[0] > 0, left[1:]
			continue
		}
		c.Gaps = seen[0][0]
		for code, text := range texts[0] {
			if seen[0][code-dataset.NoCode] {
				c.Texts = append(c.Texts, text)
			}
		}
		slices.Sort(c.Texts)
		c.Texts = slices.Compact(c.Texts)
		seen, texts = seen[1:], texts[1:]
	}
	return gaps
}

// checkLimits returns an *Error if a column exceeds a limit.
func (f *Features) checkLimits(t *dataset.Table) error {
	inputs := 0
	for _, c := range f.Columns {
		inputs += c.Len()
		switch {
		case len(c.Texts) > MaxTexts:
			return &Error{t, c.Column, NoRow, fmt.Sprintf("must have at most %d different texts, got %d: put it under data.drop, or group its texts", MaxTexts, len(c.Texts))}
		case inputs > MaxInputs:
			return &Error{t, c.Column, NoRow, fmt.Sprintf("must not bring the number of inputs above %d, got %d", MaxInputs, inputs)}
		case !exact.IsFinite(c.Median):
			return &Error{t, c.Column, NoRow, fmt.Sprintf("must have a finite median, got %v", c.Median)}
		}
	}
	return nil
}
