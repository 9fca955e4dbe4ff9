package features

import (
	"math"
	"slices"

	"example.com/sonar/internal/dataset"
)

// A bracket is two values of a column, from a sample of it, between which its median probably is, and what a pass over the
// column finds. It is one step of the selection of Floyd and Rivest, "Expected Time Bounds for Selection" (Communications of
// the ACM 18, 1975).
type bracket struct {
	low, high ordered
	width     ordered // how many other numbers there are between low and high

	below, toLow, toHigh int       // how many values are less than low, at most low, and at most high
	between              []ordered // the values between low and high, as far as there is room
	n                    int       // how many these are
}

// setBracketed sets the medians of columns of numbers of which so many are gaps. It returns the indices of those that were
// not in their brackets, of which at most some in ten thousand are expected.
func setBracketed(numbers []*Column, s dataset.Sample, gaps []int) (missed []int) {
	most := s.Len() / 8
	brackets := make([]bracket, min(len(numbers), max(1, room/most)))
	for i := range brackets {
		brackets[i].between = make([]ordered, most)
	}
	for from := 0; from < len(numbers); from += len(brackets) {
		some := brackets[:min(len(brackets), len(numbers)-from)]
		guess(some, s, from)
		for i := range s.Len() {
			count(some, s.Numbers(i)[from:])
		}
		for k := range some {
			var ok bool
			if numbers[from+k].Median, ok = some[k].median(s.Len() - gaps[from+k]); !ok {
				missed = append(missed, from+k)
			}
		}
	}
	return missed
}

// guess sets the brackets of the columns of numbers from this one on: four standard errors of a sample's median to either
// side of it.
func guess(brackets []bracket, s dataset.Sample, from int) {
	const margin = 4 * 32 // the standard error is half the root of the sample's size
	samples := make([][]ordered, len(brackets))
	for k := range samples {
		samples[k] = make([]ordered, 0, sampleSize)
	}
	for j := range uint32(sampleSize) {
		for k, v := range s.Numbers(sampled(j, s.Len()))[from:][:len(brackets)] {
			if !math.IsNaN(v) {
				samples[k] = append(samples[k], order(v))
			}
		}
	}
	for k, values := range samples {
		b := bracket{between: brackets[k].between}
		if n := len(values); n > 0 {
			slices.Sort(values)
			b.low, b.high = values[max(0, n/2-margin)], values[min(n-1, n/2+margin)]
			b.width = max(b.high-b.low, 1) - 1
		}
		brackets[k] = b
	}
}

const sampleSize = 1 << 12

// sampled returns the j-th row of a sample. Steps of the golden ratio are even, and follow no period of the rows.
func sampled(j uint32, rows int) int {
	const golden = 0x9e3779b9 // of 2^32
	return int(uint64(j*golden) * uint64(rows) >> 32)
}

// count adds a row to the brackets of its columns, without branches that would be mispredicted. NaN is above all others.
func count(brackets []bracket, row []float64) {
	for k, x := range row[:len(brackets)] {
		b, v := &brackets[k], order(x)
		b.below += isLess(v, b.low)
		b.toLow += isLess(v, b.low+1)
		b.toHigh += isLess(v, b.high+1)
		if b.n < len(b.between) {
			b.between[b.n] = v
		}
		b.n += isLess(v-b.low-1, b.width)
	}
}

// median returns the median of n values, if it is in the bracket.
func (b *bracket) median(n int) (median float64, ok bool) {
	half := n / 2
	middle, ok := b.find(half)
	if n%2 != 0 || !ok {
		return middle.value(), ok
	}
	before, ok := b.find(half - 1)
	return (before.value() + middle.value()) / 2, ok
}

// find returns the k-th value, if it is in the bracket.
func (b *bracket) find(k int) (v ordered, ok bool) {
	switch {
	case k < b.below || b.n > len(b.between) || k >= b.toHigh:
		return 0, false
	case k < b.toLow:
		return b.low, true
	case k < b.toLow+b.n:
		return find(b.between[:b.n], k-b.toLow), true
	}
	return b.high, true
}
