package metrics

import (
	"math"
	"slices"
)

// NewRowWise summarises one gain for each row of a cross-validation: the mean over the repeats of the
// difference between two models' losses, or between their errors of 0 or 1, on the row when it was
// tested. Over n rows with variance S^2 (n-1), and splits folds in a repeat,
//
//	SE = S/sqrt(n) * sqrt(splits/(splits-1)),  DF = n-1
//
// P. Bayle, A. Bayle, L. Janson and L. Mackey, "Cross-validation Confidence Intervals for Test Error",
// NeurIPS 2020 (arXiv 2007.12671) show that S/sqrt(n) is right for one repeat of many rows if the
// learners are stable: then the mean is normal around that of the models trained on exactly these folds.
// The mean over the repeats, t for the normal distribution, and the factor, which widens the error for
// the rows that a fold does not train on, are this project's; TestSimulatedFalseAlarmsAndPower measures
// what they are worth, and where they fail: if learners do not minimise the loss that is compared, as
// with probabilities that are far too cautious, equal learners differ in the loss more often than in 5 %
// of data sets, by NewResampled too.
//
// Mean is over rows, so it differs a little from NewResampled's if folds have unequal sizes.
// Rows count as independent: for rows that come in groups use NewGroupedRowWise. It panics unless there
// are at least two gains and splits is at least two.
func NewRowWise(gains []float64, splits int) Student {
	if splits < 2 || len(gains) < 2 {
		panic("metrics: gains are too few")
	}
	mean, variance := moments(gains)
	if alike(gains) {
		variance = math.NaN()
	}
	n := float64(len(gains))
	return Student{Mean: mean, SE: math.Sqrt(variance / n * trainingShare(splits)), DF: len(gains) - 1}
}

// NewGroupedRowWise is NewRowWise for rows that are not independent within a group, such as those of one
// patient, if no group is on both sides of a fold. Groups has the number, from 0, of each row's group;
// numbers without a row do not count. With G groups, S_g the sum of the gains of group g, n_g
// the number of its rows and n that of all rows,
//
//	SE^2 = G/(G-1) * sum over g of (S_g - n_g*Mean)^2 / n^2 * splits/(splits-1),  DF = G-1
//
// which is the cluster-robust variance of a mean: K.-Y. Liang and S. Zeger, "Longitudinal data analysis
// using generalized linear models", Biometrika 73 (1986). If each row is a group of its own, it is
// NewRowWise. It panics unless there is one group number per gain, there are at least two groups, and
// splits is at least two.
func NewGroupedRowWise(gains []float64, groups []int, splits int) Student {
	mustMatch(len(gains), len(groups))
	if splits < 2 || len(gains) < 2 {
		panic("metrics: gains are too few")
	}
	residuals, mean := groupResiduals(gains, groups)
	if len(residuals) < 2 {
		panic("metrics: groups are too few")
	}
	n, g := float64(len(gains)), float64(len(residuals))
	squares := 0.0
	for _, r := range residuals {
		squares = math.FMA(r, r, squares)
	}
	if alike(residuals) {
		squares = math.NaN()
	}
	return Student{Mean: mean, SE: math.Sqrt(g/(g-1)*squares*trainingShare(splits)) / n, DF: len(residuals) - 1}
}

// groupResiduals returns S_g - n_g*mean of the groups that have rows, in the order of their numbers,
// and the mean over all rows.
func groupResiduals(gains []float64, groups []int) (residuals []float64, mean float64) {
	size := 1 + slices.Max(groups)
	sums, rows := make([]float64, size), make([]int, size)
	for i, gain := range gains {
		sums[groups[i]] += gain
		rows[groups[i]]++
		mean += gain
	}
	mean /= float64(len(gains))
	for g, n := range rows {
		if n > 0 {
			residuals = append(residuals, math.FMA(-float64(n), mean, sums[g]))
		}
	}
	return residuals, mean
}

// trainingShare is the ratio of all rows to the rows that a fold trains on.
func trainingShare(splits int) float64 { return float64(splits) / float64(splits-1) }
