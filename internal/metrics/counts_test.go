package metrics

import (
	"math"
	"math/rand/v2"
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
	c := Count(labels, predicted, 2)
	if got, want := c.Accuracy(), 0.8269230769230769; got != want {
		t.Errorf("accuracy %v, want %v", got, want)
	}
	if got, want := c.MacroF1(), 0.8188153310104529; got != want {
		t.Errorf("macro F1 %v, want %v", got, want)
	}
}

func TestMeansLeaveOutClassesThatDoNotOccur(t *testing.T) {
	labels, predicted := defaultRun()
	nine, two := Count(labels, predicted, 9), Count(labels, predicted, 2)
	if nine.MacroF1() != two.MacroF1() || nine.BalancedAccuracy() != two.BalancedAccuracy() {
		t.Errorf("with seven classes that do not occur: macro F1 %v, balanced accuracy %v, want %v, %v",
			nine.MacroF1(), nine.BalancedAccuracy(), two.MacroF1(), two.BalancedAccuracy())
	}
}

func TestAClassThatIsOnlyPredictedCountsAsZeroInF1Only(t *testing.T) {
	c := Count([]int{0, 0}, []int{0, 2}, 3)
	if got, want := c.MacroF1(), (2.0/3+0)/2; got != want {
		t.Errorf("macro F1 %v, want %v", got, want)
	}
	if got := c.BalancedAccuracy(); got != 0.5 {
		t.Errorf("balanced accuracy %v, want that of the labelled class, 0.5", got)
	}
}

func TestTwoClassesAreCountedAsTwoOfThree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	labels, predicted := make([]int, 100), make([]int, 100)
	for i := range labels {
		labels[i], predicted[i] = r.IntN(2), r.IntN(2)
	}
	two, three := Count(labels, predicted, 2), Count(labels, predicted, 3)
	if two.Rows() != three.Rows() || two.Accuracy() != three.Accuracy() || !slices.Equal(two.Labelled, three.Labelled[:2]) ||
		!slices.Equal(two.Predicted, three.Predicted[:2]) || !slices.Equal(two.Correct, three.Correct[:2]) {
		t.Errorf("two classes are counted as %+v, two of three as %+v", two, three)
	}
}

func TestAClassOutOfRangeIsACallersBug(t *testing.T) {
	for _, c := range []struct{ label, predicted, classes int }{{2, 0, 2}, {0, 2, 2}, {-1, 0, 2}, {0, 3, 3}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("class %d predicted as %d of %d is counted", c.label, c.predicted, c.classes)
				}
			}()
			Count([]int{c.label}, []int{c.predicted}, c.classes)
		}()
	}
}

func TestNoRowsHaveNoFigures(t *testing.T) {
	c := NewCounts(2)
	for _, v := range []float64{c.Accuracy(), c.MacroF1(), c.BalancedAccuracy(), c.F1(0), c.Recall(1)} {
		if !math.IsNaN(v) {
			t.Errorf("a share of no rows is %v, want NaN", v)
		}
	}
}

func TestCountsAllocateNothingAfterReset(t *testing.T) {
	labels, predicted := defaultRun()
	c := NewCounts(2)
	epoch := func() {
		c.Reset()
		c.Add(labels[:20], predicted[:20])
		c.Add(labels[20:], predicted[20:])
		if c.Rows() != 52 || c.Accuracy() != 43./52 || c.MacroF1() < c.Accuracy()-0.01 || c.BalancedAccuracy() < 0.8 {
			t.Errorf("accuracy %v on %d rows, want 43 of 52", c.Accuracy(), c.Rows())
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
