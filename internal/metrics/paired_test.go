package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
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

// within tells whether got has all the digits that the published value was given to.
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
			r := ResampledFromMoments(100, 10, test.mean, test.variance)
			within(t, "p", r.P(), test.p, test.pTol)
			if test.se != 0 {
				within(t, "SE", r.SE, test.se, test.seTol)
			}
		})
	}
}

// Some programs put 1/(rows) where 1/J belongs, which shows only where a set has as many rows as
// there are folds; sonar's 208 rows show it.
func TestCorrectionUsesFoldsNotRows(t *testing.T) {
	const rows, folds, splits = 208, 100, 10
	r := ResampledFromMoments(folds, splits, .33811, 11.75302602)
	wrong := math.Sqrt(11.75302602 * (1./rows + 1./(splits-1)))
	if math.Abs(r.SE-wrong) < .02 {
		t.Errorf("SE = %g, which is what 1/rows gives (%g)", r.SE, wrong)
	}
	within(t, "SE^2/S^2", r.SE*r.SE/r.Variance, 1./folds+1./(splits-1), 1e-15)
}

// Some programs double the upper tail without the absolute value, and report a p above 1.
func TestTwoSidedPIsTheSameForBothSigns(t *testing.T) {
	for _, mean := range []float64{.33811, 2, 5} {
		up, down := ResampledFromMoments(100, 10, mean, 11.75), ResampledFromMoments(100, 10, -mean, 11.75)
		if up.P() != down.P() || down.P() > 1 {
			t.Errorf("p(%g) = %g, p(-%g) = %g", mean, up.P(), mean, down.P())
		}
	}
	if p := ResampledFromMoments(100, 10, 0, 1).P(); p != 1 {
		t.Errorf("p of no difference = %g, want 1", p)
	}
}

// 1-CDF is 0 where this tail is 5.47e-17 (mpmath: P(T > 10) with 99 degrees of freedom).
func TestSmallTailsAreNotLost(t *testing.T) {
	r := ResampledFromMoments(100, 10, 10, 1/(.01+1./9))
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
		r := Resampled{Folds: test.df + 1}
		within(t, "quantile", r.upperQuantile(test.p), test.want, 1e-13*max(1, test.want))
	}
}

func TestDetectableDifferenceOfTenByTenFolds(t *testing.T) {
	r := NewResampled(scikitLearn(), 10)
	within(t, "detectable/SE", r.Detectable(.05, .8)/r.SE, 2.8295, 5e-5)
}

// An interval, a bound and the p-value that belongs to it say the same.
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
	mirrored := ResampledFromMoments(100, 10, -r.Mean, r.Variance)
	within(t, "equivalence p of the mirrored", mirrored.EquivalentP(.02), r.EquivalentP(.02), 0)
}

func TestMcNemarMatchesPublished(t *testing.T) {
	tests := []struct {
		name         string
		lost, gained int
		exact, mid   float64
		digits       float64 // half a unit of the last digit given, or gonum's 1e-12 where that is more
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
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Alike(test.values); got != test.want {
				t.Errorf("Alike = %v, want %v", got, test.want)
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

func TestNewResampledPanicsUnlessOneValuePerFold(t *testing.T) {
	for _, splits := range []int{1, 3} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewResampled of 4 values with %d splits did not panic", splits)
				}
			}()
			NewResampled(make([]float64, 4), splits)
		}()
	}
}

// uncorrected is the p-value of the t test that takes the folds as independent.
func uncorrected(r Resampled) float64 {
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(r.DF())}
	return 2 * student.Survival(math.Abs(r.Mean)/math.Sqrt(r.Variance/float64(r.Folds)))
}

// TestFalseAlarmsUnderNoDifference compares two learners that are equally good by construction, each
// on its own half of the features, by 10 x 10 cross-validation on many data sets. The corrected test
// calls about one in twenty different, or fewer; the uncorrected one calls a third and more.
func TestFalseAlarmsUnderNoDifference(t *testing.T) {
	alarms, uncorrectedAlarms := simulate(t, 400, 1)
	t.Logf("false alarms: %.3f corrected, %.3f uncorrected", alarms, uncorrectedAlarms)
	if alarms > .065 {
		t.Errorf("the corrected test raises %.3f false alarms, want 0.05 or little more", alarms)
	}
	if uncorrectedAlarms < .30 {
		t.Errorf("the uncorrected test raises only %.3f false alarms: the simulation shows nothing", uncorrectedAlarms)
	}
}

