package metrics

import (
	"math"
	"slices"
	"testing"
)

// scikitLearn is the example "Statistical comparison of models using grid search" of scikit-learn:
// differences of two models' AUC over 10 repeats of 10 folds, by their counts.
func scikitLearn() []float64 {
	counts := []struct {
		difference float64
		times      int
	}{{-.12, 1}, {-.08, 2}, {-.04, 10}, {0, 53}, {.04, 29}, {.08, 4}, {.20, 1}}
	var d []float64
	for _, c := range counts {
		d = append(d, slices.Repeat([]float64{c.difference}, c.times)...)
	}
	return d
}

// within checks that got is want to the given tolerance.
func within(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.17g, want %.17g within %g", name, got, want, tolerance)
	}
}

func TestResampledMatchesScikitLearnsExample(t *testing.T) {
	r := NewResampled(scikitLearn(), 10)
	within(t, "SE", r.SE, .0133277766, 5e-11)
	within(t, "t", r.T(), .7503126954, 5e-11)
	within(t, "one-sided p", r.NonInferiorP(0), .2274229710, 5e-11)
	within(t, "two-sided p", r.P(), 2*.2274229710, 1e-10)
	low, high := r.Interval(.95)
	within(t, "low", low, -.016445, 5e-7)
	within(t, "high", high, .036445, 5e-7)
	within(t, "non-inferiority p at 0.02", r.NonInferiorP(.02), .0133003782, 5e-11)
}

func TestResampledMatchesPublishedMoments(t *testing.T) {
	tests := []struct {
		name           string
		mean, variance float64
		se, p          float64
		seTol, pTol    float64
	}{
		{name: "BayesianTestsML, small", mean: -.0021209, variance: 9.22889312121207e-06, p: .047573247196149436, pTol: 1e-14},
		{name: "BayesianTestsML, large", mean: -.0726876, variance: .003582543959838, p: .0007237706429719711, pTol: 1e-15},
		{name: "sonar, nbc against aode", mean: .33811, variance: 11.75302602, se: 1.19307252, seTol: 5e-9, p: .77746634, pTol: 5e-9},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := resampled(test.mean, test.variance, 100, 10)
			within(t, "p", r.P(), test.p, test.pTol)
			if test.se != 0 {
				within(t, "SE", r.SE, test.se, test.seTol)
			}
		})
	}
}

// Some programs use 1/rows for 1/J, which makes a difference unless there are as many rows as folds;
// sonar's 208 rows show it.
func TestCorrectionUsesFoldsNotRows(t *testing.T) {
	const rows, folds, splits = 208, 100, 10
	r := resampled(.33811, 11.75302602, folds, splits)
	wrong := math.Sqrt(11.75302602 * (1./rows + 1./(splits-1)))
	if math.Abs(r.SE-wrong) < .02 {
		t.Errorf("SE = %g, which is that with 1/rows (%g)", r.SE, wrong)
	}
	within(t, "SE^2/S^2", r.SE*r.SE/11.75302602, 1./folds+1./(splits-1), 1e-15)
}

// Some programs double the upper tail without the absolute value, and report a p above 1.
func TestTwoSidedPIsTheSameForBothSigns(t *testing.T) {
	for _, mean := range []float64{.33811, 2, 5} {
		up, down := resampled(mean, 11.75, 100, 10), resampled(-mean, 11.75, 100, 10)
		if up.P() != down.P() || down.P() > 1 {
			t.Errorf("p(%g) = %g, p(-%g) = %g", mean, up.P(), mean, down.P())
		}
	}
	if p := resampled(0, 1, 100, 10).P(); p != 1 {
		t.Errorf("p of no difference = %g, want 1", p)
	}
}

// 1-CDF is 0 where this tail is 5.47e-17 (mpmath: P(T > 10) with 99 degrees of freedom).
func TestSmallTailsAreNotLost(t *testing.T) {
	r := resampled(10, 1/(.01+1./9), 100, 10)
	within(t, "p", r.P()/2/5.4698785039960545e-17, 1, 1e-12)
}

