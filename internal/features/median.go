package features

import (
	"math"
	"math/bits"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
)

// room is how many numbers may be copied to find medians: 32 MiB.
const room = 1 << 22

// setMedians sets the median of each column of numbers, of which so many are gaps.
func (f *Features) setMedians(s dataset.Sample, gaps []int) {
	const few = 1 << 14
	numbers := f.numbers()
	left := make([]int, len(numbers))
	for k := range left {
		left[k] = k
	}
	if s.Len() > few {
		left = setBracketed(numbers, s, gaps)
	}
	setCopied(numbers, s, left)
}

// setCopied sets the medians of the columns of numbers with these indices. It copies the values of several at a time: as
// many as a cache line holds numbers, or fewer if there are many rows.
func setCopied(numbers []*Column, s dataset.Sample, indices []int) {
	const most = 8
	values := make([][]ordered, min(max(1, room/s.Len()), most, len(indices)))
	for i := range values {
		values[i] = make([]ordered, 0, s.Len())
	}
	for ; len(indices) > 0; indices = indices[min(len(values), len(indices)):] {
		some := indices[:min(len(values), len(indices))]
		for i := range s.Len() {
			row := s.Numbers(i)
			for at, k := range some {
				if v := row[k]; !math.IsNaN(v) {
					values[at] = append(values[at], order(v))
				}
			}
		}
		for at, k := range some {
			numbers[k].Median = median(values[at])
			values[at] = values[at][:0]
		}
	}
}

// median is numpy.median: the mean of the two middle values if their number is even. It is 0 if there are none. It reorders
// the values.
func median(x []ordered) float64 {
	if len(x) == 0 {
		return 0
	}
	half := len(x) / 2
	middle := find(x, half).value()
	if len(x)%2 == 0 {
		middle = (slices.Max(x[:half]).value() + middle) / 2
	}
	return middle
}

// An ordered is a number other than NaN, as an integer that sorts as the numbers do, with -0 before 0. Integers can be
// compared without a branch, which would often be mispredicted.
type ordered uint64

func order(v float64) ordered { return ordered(exact.Order(v)) }

func (o ordered) value() float64 {
	b := uint64(o)
	return math.Float64frombits(b ^ (uint64(int64(^b)>>63) | 1<<63))
}

// isLess returns 1 if a is less than b, and 0 otherwise.
func isLess(a, b ordered) int {
	_, less := bits.Sub64(uint64(a), uint64(b), 0)
	return int(less)
}

// find reorders the values so that those before the k-th are not above it and those after it are not below it, and returns
// the k-th. It is Hoare's selection (1961), and sorts what is left if the pivots turn out badly.
func find(x []ordered, k int) ordered {
	for tries := 2 * bits.Len(uint(len(x))); len(x) > 12 && tries > 0; tries-- {
		pivot := pivot(x, k)
		less := divide(x, pivot)
		switch {
		case k < less:
			x = x[:less]
		case less > 0:
			x, k = x[less:], k-less
		default: // the pivot is the least
			equal := divide(x, pivot+1)
			if k < equal {
				return pivot
			}
			x, k = x[equal:], k-equal
		}
	}
	slices.Sort(x)
	return x[k]
}

// pivot guesses the k-th of the values from some of them.
func pivot(x []ordered, k int) ordered {
	const many = 1 << 14
	var sample [255]ordered
	some := sample[:3]
	if len(x) > many {
		some = sample[:]
	}
	for i := range some {
		some[i] = x[i*(len(x)-1)/(len(some)-1)]
	}
	slices.Sort(some)
	return some[k*len(some)/len(x)]
}

// divide moves the values below the pivot to the front, and returns their number.
func divide(x []ordered, pivot ordered) int {
	front := 0
	for i, v := range x {
		x[i] = x[front]
		x[front] = v
		front += isLess(v, pivot)
	}
	return front
}
