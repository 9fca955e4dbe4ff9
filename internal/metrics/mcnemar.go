package metrics

import "gonum.org/v1/gonum/stat/distuv"

// McNemar compares two classifiers on the same rows, of which lost are right with only the first and
// gained with only the second. It returns the two-sided p-values of the exact test and of the mid-p
// test, which is less conservative and still keeps its level: M. Fagerland, S. Lydersen and P. Laake,
// "The McNemar test for binary matched-pairs data", BMC Medical Research Methodology 13:91 (2013).
// With no such rows both are 1. With counts of rows whose loss is higher and lower it is the sign test.
//
// The rows must be distinct: the repeats of a cross-validation predict the same rows again, and
// pooling them would count each many times. Rows of one repeat also share training rows, as the folds
// do, which neither p-value allows for.
func McNemar(lost, gained int) (exact, mid float64) {
	if lost == gained {
		return 1, 1
	}
	fewer := float64(min(lost, gained))
	flips := distuv.Binomial{N: float64(lost + gained), P: 0.5}
	exact = 2 * flips.CDF(fewer)
	return min(exact, 1), min(exact-flips.Prob(fewer), 1)
}
