package features

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

// columnsOf returns a sample of so many rows, with the value that each function draws for a row in a column of its own.
func columnsOf(rows int, draw ...func(i int) float64) dataset.Sample {
	var values []float64
	for i := range rows {
		for _, of := range draw {
			values = append(values, of(i))
		}
	}
	return table(len(draw), values...)
}

// checkMedians compares the medians of Fit with those of the sorted columns.
func checkMedians(t *testing.T, s dataset.Sample) {
	t.Helper()
	for k, c := range mustFit(t, s, params.None).Columns {
		var values []float64
		for i := range s.Len() {
			if v := s.Numbers(i)[k]; !math.IsNaN(v) {
				values = append(values, v)
			}
		}
		slices.Sort(values)
		half := len(values) / 2
		want := values[half]
		if len(values)%2 == 0 {
			want = (values[half-1] + want) / 2
		}
		if math.Float64bits(c.Median) != math.Float64bits(want) {
			t.Errorf("%d rows: the median of column %d is %v, want %v", s.Len(), k+1, c.Median, want)
		}
	}
}

func TestMediansAreInTheirBrackets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{16_385, 40_000, 40_001} {
		s := columnsOf(rows,
			func(int) float64 { return r.Float64() - 0.5 },
			func(int) float64 { return float64(r.IntN(2)) },
			func(int) float64 { return float64(r.IntN(100)) },
			func(int) float64 { return -2.5 },
			func(i int) float64 { return float64(i) },
			func(i int) float64 { return -float64(i) },
			func(i int) float64 { return float64(i % 7) },
			func(i int) float64 { return float64(i % 4096) },
			func(int) float64 { return math.Ldexp(r.Float64()-0.5, r.IntN(1000)-500) },
			func(int) float64 { return []float64{r.Float64(), math.NaN()}[r.IntN(2)] },
		)
		f := mustFit(t, s, params.None)
		numbers := f.numbers()
		if missed := setBracketed(numbers, s, f.look(s)); len(missed) > 0 {
			t.Errorf("%d rows: the medians of the columns %v are not in their brackets", rows, missed)
		}
		checkMedians(t, s)
	}
}

func TestMediansOutsideTheirBracketsAreFound(t *testing.T) {
	const rows = 40_000
	r := rand.New(rand.NewPCG(1, 2))
	isSampled := map[int]bool{}
	for j := range uint32(sampleSize) {
		isSampled[sampled(j, rows)] = true
	}
	ifSampled := func(yes, no func(i int) float64) func(i int) float64 {
		return func(i int) float64 {
			if isSampled[i] {
				return yes(i)
			}
			return no(i)
		}
	}
	random := func(int) float64 { return r.Float64() }
	s := columnsOf(rows,
		ifSampled(func(int) float64 { return 5 }, random),
		ifSampled(func(int) float64 { return -5 }, random),
		ifSampled(random, func(int) float64 { return 0.5 + 0.001*r.Float64() }), // too many are between
		ifSampled(func(int) float64 { return math.NaN() }, random),
	)
	f := mustFit(t, s, params.None)
	if missed := setBracketed(f.numbers(), s, f.look(s)); fmt.Sprint(missed) != "[0 1 2 3]" {
		t.Errorf("the medians of the columns %v are not in their brackets", missed)
	}
	checkMedians(t, s)
}