// The quantiles were computed with mpmath to 30 digits.
func TestUpperQuantileIsAccurate(t *testing.T) {
	tests := []struct {
		df   int
		p    float64
		want float64
	}{
		{1, .025, 12.706204736174704646},
		{2, .025, 4.3026527297494638523},
		{9, .025, 2.2621571627982055426},
		{99, .025, 1.9842169515864174951},
		{99, .05, 1.6603911560169909039},
		{99, .2, .84526703195349682053},
		{99, .5, 0},
	}
	for _, test := range tests {
		r := Student{DF: test.df}
		within(t, "quantile", r.upperQuantile(test.p), test.want, 1e-13*max(1, test.want))
	}
}

func TestDetectableDifferenceOfTenByTenFolds(t *testing.T) {
	r := NewResampled(scikitLearn(), 10)
	within(t, "detectable/SE", r.Detectable(.05, .8)/r.SE, 2.8295, 5e-5)
}

// An interval, a bound and the p-value that belongs to it agree.
func TestIntervalsAgreeWithPValues(t *testing.T) {
	r := NewResampled(scikitLearn(), 10)
	low, high := r.Interval(1 - r.P())
	within(t, "low", low, 0, 1e-14)
	within(t, "high", high, 2*r.Mean, 1e-14)
	margin := -r.LowerBound(.95)
	within(t, "non-inferiority p at its bound", r.NonInferiorP(margin), .05, 1e-12)
	if p, q := r.EquivalentP(.02), r.NonInferiorP(.02); p < q {
		t.Errorf("equivalence p = %g is below non-inferiority p = %g", p, q)
	}
	mirrored := Student{Mean: -r.Mean, SE: r.SE, DF: r.DF}
	within(t, "equivalence p of the mirrored", mirrored.EquivalentP(.02), r.EquivalentP(.02), 0)
}

func TestMcNemarMatchesPublished(t *testing.T) {
	tests := []struct {
		name         string
		lost, gained int
		exact, mid   float64
		digits       float64 // half a unit of the last digit published, or gonum's 1e-12 if that is more
	}{
		{"Fagerland 2013, 121 against 59", 121, 59, 4.4344492637555e-06, 3.26664680e-06, 5e-15},
		{"1 against 7", 1, 7, .0703125, .0390625, 1e-15},
		{"7 against 1", 7, 1, .0703125, .0390625, 1e-15},
		{"0 against 5", 0, 5, .0625, .03125, 1e-15},
		{"no flips", 0, 0, 1, 1, 0},
		{"as many each way", 4, 4, 1, 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			exact, mid := McNemar(test.lost, test.gained)
			within(t, "exact p", exact, test.exact, min(test.digits, 5e-13*max(test.exact, 2e-7)))
			within(t, "mid-p", mid, test.mid, test.digits)
		})
	}
}

func TestAlikeAllowsRoundingOnly(t *testing.T) {
	tests := []struct {
		name   string
		values []float64
		want   bool
	}{
		{"zeros", []float64{0, 0, 0}, true},
		{"one value", []float64{.1, .1, .1}, true},
		{"rounding", []float64{.3 - .2, .1, .8 - .7}, true},
		{"a difference", []float64{.1, .1, .1 + 1e-10}, false},
		{"both signs", []float64{.1, -.1}, false},
		{"large values, whose mean is rounded", slices.Repeat([]float64{691.1}, 100), true},
		{"rounding of large values", []float64{691.1, 691.1 + 2e-13}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := alike(test.values); got != test.want {
				t.Errorf("alike = %v, want %v", got, test.want)
			}
		})
	}
}

func TestRepeatsSDIsThatOfTheRepeatMeans(t *testing.T) {
	sd, ok := RepeatsSD([]float64{1, 3, 2, 4, 3, 5}, 2)
	if !ok || sd != 1 {
		t.Errorf("RepeatsSD = %g, %v, want 1, true", sd, ok)
	}
	if _, ok := RepeatsSD([]float64{1, 3}, 2); ok {
		t.Error("RepeatsSD of one repeat is ok")
	}
}

