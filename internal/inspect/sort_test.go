package inspect

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestValuesAreSortedAsByComparing(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	special := []float64{0, math.Inf(1), math.Inf(-1), 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, 1, -1}
	draws := map[string]func() float64{
		"a few values":   func() float64 { return float64(rng.IntN(5)) - 2 },
		"special ones":   func() float64 { return special[rng.IntN(len(special))] },
		"measurements":   func() float64 { return math.RoundToEven(1e4*rng.NormFloat64()) / 1e4 },
		"all bits":       func() float64 { return math.Float64frombits(rng.Uint64N(0x7ff0<<48) | rng.Uint64()&(1<<63)) },
		"a single value": func() float64 { return 7.5 },
	}
	for name, draw := range draws {
		for _, n := range []int{0, 1, 2, 3, 17, 300, 5000} {
			t.Run(fmt.Sprint(name, ", ", n), func(t *testing.T) {
				got := make([]labelled, n)
				for i := range got {
					got[i] = labelled{draw() + 0, i} // no -0, which equals 0 if compared
				}
				want := slices.Clone(got)
				slices.SortStableFunc(want, func(a, b labelled) int { return cmp.Compare(a.value, b.value) })
				sortValues(got)
				if !slices.Equal(got, want) {
					t.Error("the order is another")
				}
			})
		}
	}
	zeros := []labelled{{0, 1}, {math.Copysign(0, -1), 2}, {-1, 3}}
	if sortValues(zeros); zeros[0].class != 3 || zeros[1].class != 2 || zeros[2].class != 1 {
		t.Errorf("zeros are sorted as %v", zeros)
	}
}
