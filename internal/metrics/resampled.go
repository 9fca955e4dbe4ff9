package metrics

import "math"

// NewResampled summarises one number for each fold of a repeated k-fold cross-validation: a model's scores,
// or the gains of one model over another on the same folds. The values are splits*repeats numbers,
// repeat by repeat.
//
// The folds share training rows, so their numbers are not independent, and S/sqrt(J), with S^2 the
// variance (J-1) of the J values, understates how much their mean varies; a t test that uses it finds
// differences that do not exist. Here
//
//	SE = S * sqrt(1/J + 1/(splits-1)),  DF = J-1
//
// after C. Nadeau and Y. Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003),
// as R. Bouckaert and E. Frank use it for repeated cross-validation, "Evaluating the Replicability of
// Significance Tests for Comparing Learning Algorithms", PAKDD (2004): the ratio of test rows to
// training rows, 1/(splits-1), is added to 1/J.
//
// It panics unless splits is at least two and divides the number of values, which is not 0.
func NewResampled(values []float64, splits int) Student {
	if splits < 2 || len(values) == 0 || len(values)%splits != 0 {
		panic("metrics: values are not one per fold")
	}
	mean, variance := moments(values)
	if alike(values) {
		variance = math.NaN()
	}
	return resampled(mean, variance, len(values), splits)
}

func resampled(mean, variance float64, folds, splits int) Student {
	correction := 1/float64(folds) + 1/float64(splits-1)
	return Student{Mean: mean, SE: math.Sqrt(variance * correction), DF: folds - 1}
}

// RepeatsSD is the standard deviation, with n-1, of the means of the repeats, each of which has splits
// consecutive values; values that do not fill a repeat are ignored. One repeat has no deviation: ok is
// false.
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
