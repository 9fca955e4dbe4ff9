package metrics

import (
	"math"
	"slices"
	"testing"
)

// defaultRun is the confusion of the earlier project's recipe on its 52 test rows.
func defaultRun() (labels, predicted []int) {
	for _, cell := range []struct{ label, predicted, rows int }{{0, 0, 16}, {0, 1, 8}, {1, 0, 1}, {1, 1, 27}} {
		labels = append(labels, slices.Repeat([]int{cell.label}, cell.rows)...)
		predicted = append(predicted, slices.Repeat([]int{cell.predicted}, cell.rows)...)
	}
	return labels, predicted
}

func TestCountsGiveThePublishedFigures(t *testing.T) {
	labels, predicted := defaultRun()
	if got, want := Accuracy(labels, predicted), 0.8269230769230769; got != want {
		t.Errorf("accuracy %v, want %v", got, want)
	}
	if got, want := MacroF1(labels, predicted, 2), 0.8188153310104529; got != want {
		t.Errorf("macro F1 %v, want %v", got, want)
	}
}

func TestMacroF1LeavesOutClassesThatDoNotOccur(t *testing.T) {
	labels, predicted := defaultRun()
	if got, want := MacroF1(labels, predicted, 9), MacroF1(labels, predicted, 2); got != want {
		t.Errorf("macro F1 with seven classes that do not occur %v, want %v", got, want)
	}
}

func TestAClassThatIsOnlyPredictedCountsAsZero(t *testing.T) {
	if got, want := MacroF1([]int{0, 0}, []int{0, 2}, 3), (2.0/3+0)/2; got != want {
		t.Errorf("macro F1 %v, want %v", got, want)
	}
}

func TestNoRowsHaveNoFigures(t *testing.T) {
	c := NewCounts(2)
	if a, f := c.Accuracy(), c.MacroF1(); !math.IsNaN(a) || !math.IsNaN(f) {
		t.Errorf("accuracy %v and macro F1 %v of no rows, want NaN", a, f)
	}
}

func TestCountsAllocateNothingAfterReset(t *testing.T) {
	labels, predicted := defaultRun()
	c := NewCounts(2)
	epoch := func() {
		c.Reset()
		for i, label := range labels {
			c.Add(label, predicted[i])
		}
		if c.Rows() != 52 || c.Hits() != 43 || c.MacroF1() < c.Accuracy()-0.01 {
			t.Errorf("%d of %d rows hit, want 43 of 52", c.Hits(), c.Rows())
		}
	}
	if n := testing.AllocsPerRun(10, epoch); n != 0 {
		t.Errorf("%v allocations an epoch, want none", n)
	}
}

// The sums are those of np.sum(1/np.arange(1, n+1)), numpy 2.4.6.
func TestPairwiseSumAddsInTheOrderOfNumPy(t *testing.T) {
	for n, want := range map[int]float64{
		0: 0, 1: 1, 7: 2.5928571428571425, 8: 2.7178571428571425, 20: 3.597739657143682, 127: 5.425334592589172,
		128: 5.433147092589173, 129: 5.440899030573669, 300: 6.282663880299504, 1000: 7.485470860550345,
	} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 1 / float64(i+1)
		}
		if got := pairwiseSum(x); got != want {
			t.Errorf("sum of %d terms %v, want %v", n, got, want)
		}
	}
}
