package random

import "math/bits"

// RandomState draws as NumPy's legacy numpy.random.RandomState does.
type RandomState struct{ engine engine }

// NewRandomState is numpy.random.RandomState(seed).
func NewRandomState(seed uint32) *RandomState {
	s := new(RandomState)
	s.engine.Seed(uint64(seed))
	return s
}

// Bounded draws an integer from [0, max], each equally likely: words, cut to the bits of max, are drawn
// until one is at most max. If max is 0, nothing is drawn.
func (s *RandomState) Bounded(max uint32) uint32 {
	if max == 0 {
		return 0
	}
	mask := uint32(1)<<bits.Len32(max) - 1
	for {
		if word := s.engine.Uint32() & mask; word <= max {
			return word
		}
	}
}

// Shuffle is RandomState.shuffle: it reorders list, of at most 2^32 elements, in place.
func (s *RandomState) Shuffle(list []int) {
	for i := len(list) - 1; i > 0; i-- {
		j := s.Bounded(uint32(i))
		list[i], list[j] = list[j], list[i]
	}
}

// Permutation is RandomState.permutation(n): the integers 0 to n-1, shuffled.
func (s *RandomState) Permutation(n int) []int {
	list := ascending(make([]int, n))
	s.Shuffle(list)
	return list
}

func ascending(list []int) []int {
	for i := range list {
		list[i] = i
	}
	return list
}