func TestResampledCannotTestWithoutVariance(t *testing.T) {
	for name, s := range map[string]Student{
		"folds":  NewResampled([]float64{-.1, -.1}, 2),
		"rows":   NewRowWise([]float64{.3 - .2, .1, .8 - .7}, 2),
		"groups": NewGroupedRowWise([]float64{1, 3, 4, 0}, []int{0, 0, 1, 1}, 2),
	} {
		low, high := s.Interval(.95)
		worse, equivalent, better := s.Posterior(.01)
		for what, v := range map[string]float64{
			"SE": s.SE, "t": s.T(), "p": s.P(), "low": low, "high": high, "bound": s.LowerBound(.95), "detectable": s.Detectable(.05, .8),
			"p of non-inferiority": s.NonInferiorP(.01), "p of equivalence": s.EquivalentP(.01),
			"P(worse)": worse, "P(equivalent)": equivalent, "P(better)": better,
		} {
			if !math.IsNaN(v) {
				t.Errorf("%s that are alike: %s = %v, want NaN", name, what, v)
			}
		}
		if s.Varies() || s.Mean == 0 {
			t.Errorf("%s that are alike: %+v", name, s)
		}
	}
}

// The probabilities are those of baycomp 1.0.3 with SciPy 1.17.1: two_on_single(zeros, gains, margin,
// runs), gains being scikitLearn's in that order, and the first 10 and the last 30 of them.
func TestPosteriorMatchesBaycomp(t *testing.T) {
	all := scikitLearn()
	tests := []struct {
		name                      string
		gains                     []float64
		splits                    int
		margin                    float64
		worse, equivalent, better float64
	}{
		{"all, no margin", all, 10, 0, 0.22742297101336628, 0, 0.7725770289866337},
		{"all, 0.001", all, 10, .001, 0.2055803648247408, 0.04495522143945996, 0.7494644137357993},
		{"all, margin at the mean", all, 10, .01, 0.06831754175730033, 0.4316824582426997, 0.5},
		{"all, 0.05", all, 10, .05, 9.206859027352174e-06, 0.9982894485091616, 0.0017013446318110415},
		{"worse, no margin", all[:10], 10, 0, 0.999085339903, 0, 0.0009146600970000307},
		{"worse, 0.01", all[:10], 10, .01, 0.9970328724307267, 0.0026598220895466262, 0.00030730547972668276},
		{"worse, 0.05", all[:10], 10, .05, 0.6741685801011428, 0.3258227608688482, 8.659030009017243e-06},
		{"better, no margin", all[70:], 10, 0, 0.00010216459613709983, 0, 0.9998978354038629},
		{"better, 0.01", all[70:], 10, .01, 1.0038187974965793e-05, 0.0009596634715582919, 0.9990302983404667},
		{"better, 0.05", all[70:], 10, .05, 1.3447304304866122e-09, 0.47791442012533947, 0.5220855785299301},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			worse, equivalent, better := NewResampled(test.gains, test.splits).Posterior(test.margin)
			within(t, "P(worse)", worse, test.worse, 1e-13)
			within(t, "P(equivalent)", equivalent, test.equivalent, 1e-13)
			within(t, "P(better)", better, test.better, 1e-13)
		})
	}
}

func TestPosteriorIsWhatTheTestsSay(t *testing.T) {
	for _, mean := range []float64{-3, -.5, -.1, 0, .1, .5, 3} {
		s := Student{Mean: mean, SE: .2, DF: 9}
		for _, margin := range []float64{0, .1, .5} {
			worse, equivalent, better := s.Posterior(margin)
			within(t, "sum", worse+equivalent+better, 1, 1e-15)
			within(t, "P(worse)", worse, s.NonInferiorP(margin), 0)
			mirrored := Student{Mean: -mean, SE: .2, DF: 9}
			w, e, b := mirrored.Posterior(margin)
			if w != better || b != worse || math.Abs(e-equivalent) > 1e-15 || equivalent < 0 || (margin == 0) != (equivalent < 1e-15) {
				t.Errorf("mean %g, margin %g: %g, %g, %g, mirrored %g, %g, %g", mean, margin, worse, equivalent, better, w, e, b)
			}
		}
		_, _, better := s.Posterior(0)
		within(t, "two-sided p", 2*min(better, 1-better), s.P(), 1e-15)
	}
	_, equivalent, _ := Student{Mean: 1e6, SE: 1, DF: 4}.Posterior(1)
	// The density of t with 4 degrees of freedom is 12/x^5 far out.
	within(t, "a small P(equivalent)", equivalent*1e30/24, 1, 1e-5)
}

