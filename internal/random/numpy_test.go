package random

import (
	"fmt"
	"slices"
	"testing"
)

type numpyFacts struct {
	Words []struct {
		Seed    uint32
		First   []uint32
		Word623 uint32 `json:"word_623"`
		Word624 uint32 `json:"word_624"`
		Word699 uint32 `json:"word_699"`
	}
	Integers []struct {
		Seed  uint32
		Max   []uint32
		Drawn []uint32
	}
	Permutations []struct {
		Seed         uint32
		Permutations []struct {
			N           int
			Permutation []int
			SHA256      string `json:"permutation_sha256"`
		}
	}
}

func TestRandomStateMatchesNumPy(t *testing.T) {
	var facts numpyFacts
	reference(t, "numpy.json", &facts)
	for _, want := range facts.Words {
		t.Run(fmt.Sprint("words of seed ", want.Seed), func(t *testing.T) {
			s := NewRandomState(want.Seed)
			words := make([]uint32, 700)
			for i := range words {
				words[i] = s.engine.Uint32()
			}
			if !slices.Equal(words[:8], want.First) || words[623] != want.Word623 ||
				words[624] != want.Word624 || words[699] != want.Word699 {
				t.Errorf("got %v, %d, %d, %d, want %+v", words[:8], words[623], words[624], words[699], want)
			}
		})
	}
	for _, want := range facts.Integers {
		t.Run(fmt.Sprint("bounded integers of seed ", want.Seed), func(t *testing.T) {
			s := NewRandomState(want.Seed)
			for i, limit := range want.Max {
				if got := s.Bounded(limit); got != want.Drawn[i] {
					t.Fatalf("draw %d: Bounded(%d) = %d, want %d", i, limit, got, want.Drawn[i])
				}
			}
		})
	}
	for _, want := range facts.Permutations {
		t.Run(fmt.Sprint("permutations of seed ", want.Seed), func(t *testing.T) {
			s := NewRandomState(want.Seed)
			for _, p := range want.Permutations {
				got := s.Permutation(p.N)
				if sum(got) != p.SHA256 || p.Permutation != nil && !slices.Equal(got, p.Permutation) {
					t.Fatalf("Permutation(%d) = %v, want %v", p.N, got, p.Permutation)
				}
			}
		})
	}
}

func TestBoundedReachesBothEndsOfEveryRange(t *testing.T) {
	s := NewRandomState(7)
	for limit := uint32(0); limit < 20; limit++ {
		seen := map[uint32]bool{}
		for range 2000 {
			seen[s.Bounded(limit)] = true
		}
		if len(seen) != int(limit)+1 || !seen[0] || !seen[limit] {
			t.Errorf("Bounded(%d) gave %d different numbers", limit, len(seen))
		}
	}
}

func FuzzPermutationHoldsEachNumberOnce(f *testing.F) {
	f.Add(uint32(0), uint16(0))
	f.Add(uint32(42), uint16(208))
	f.Fuzz(func(t *testing.T, seed uint32, n uint16) {
		if p := NewRandomState(seed).Permutation(int(n)); len(p) != int(n) || !isPermutation(p) {
			t.Errorf("seed %d: Permutation(%d) = %v", seed, n, p)
		}
		order := make([]int, n)
		if NewTorch(seed).Epoch(order); !isPermutation(order) {
			t.Errorf("seed %d: an epoch of %d rows = %v", seed, n, order)
		}
	})
}
