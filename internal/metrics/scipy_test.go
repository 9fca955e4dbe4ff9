package metrics

import (
	"fmt"
	"testing"
)

// scipyReferences are distributions, tests and intervals as SciPy computes them.
type scipyReferences struct {
	Student []struct {
		Degrees     int
		P, Quantile float64
		BeyondTwice float64 `json:"beyond_twice"` // upper tail of twice the quantile
	}
	Comparisons []struct {
		Splits, Repeats                   int
		Differences                       []float64
		Mean, T, P, Low, High, Detectable float64
		StandardError                     float64 `json:"standard_error"`
		Margin                            float64
		PNonInferior                      float64 `json:"p_non_inferior"`
		PEquivalent                       float64 `json:"p_equivalent"`
	}
	Posteriors []struct {
		Mean, Margin              float64
		StandardError             float64 `json:"standard_error"`
		Degrees                   int
		Worse, Equivalent, Better float64
	}
	RowWise []struct {
		Splits               int
		Gains                []float64
		Groups               []int
		Mean, T, P           float64
		StandardError        float64 `json:"standard_error"`
		Degrees              int
		GroupedStandardError float64 `json:"grouped_standard_error"`
		GroupedDegrees       int     `json:"grouped_degrees"`
		GroupedP             float64 `json:"grouped_p"`
	} `json:"row_wise"`
	McNemar []struct {
		OnlyBase int `json:"only_base"`
		OnlyHead int `json:"only_head"`
		Exact    float64
		MidP     float64 `json:"mid_p"`
	}
}

func TestPairedComparisonsMatchSciPy(t *testing.T) {
	var references scipyReferences
	readReference(t, "testdata/scipy.json", &references)
	if len(references.Student) == 0 || len(references.Comparisons) == 0 || len(references.McNemar) == 0 ||
		len(references.Posteriors) == 0 || len(references.RowWise) == 0 {
		t.Fatal("references are missing")
	}
	relative := func(t *testing.T, name string, got, want float64) {
		t.Helper()
		within(t, name, got, want, 1e-12*max(want, -want)+1e-300)
	}
	for _, want := range references.Student {
		t.Run(fmt.Sprintf("t with %d degrees of freedom at %g", want.Degrees, want.P), func(t *testing.T) {
			r := Student{DF: want.Degrees}
			relative(t, "quantile", -r.upperQuantile(want.P), want.Quantile)
			relative(t, "tail", r.upperTail(2*want.Quantile), want.BeyondTwice)
		})
	}
	for i, want := range references.Comparisons {
		t.Run(fmt.Sprintf("comparison %d", i), func(t *testing.T) {
			r := NewResampled(want.Differences, want.Splits)
			low, high := r.Interval(.95)
			relative(t, "mean", r.Mean, want.Mean)
			relative(t, "SE", r.SE, want.StandardError)
			relative(t, "t", r.T(), want.T)
			relative(t, "p", r.P(), want.P)
			relative(t, "low", low, want.Low)
			relative(t, "high", high, want.High)
			relative(t, "detectable", r.Detectable(.05, .8), want.Detectable)
			relative(t, "p of non-inferiority", r.NonInferiorP(want.Margin), want.PNonInferior)
			relative(t, "p of equivalence", r.EquivalentP(want.Margin), want.PEquivalent)
		})
	}
	for i, want := range references.Posteriors {
		t.Run(fmt.Sprintf("posterior %d", i), func(t *testing.T) {
			s := Student{Mean: want.Mean, SE: want.StandardError, DF: want.Degrees}
			worse, equivalent, better := s.Posterior(want.Margin)
			relative(t, "P(worse)", worse, want.Worse)
			within(t, "P(equivalent)", equivalent, want.Equivalent, 1e-13)
			relative(t, "P(better)", better, want.Better)
		})
	}
	for i, want := range references.RowWise {
		t.Run(fmt.Sprintf("rows %d", i), func(t *testing.T) {
			plain, grouped := NewRowWise(want.Gains, want.Splits), NewGroupedRowWise(want.Gains, want.Groups, want.Splits)
			relative(t, "mean", plain.Mean, want.Mean)
			relative(t, "SE", plain.SE, want.StandardError)
			relative(t, "t", plain.T(), want.T)
			relative(t, "p", plain.P(), want.P)
			relative(t, "mean of groups", grouped.Mean, want.Mean)
			relative(t, "SE of groups", grouped.SE, want.GroupedStandardError)
			relative(t, "p of groups", grouped.P(), want.GroupedP)
			if plain.DF != want.Degrees || grouped.DF != want.GroupedDegrees {
				t.Errorf("degrees of freedom %d, of groups %d, want %d, %d", plain.DF, grouped.DF, want.Degrees, want.GroupedDegrees)
			}
		})
	}
	for _, want := range references.McNemar {
		t.Run(fmt.Sprintf("%d against %d", want.OnlyBase, want.OnlyHead), func(t *testing.T) {
			exact, mid := McNemar(want.OnlyBase, want.OnlyHead)
			relative(t, "exact p", exact, want.Exact)
			relative(t, "mid-p", mid, want.MidP)
		})
	}
}