func TestIntervalsStayWithinWhatIsPossible(t *testing.T) {
	s := Student{Mean: .9, SE: .1, DF: 4}
	if low, high := s.IntervalWithin(.95, 0, 1); high != 1 || low < .62 || low > .63 {
		t.Errorf("[%g, %g], want [0.62.., 1]", low, high)
	}
	if low, high := s.IntervalWithin(.9995, 0, math.Inf(1)); low != 0 || high < 1.8 {
		t.Errorf("[%g, %g], want [0, 1.8..]", low, high)
	}
	if low, high := (Student{Mean: 1, SE: math.NaN(), DF: 4}).IntervalWithin(.95, 0, 1); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("[%g, %g] without variance, want NaN", low, high)
	}
}

func TestAccuracyIntervalOfFoldsThatAreAlikeIsWilsons(t *testing.T) {
	tests := []struct {
		name      string
		folds     []float64
		rows      int
		low, high float64
	}{
		{"60 rows, all right", []float64{1, 1, 1, 1, 1}, 60, .939828, 1}, // 1/(1+1.96^2/60)
		{"majority only of 990 and 10", slices.Repeat([]float64{.99}, 10), 1000, .981691, .994559},
		{"none right", []float64{0, 0}, 7, 0, .354330},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			low, high := NewResampled(test.folds, len(test.folds)).AccuracyInterval(.95, test.rows)
			within(t, "low", low, test.low, 1e-6)
			within(t, "high", high, test.high, 1e-6)
		})
	}
	low, high := NewResampled([]float64{1, .5}, 2).AccuracyInterval(.95, 60)
	if low != 0 || high != 1 {
		t.Errorf("[%g, %g] of folds that vary, want the t interval, cut to [0, 1]", low, high)
	}
}

func TestGroupsOfOneRowAreRows(t *testing.T) {
	gains := scikitLearn()
	groups := make([]int, len(gains))
	for i := range groups {
		groups[i] = 2 * (len(gains) - i) // not dense, not ascending
	}
	plain, grouped := NewRowWise(gains, 10), NewGroupedRowWise(gains, groups, 10)
	within(t, "mean", grouped.Mean, plain.Mean, 0)
	within(t, "SE", grouped.SE, plain.SE, 1e-15)
	if grouped.DF != plain.DF || plain.DF != 99 {
		t.Errorf("degrees of freedom %d of groups, %d of rows, want 99", grouped.DF, plain.DF)
	}
}

// Rows that are repeated m times add no information: the groups' SE does not change.
func TestCopiesOfRowsWithinTheirGroupChangeNothing(t *testing.T) {
	gains := []float64{.1, -.3, .2, .5}
	once, copied := NewRowWise(gains, 5), NewGroupedRowWise(slices.Repeat(gains, 9), slices.Repeat([]int{0, 1, 2, 3}, 9), 5)
	within(t, "SE", copied.SE, once.SE, 1e-16)
	within(t, "p", copied.P(), once.P(), 1e-15)
	if plain := NewRowWise(slices.Repeat(gains, 9), 5); plain.SE > once.SE/2.9 {
		t.Errorf("SE of the copies as rows %g, want about a third of %g", plain.SE, once.SE)
	}
}

func TestStudentPanicsOnACallersBug(t *testing.T) {
	for name, call := range map[string]func(){
		"one split":           func() { NewResampled(make([]float64, 4), 1) },
		"a part of a repeat":  func() { NewResampled(make([]float64, 4), 3) },
		"no folds":            func() { NewResampled(nil, 2) },
		"one row":             func() { NewRowWise(make([]float64, 1), 2) },
		"rows of one split":   func() { NewRowWise(make([]float64, 4), 1) },
		"one group":           func() { NewGroupedRowWise(make([]float64, 4), make([]int, 4), 2) },
		"no rows":             func() { NewGroupedRowWise[int](nil, nil, 2) },
		"groups of one split": func() { NewGroupedRowWise(make([]float64, 2), []int{0, 1}, 1) },
		"a row with no group": func() { NewGroupedRowWise(make([]float64, 2), []int{0}, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, ok := recover().(string); !ok || text[:9] != "metrics: " {
					t.Errorf("recovered %q, want a message of this package", text)
				}
			}()
			call()
		})
	}
}
