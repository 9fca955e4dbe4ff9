package metrics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson returns the score interval, within [0, 1], of a share, given the number of successes out of
// trials, at the given confidence in (0, 1). The bounds are rounded to six decimals, as the last digits
// of the normal quantile differ between machines. They are NaN if there are no trials.
//
// E. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
func Wilson(successes, trials int, confidence float64) (low, high float64) {
	n := float64(trials)
	return wilson(float64(successes)/n, n, confidence)
}

// wilson is Wilson for a share and a number of trials that need not be whole.
func wilson(share, n, confidence float64) (low, high float64) {
	z := -distuv.UnitNormal.Quantile((1 - confidence) / 2) // the lower tail has more digits
	zz := float64(z * z)
	middle := (share + zz/(2*n)) / (1 + zz/n)
	half := z * math.Sqrt(float64(share*(1-share))/n+zz/(4*n*n)) / (1 + zz/n)
	return SixDecimals(math.Max(0, middle-half)), SixDecimals(math.Min(1, middle+half))
}

// GroupedWilson is Wilson for trials that are not independent within a group, such as the rows of one patient: each
// succeeds or not, and groups names the group of each. With n trials in G groups, p the share of successes and v its
// cluster-robust variance (that of NewGroupedRowWise without the factor for the splits), it is Wilson's interval of p for
// as many independent trials as have that variance, at most n:
//
//	p*(1-p)/v * (t(n-1)/t(G-1))^2
//
// Here t(d) is the quantile of Student's t with d degrees of freedom for the confidence, as v is an estimate from G
// groups. If all trials succeed, or none, v is 0 and says nothing: then a group counts as one trial. One group alone
// says nothing about others: the bounds are 0 and 1.
//
// The number of trials is that of E. Korn and B. Graubard, "Confidence intervals for proportions with small expected
// number of positive counts estimated from survey data", Survey Methodology 24 (1998); N. Dean and M. Pagano,
// "Evaluating confidence interval methods for binomial proportions in clustered surveys", Journal of Survey Statistics
// and Methodology 3 (2015), recommend Wilson's interval with it. It panics if the lengths differ.
func GroupedWilson[Group comparable](successes []bool, groups []Group, confidence float64) (low, high float64) {
	values := make([]float64, len(successes))
	for i, success := range successes {
		if success {
			values[i] = 1
		}
	}
	residuals, share := groupResiduals(values, groups)
	switch {
	case len(residuals) == 1:
		return 0, 1
	case !(share > 0 && share < 1): // NaN without trials
		return wilson(share, float64(len(residuals)), confidence)
	}
	tail := (1 - confidence) / 2
	t := Student{DF: len(values) - 1}.upperQuantile(tail) / Student{DF: len(residuals) - 1}.upperQuantile(tail)
	effective := float64(share*(1-share)) / clusterVariance(residuals, len(values)) * t * t
	return wilson(share, min(float64(len(values)), effective), confidence)
}

// SixDecimals rounds the bound of an interval, as the last digits of a quantile differ between machines. It does not
// return -0.
func SixDecimals(v float64) float64 { return math.RoundToEven(v*1e6)/1e6 + 0 }
