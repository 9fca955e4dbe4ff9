package metrics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Student is a mean and how far it may be from the true one: (Mean - true mean) / SE follows Student's
// t distribution with DF degrees of freedom. NewResampled, NewRowWise and NewGroupedRowWise return one
// and say what SE allows for. The values may be one model's scores, or gains: differences between two
// models, positive if the second is better.
//
// Values that are all alike have no variance, so nothing is known about the error: SE is NaN, Varies is
// false, and every statistic, p-value, bound and probability is NaN. As no comparison with NaN is true,
// a rule such as "improved if P < 0.05" then finds nothing, which is right: that all folds differ by
// the same amount is weak evidence (two folds may do so by chance), and the sign must not decide. If the
// folds do not vary, the rows may: use NewRowWise, or McNemar on the rows of one repeat, and call the
// comparison inconclusive if neither finds a difference.
type Student struct {
	Mean float64
	SE   float64 // standard error of Mean, above 0; NaN if the values are alike
	DF   int     // degrees of freedom, at least 1
}

// Varies reports whether there is a variance to test with.
func (s Student) Varies() bool { return !math.IsNaN(s.SE) }

// T is the statistic of the test that the true mean is 0, Mean/SE.
func (s Student) T() float64 { return s.Mean / s.SE }

// P is the two-sided p-value of the test that the true mean is 0.
func (s Student) P() float64 { return 2 * s.upperTail(math.Abs(s.T())) }

// Interval returns the bounds of the two-sided confidence interval of the true mean at the given level
// in (0, 1), such as 0.95: Mean -+ SE * t, with t the (1+level)/2 quantile.
func (s Student) Interval(level float64) (low, high float64) {
	half := float64(s.SE * s.upperQuantile((1-level)/2))
	return s.Mean - half, s.Mean + half
}

// IntervalWithin is Interval clipped to the values that the mean can have: 0 to 1 for a share such as
// accuracy, F1 or an area, 0 to infinity for a loss.
func (s Student) IntervalWithin(level, least, greatest float64) (low, high float64) {
	low, high = s.Interval(level)
	return max(low, least), min(high, greatest)
}

// AccuracyInterval is the interval of a cross-validated accuracy within [0, 1]. If the folds vary, it
// is IntervalWithin. If they are all alike, there is nothing to go by except the rows of one repeat: it
// is Wilson's interval of Mean for that many rows. With groups of rows that belong together, pass the
// number of groups, as that many rows are independent. Varies tells the two cases apart.
func (s Student) AccuracyInterval(level float64, rows int) (low, high float64) {
	if s.Varies() {
		return s.IntervalWithin(level, 0, 1)
	}
	return Wilson(int(math.RoundToEven(s.Mean*float64(rows))), rows, level)
}

// LowerBound returns the one-sided bound that the true mean is above at the given level. It corresponds
// to NonInferiorP as Interval does to P.
func (s Student) LowerBound(level float64) float64 {
	return s.Mean - s.SE*s.upperQuantile(1-level)
}

// Detectable is the smallest true mean, up or down, that a two-sided test at alpha finds with the
// given power, such as 0.8.
func (s Student) Detectable(alpha, power float64) float64 {
	return s.SE * (s.upperQuantile(alpha/2) + s.upperQuantile(1-power))
}

// NonInferiorP is the p-value of the one-sided test whose null hypothesis is that the true mean is
// -margin or less. A small one shows that nothing as large as the margin is lost.
func (s Student) NonInferiorP(margin float64) float64 {
	return s.upperTail((s.Mean + margin) / s.SE)
}

// EquivalentP is the p-value of two one-sided tests whose null hypothesis is that the true mean is as
// far from 0 as the margin, or farther: D. Schuirmann, Journal of Pharmacokinetics and
// Biopharmaceutics 15 (1987).
func (s Student) EquivalentP(margin float64) float64 {
	return max(s.NonInferiorP(margin), s.upperTail((margin-s.Mean)/s.SE))
}

// Posterior returns the probabilities that the true gain is below -margin, within the margin, and above
// it, which add up to 1. With no margin (0) the second is 0. They are those of the Bayesian correlated
// t test: under a flat prior the posterior of the true mean is a t distribution with location Mean,
// scale SE and DF degrees of freedom. G. Corani and A. Benavoli, "A Bayesian approach for comparing
// cross-validated algorithms on multiple data sets", Machine Learning 100 (2015); A. Benavoli and
// others, "Time for a Change", JMLR 18 (2017). The package baycomp computes the same, but returns
// certainty if there is no variance.
func (s Student) Posterior(margin float64) (worse, equivalent, better float64) {
	worse, better = s.upperTail((s.Mean+margin)/s.SE), s.upperTail((margin-s.Mean)/s.SE)
	switch {
	case s.Mean > margin: // a difference of small tails keeps the digits that 1 minus them loses
		equivalent = s.upperTail((s.Mean-margin)/s.SE) - worse
	case s.Mean < -margin:
		equivalent = s.upperTail((-margin-s.Mean)/s.SE) - better
	default:
		equivalent = 1 - worse - better
	}
	return worse, max(equivalent, 0), better
}

// upperTail is P(T > t), computed directly: 1-CDF loses small ones. It is NaN if t is.
func (s Student) upperTail(t float64) float64 {
	if math.IsNaN(t) {
		return t
	}
	return s.distribution().Survival(t)
}

// upperQuantile is the t for which P(T > t) = p.
func (s Student) upperQuantile(p float64) float64 {
	return -s.distribution().Quantile(p)
}

func (s Student) distribution() distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(s.DF)}
}

// alike reports whether all values are the same except for rounding.
func alike(values []float64) bool {
	const rounding = 1e-12
	least, greatest := slices.Min(values), slices.Max(values)
	return greatest-least <= rounding*max(1, math.Abs(least), math.Abs(greatest))
}

// moments returns the mean and the variance with n-1. It sums in ascending order with explicit FMA, so
// that the bits are the same on every machine.
func moments(values []float64) (mean, variance float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v
	}
	mean /= n
	for _, v := range values {
		variance = math.FMA(v-mean, v-mean, variance)
	}
	return mean, variance / (n - 1)
}
