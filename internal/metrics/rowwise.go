package metrics

import "math"

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
// patient, if no group is on both sides of a fold. Groups names the group of each row. With G groups, S_g the sum of the
// gains of group g, n_g the number of its rows and n that of all rows,
//
//	SE^2 = G/(G-1) * sum over g of (S_g - n_g*Mean)^2 / n^2 * splits/(splits-1),  DF = G-1
//
// which is the cluster-robust variance of a mean: K.-Y. Liang and S. Zeger, "Longitudinal data analysis
// using generalized linear models", Biometrika 73 (1986). If each row is a group of its own, it is
// NewRowWise. It panics unless there is one group per gain, there are at least two groups, and
// splits is at least two.
func NewGroupedRowWise[Group comparable](gains []float64, groups []Group, splits int) Student {
	if splits < 2 || len(gains) < 2 {
		panic("metrics: gains are too few")
	}
	residuals, mean := groupResiduals(gains, groups)
	if len(residuals) < 2 {
		panic("metrics: groups are too few")
	}
	variance := clusterVariance(residuals, len(gains))
	if alike(residuals) {
		variance = math.NaN()
	}
	return Student{Mean: mean, SE: math.Sqrt(variance * trainingShare(splits)), DF: len(residuals) - 1}
}

// groupResiduals returns S_g - n_g*mean of the groups, in the order of their first rows, and the mean over all rows.
func groupResiduals[Group comparable](values []float64, groups []Group) (residuals []float64, mean float64) {
	mustMatch(len(values), len(groups))
	number := map[Group]int{}
	var sums, rows []float64
	for i, group := range groups {
		g, known := number[group]
		if !known {
			g = len(number)
			number[group] = g
			sums, rows = append(sums, 0), append(rows, 0)
		}
		sums[g] += values[i]
		rows[g]++
		mean += values[i]
	}
	mean /= float64(len(values))
	for g, n := range rows {
		residuals = append(residuals, math.FMA(-n, mean, sums[g]))
	}
	return residuals, mean
}

// clusterVariance is the variance of the mean of n rows in at least two groups.
func clusterVariance(residuals []float64, n int) float64 {
	squares := 0.0
	for _, r := range residuals {
		squares = math.FMA(r, r, squares)
	}
	g, rows := float64(len(residuals)), float64(n)
	return g / (g - 1) * squares / (rows * rows)
}

// CountGroups counts the different groups.
func CountGroups[Group comparable](groups []Group) int {
	seen := map[Group]bool{}
	for _, group := range groups {
		seen[group] = true
	}
	return len(seen)
}

// trainingShare is the ratio of all rows to the rows that a fold trains on.
func trainingShare(splits int) float64 { return float64(splits) / float64(splits-1) }
