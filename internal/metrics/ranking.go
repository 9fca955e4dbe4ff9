package metrics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// CurveClasses returns the classes that have curves and areas, ascending: with two classes the second,
// as the first's would add nothing; with more, all of them, each against the rest.
func CurveClasses(classes int) []int {
	if classes == 2 {
		return []int{1}
	}
	all := make([]int, classes)
	for k := range all {
		all[k] = k
	}
	return all
}

// A Ranking is rows in the order of their probability of one class, which takes O(B log B) steps for B
// rows. The rows labelled with the class are positive. The zero value has no rows; Rank fills it, and
// reuses its memory, O(B), when it is called again, so one Ranking does for any number of classes.
type Ranking struct {
	// The bits of each row's score, shifted left by one (the sign of a probability is 0), with 1 in the lowest
	// bit if the row is positive. Integers sort fast, and the bits of doubles of 0 or more sort as the doubles do.
	keys                 []uint64
	positives, negatives int

	roc             []ROCPoint             // scratch
	precisionRecall []PrecisionRecallPoint // scratch
}

// Rank orders the rows of the B x K probabilities by column k. It panics unless there is one label per
// row, and if a probability is below 0.
func (r *Ranking) Rank(probabilities blas64.General, labels []int, k int) {
	mustMatch(probabilities.Rows, len(labels))
	r.keys, r.positives = r.keys[:0], 0
	for i, label := range labels {
		p := probabilities.Data[i*probabilities.Stride+k]
		if p < 0 {
			panic("metrics: a probability is below 0")
		}
		key := math.Float64bits(p) << 1
		if label == k {
			key |= 1
			r.positives++
		}
		r.keys = append(r.keys, key)
	}
	r.negatives = len(labels) - r.positives
	slices.Sort(r.keys)
}

// A cut is the number of positive and of negative rows whose score is at least the threshold.
type cut struct {
	positives, negatives int
	threshold            float64
}

// cuts yields a cut for each score that occurs, from the highest down.
func (r *Ranking) cuts(yield func(cut) bool) {
	var at cut
	for i := len(r.keys) - 1; i >= 0; {
		score := r.keys[i] >> 1
		at.threshold = math.Float64frombits(score)
		for ; i >= 0 && r.keys[i]>>1 == score; i-- {
			positive := int(r.keys[i] & 1)
			at.positives += positive
			at.negatives += 1 - positive
		}
		if !yield(at) {
			return
		}
	}
}

// AUC is the area under the ROC curve: the share of pairs of a positive and a negative row in which the
// positive one has the higher score, a tie counting as half a pair (the Mann-Whitney statistic divided by
// the number of pairs). It is NaN unless there are rows of both kinds.
//
// J. Hanley and B. McNeil, "The meaning and use of the area under a receiver operating characteristic
// (ROC) curve", Radiology 143 (1982).
func (r *Ranking) AUC() float64 {
	halves := 0 // of pairs, so that nothing is rounded before the division
	var before cut
	for c := range r.cuts {
		halves += (c.negatives - before.negatives) * (before.positives + c.positives)
		before = c
	}
	return float64(halves) / (2 * float64(r.positives) * float64(r.negatives))
}

// AveragePrecision is the mean, over the positive rows, of the precision at the row's score: the sum
// over the points of PrecisionRecall of the recall gained there times the precision. That is the area
// under the steps of the curve, without interpolation, as in scikit-learn's average_precision_score. It
// is NaN without positive rows.
//
// M. Zhu, "Recall, Precision and Average Precision", University of Waterloo (2004).
func (r *Ranking) AveragePrecision() float64 {
	sum, before := 0.0, 0
	for c := range r.cuts {
		sum = math.FMA(float64(c.positives-before), c.precision(), sum)
		before = c.positives
	}
	return sum / float64(r.positives)
}

// precision is the share of positive rows among those at or above the threshold.
func (c cut) precision() float64 { return float64(c.positives) / float64(c.positives+c.negatives) }

// Areas returns the AUC and the average precision of each of CurveClasses against the rest, from B x K
// probabilities and one label per row; NaN if a class has none. Macro averages them. It sorts each class
// once: O(B K log B) steps, O(B) memory besides the results. It panics if the lengths differ.
func Areas(probabilities blas64.General, labels []int) (auc, averagePrecision []float64) {
	var ranking Ranking
	for _, k := range CurveClasses(probabilities.Cols) {
		ranking.Rank(probabilities, labels, k)
		auc = append(auc, ranking.AUC())
		averagePrecision = append(averagePrecision, ranking.AveragePrecision())
	}
	return auc, averagePrecision
}

// Macro is the unweighted mean of the values that are not NaN, such as those of the classes that have an
// area; NaN if all are NaN.
func Macro(values []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range values {
		if !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return sum / float64(n)
}
