package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestMomentsAreThoseOfTwoPassesHoweverTheValuesAreDivided(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		values := make([]float64, 2+rng.IntN(50))
		for i := range values {
			values[i] = 1000 + rng.NormFloat64()
		}
		mean, variance := moments(values)
		var all Moments
		for from := 0; from < len(values); {
			var part Moments
			end := min(from+rng.IntN(20), len(values)) // some parts are empty
			for _, v := range values[from:end] {
				part.Add(v)
			}
			all.Merge(part)
			from = end
		}
		if all.N != len(values) || math.Abs(all.Mean()-mean) > 1e-12*mean || math.Abs(all.SD()-math.Sqrt(variance)) > 1e-10 {
			t.Errorf("%d values have mean %v and sd %v, want %d, %v and %v", all.N, all.Mean(), all.SD(), len(values), mean, math.Sqrt(variance))
		}
	}
}

func TestMomentsOfTooFewValuesAreNaN(t *testing.T) {
	var m Moments
	if got := fmt.Sprint(m.Mean(), m.SD()); got != "NaN NaN" {
		t.Errorf("of none: %s", got)
	}
	m.Add(3)
	if got := fmt.Sprint(m.Mean(), m.SD(), m.Spread()); got != "3 NaN 0" {
		t.Errorf("of 3: %s", got)
	}
}
