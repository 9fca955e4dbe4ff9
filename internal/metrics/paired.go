package metrics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Resampled sums up one number per fold of a repeated k-fold cross-validation: a model's scores, or
// the differences between two models' scores on the same folds.
//
// The folds share training rows, so their numbers are not independent, and S/sqrt(J) understates how
// much their mean varies; a t test that uses it finds differences where there are none. SE has the
// correction of C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning
// 52 (2003), as R. Bouckaert and E. Frank use it for repeated cross-validation, "Evaluating the
// Replicability of Significance Tests for Comparing Learning Algorithms", PAKDD (2004): the share of
// test to training rows, 1/(splits-1), is added to 1/J.
type Resampled struct {
	Folds    int     // J, the folds of all repeats
	Mean     float64 // unweighted
	Variance float64 // S^2, with J-1
	SE       float64 // S * sqrt(1/J + 1/(splits-1))
}

// NewResampled sums up values, one per fold; all repeats together hold splits*repeats of them. It
// panics unless splits is two or more and divides the number of values.
func NewResampled(values []float64, splits int) Resampled {
	if splits < 2 || len(values) == 0 || len(values)%splits != 0 {
		panic("metrics: values are not one per fold")
	}
	mean, variance := moments(values)
	return ResampledFromMoments(len(values), splits, mean, variance)
}

// ResampledFromMoments is NewResampled where only the mean and the variance (with J-1) are known.
func ResampledFromMoments(folds, splits int, mean, variance float64) Resampled {
	correction := 1/float64(folds) + 1/float64(splits-1)
	return Resampled{folds, mean, variance, math.Sqrt(variance * correction)}
}

// DF is the degrees of freedom of the t distribution, J-1.
func (r Resampled) DF() int { return r.Folds - 1 }

// T is the statistic of the test that the mean is 0. It is not finite where SE is 0.
func (r Resampled) T() float64 { return r.Mean / r.SE }

// P is the two-sided p-value of the test that the mean is 0.
func (r Resampled) P() float64 { return 2 * r.upperTail(math.Abs(r.T())) }

// Interval gives the bounds between which the true mean lies at the given level, such as 0.95.
func (r Resampled) Interval(level float64) (low, high float64) {
	half := float64(r.SE * r.upperQuantile((1-level)/2))
	return r.Mean - half, r.Mean + half
}

// LowerBound gives the bound above which the true mean lies at the given level: one-sided, so it
// answers to NonInferiorP where Interval answers to P.
func (r Resampled) LowerBound(level float64) float64 {
	return r.Mean - r.SE*r.upperQuantile(1-level)
}

// Detectable is the smallest true mean, up or down, that a two-sided test at alpha finds with the
// given power, such as 0.8.
func (r Resampled) Detectable(alpha, power float64) float64 {
	return r.SE * (r.upperQuantile(alpha/2) + r.upperQuantile(1-power))
}

// NonInferiorP is the p-value of the one-sided test whose null hypothesis is that the true mean is
// -margin or less; a small one shows that nothing as large as the margin is lost.
func (r Resampled) NonInferiorP(margin float64) float64 {
	return r.upperTail((r.Mean + margin) / r.SE)
}

// EquivalentP is the p-value of two one-sided tests, whose null hypothesis is that the true mean is
// as far from 0 as the margin, or farther.
func (r Resampled) EquivalentP(margin float64) float64 {
	return max(r.NonInferiorP(margin), r.upperTail((margin-r.Mean)/r.SE))
}

// upperTail is P(T > t), computed as such: 1-CDF loses the small ones.
func (r Resampled) upperTail(t float64) float64 {
	return r.student().Survival(t)
}

// upperQuantile is the t that P(T > t) = p holds for.
func (r Resampled) upperQuantile(p float64) float64 {
	return -r.student().Quantile(p)
}

func (r Resampled) student() distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(r.DF())}
}

// Alike tells whether all values are the same but for rounding, which leaves no variance to test
// with.
func Alike(values []float64) bool {
	const rounding = 1e-12
	mean, _ := moments(values)
	for _, v := range values {
		if math.Abs(v-mean) > rounding {
			return false
		}
	}
	return true
}

// RepeatsSD is the standard deviation, with n-1, of the means of the repeats, each of which holds
// splits consecutive values. One repeat has none: ok is false.
func RepeatsSD(values []float64, splits int) (sd float64, ok bool) {
	means := make([]float64, 0, len(values)/splits)
	for ; len(values) >= splits; values = values[splits:] {
		mean, _ := moments(values[:splits])
		means = append(means, mean)
	}
	if len(means) < 2 {
		return 0, false
	}
	_, variance := moments(means)
	return math.Sqrt(variance), true
}

// moments gives the mean and the variance with n-1. It sums in ascending order with explicit FMA, so
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