// TestPowerOfTheGate makes one learner's features clearer; the test must notice.
func TestPowerOfTheGate(t *testing.T) {
	power, _ := simulate(t, 200, 1.8)
	t.Logf("power: %.3f", power)
	if power < .75 {
		t.Errorf("the corrected test notices %.3f of the real differences, want 0.75 or more", power)
	}
}

// Under folds whose differences are all correlated by the share of test rows, the model that the
// correction is derived from, its level is exact.
func TestLevelUnderEquicorrelatedFolds(t *testing.T) {
	const trials, folds, splits = 4000, 100, 10
	rng := rand.New(rand.NewPCG(1, 2))
	alarms, uncorrectedAlarms := 0, 0
	for range trials {
		d := make([]float64, folds)
		shared := math.Sqrt(1./splits) * rng.NormFloat64()
		for i := range d {
			d[i] = shared + math.Sqrt(1-1./splits)*rng.NormFloat64()
		}
		r := NewResampled(d, splits)
		if r.P() < .05 {
			alarms++
		}
		if uncorrected(r) < .05 {
			uncorrectedAlarms++
		}
	}
	within(t, "false alarms", float64(alarms)/trials, .05, .011) // three standard errors
	within(t, "uncorrected false alarms", float64(uncorrectedAlarms)/trials, .57, .03)
}

// simulate gives the share of data sets, each of 208 rows, on which 10 x 10 cross-validation finds
// two learners different at 0.05. Both classify by the nearer centroid, of four features each; those
// of the second separate the classes advantage times as far.
func simulate(t *testing.T, sets int, advantage float64) (corrected, plain float64) {
	t.Helper()
	const rows, repeats, splits = 208, 10, 10
	rng := rand.New(rand.NewPCG(20, 26))
	for range sets {
		first, second := drawRows(rng, rows, .35), drawRows(rng, rows, .35*advantage)
		var d []float64
		for range repeats {
			order := rng.Perm(rows)
			for k := range splits {
				test := order[k*rows/splits : (k+1)*rows/splits]
				d = append(d, centroidAccuracy(second, test)-centroidAccuracy(first, test))
			}
		}
		r := NewResampled(d, splits)
		if !Alike(d) && r.P() < .05 {
			corrected++
		}
		if !Alike(d) && uncorrected(r) < .05 {
			plain++
		}
	}
	return corrected / float64(sets), plain / float64(sets)
}

const simulatedFeatures = 4

// drawRows draws rows of two classes, odd and even, whose features differ by shift either way.
func drawRows(rng *rand.Rand, rows int, shift float64) [][simulatedFeatures]float64 {
	x := make([][simulatedFeatures]float64, rows)
	for i := range x {
		for j := range x[i] {
			x[i][j] = rng.NormFloat64() + shift*float64(2*(i%2)-1)
		}
	}
	return x
}

// centroidAccuracy trains on every row but test, and gives the share of test that is nearer to its
// own class's centroid.
func centroidAccuracy(x [][simulatedFeatures]float64, test []int) float64 {
	held := make([]bool, len(x))
	for _, i := range test {
		held[i] = true
	}
	var sums [2][simulatedFeatures]float64
	var counts [2]float64
	for i := range x {
		if held[i] {
			continue
		}
		counts[i%2]++
		for j, v := range x[i] {
			sums[i%2][j] += v
		}
	}
	right := 0
	for _, i := range test {
		var distance [2]float64
		for j, v := range x[i] {
			for class := range distance {
				gap := v - sums[class][j]/counts[class]
				distance[class] += gap * gap
			}
		}
		if distance[i%2] < distance[1-i%2] {
			right++
		}
	}
	return float64(right) / float64(len(test))
}
