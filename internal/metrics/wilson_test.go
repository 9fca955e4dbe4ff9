package metrics

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestGroupedWilsonMatchesTheEffectiveTrialsOfRsSurvey(t *testing.T) {
	var file struct {
		Cases []struct {
			Success, Groups       []int
			Confidence, Low, High float64
		}
	}
	readReference(t, "testdata/survey.json", &file)
	if len(file.Cases) != 18 {
		t.Fatalf("%d intervals, want 18", len(file.Cases))
	}
	for _, c := range file.Cases {
		low, high := GroupedWilson(successes(c.Success), c.Groups, c.Confidence)
		within(t, "low", low, c.Low, 1e-6)
		within(t, "high", high, c.High, 1e-6)
	}
}

func successes(of []int) []bool {
	list := make([]bool, len(of))
	for i, s := range of {
		list[i] = s == 1
	}
	return list
}

func TestGroupsThatSayNothingOfTheirVarianceGiveWideIntervals(t *testing.T) {
	wilson := func(successes, trials int) (b [2]float64) { b[0], b[1] = Wilson(successes, trials, .95); return b }
	for _, test := range []struct {
		name      string
		successes []int
		groups    []string
		want      [2]float64
	}{
		{"one group", []int{1, 0, 1, 1}, []string{"a", "a", "a", "a"}, [2]float64{0, 1}},
		{"one group, all successes", []int{1, 1}, []string{"a", "a"}, [2]float64{0, 1}},
		{"all successes", []int{1, 1, 1, 1, 1}, []string{"a", "a", "b", "b", "c"}, wilson(3, 3)},
		{"no success", []int{0, 0, 0, 0, 0}, []string{"a", "a", "b", "b", "c"}, wilson(0, 3)},
		{"groups that are alike count as rows", []int{1, 0, 1, 0, 1, 0}, []string{"a", "a", "b", "b", "c", "c"}, wilson(3, 6)},
	} {
		t.Run(test.name, func(t *testing.T) {
			low, high := GroupedWilson(successes(test.successes), test.groups, .95)
			if got := [2]float64{low, high}; got != test.want {
				t.Errorf("the interval is %v, want %v", got, test.want)
			}
		})
	}
	if low, high := GroupedWilson[int](nil, nil, .95); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("the interval of no trials is %v to %v, want NaN", low, high)
	}
}

// The quoted shares are those of -simulations 10000.
func TestOnlyGroupedWilsonCoversTheShareOfRowsInGroups(t *testing.T) {
	for _, test := range []struct {
		name                   string
		groups, rows           int
		better                 float64 // share of groups whose rows all succeed, while half succeed in the others
		wantPlain, wantGrouped float64
	}{
		{"20 groups of 10 rows", 20, 10, .5, .691, .958},
		{"50 groups of 4 rows", 50, 4, .5, .851, .952},
		{"10 groups of 5 rows", 10, 5, .8, .771, .976},
		{"200 independent rows", 200, 1, .5, .959, .959},
	} {
		t.Run(test.name, func(t *testing.T) {
			const quoted = 200000
			samples := 20 * *simulations
			rng := rand.New(rand.NewPCG(21, uint64(test.rows)))
			truth := test.better + (1-test.better)/2
			plain, grouped := 0, 0
			for range samples {
				var success []bool
				var groups []int
				hits := 0
				for g := range test.groups {
					better := rng.Float64() < test.better
					for range test.rows {
						hit := better || rng.Float64() < .5
						success, groups = append(success, hit), append(groups, g)
						if hit {
							hits++
						}
					}
				}
				if low, high := Wilson(hits, len(success), .95); low <= truth && truth <= high {
					plain++
				}
				if low, high := GroupedWilson(success, groups, .95); low <= truth && truth <= high {
					grouped++
				}
			}
			t.Logf("%d and %d of %d", plain, grouped, samples)
			for _, c := range []struct {
				name    string
				covered int
				want    float64
			}{{"Wilson", plain, test.wantPlain}, {"GroupedWilson", grouped, test.wantGrouped}} {
				error := math.Sqrt(c.want * (1 - c.want) * (1/float64(samples) + 1./quoted))
				within(t, "coverage of "+c.name, float64(c.covered)/float64(samples), c.want, 4*error)
			}
		})
	}
}
