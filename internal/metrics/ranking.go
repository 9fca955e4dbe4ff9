package metrics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// An ROCPoint is what a detector does that takes every row for positive whose score is at least the
// threshold.
type ROCPoint struct {
	FalsePositiveRate float64 // share of the negative rows taken for positive
	TruePositiveRate  float64 // share of the positive rows taken for positive
	Threshold         float64
}

// ROC is the receiver operating characteristic: a point for each score that occurs, from the highest
// down, after the point (0, 0) of an infinite threshold. Without rows of both kinds there is none.
func ROC(scores []float64, positive []bool) []ROCPoint {
	cuts := sweep(scores, positive)
	all := cuts[len(cuts)-1]
	if all.positives == 0 || all.negatives == 0 {
		return nil
	}
	points := make([]ROCPoint, len(cuts))
	for i, c := range cuts {
		points[i] = ROCPoint{
			FalsePositiveRate: float64(c.negatives) / float64(all.negatives),
			TruePositiveRate:  float64(c.positives) / float64(all.positives),
			Threshold:         c.threshold,
		}
	}
	return points
}

// A PrecisionRecallPoint is what a detector does that takes every row for positive whose score is at
// least the threshold.
type PrecisionRecallPoint struct {
	Precision float64 // share of positive rows among those taken for positive
	Recall    float64 // share of the positive rows taken for positive
	Threshold float64
}

// PrecisionRecall gives a point for each score that occurs, from the highest down, after the point of
// an infinite threshold, which has recall 0 and by convention precision 1. Without positive rows there
// is none.
func PrecisionRecall(scores []float64, positive []bool) []PrecisionRecallPoint {
	cuts := sweep(scores, positive)
	all := cuts[len(cuts)-1]
	if all.positives == 0 {
		return nil
	}
	points := make([]PrecisionRecallPoint, len(cuts))
	points[0] = PrecisionRecallPoint{Precision: 1, Threshold: cuts[0].threshold}
	for i, c := range cuts[1:] {
		points[i+1] = PrecisionRecallPoint{
			Precision: float64(c.positives) / float64(c.positives+c.negatives),
			Recall:    float64(c.positives) / float64(all.positives),
			Threshold: c.threshold,
		}
	}
	return points
}

// AveragePrecision is the sum of the precisions of the points, each weighted with the recall gained
// there; NaN of no points.
func AveragePrecision(points []PrecisionRecallPoint) float64 {
	if len(points) == 0 {
		return math.NaN()
	}
	sum, recall := 0.0, 0.0
	for _, p := range points {
		sum = math.FMA(p.Recall-recall, p.Precision, sum)
		recall = p.Recall
	}
	return sum
}

// AUC is the area under the ROC curve: the share of pairs of a positive and a negative row in which
// the positive one has the higher score, a tie being half a pair. With two classes the second is the
// positive one. With more it is the unweighted mean of the areas of each class against the rest, over
// the classes that have an area. A class that no row or every row is labelled as has none; AUC is NaN
// where no class has one.
func AUC(probabilities blas64.General, labels []int) float64 {
	sum, classes := 0.0, 0
	for _, k := range CurveClasses(probabilities.Cols) {
		area := auc(OneAgainstRest(probabilities, labels, k))
		if !math.IsNaN(area) {
			sum += area
			classes++
		}
	}
	return sum / float64(classes)
}

// CurveClasses are the classes that have a curve: with two classes the second, as the first's would
// say nothing new; with more, all.
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

// OneAgainstRest gives the probabilities of class k, and which rows are labelled so.
func OneAgainstRest(probabilities blas64.General, labels []int, k int) (scores []float64, positive []bool) {
	mustMatch(probabilities.Rows, len(labels))
	scores, positive = make([]float64, len(labels)), make([]bool, len(labels))
	for i, label := range labels {
		scores[i], positive[i] = row(probabilities, i)[k], label == k
	}
	return scores, positive
}

// auc counts in half pairs, so that nothing is rounded before the division.
func auc(scores []float64, positive []bool) float64 {
	cuts := sweep(scores, positive)
	halves := 0
	for i, c := range cuts[1:] {
		before := cuts[i]
		halves += (c.negatives - before.negatives) * (before.positives + c.positives)
	}
	all := cuts[len(cuts)-1]
	return float64(halves) / (2 * float64(all.positives) * float64(all.negatives))
}

// A cut is the number of positive and of negative rows whose score is at least the threshold.
type cut struct {
	positives, negatives int
	threshold            float64
}

// sweep lowers the threshold from infinity over every score that occurs.
func sweep(scores []float64, positive []bool) []cut {
	mustMatch(len(scores), len(positive))
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
	cuts := []cut{{threshold: math.Inf(1)}}
	for _, i := range order {
		last := cuts[len(cuts)-1]
		if scores[i] != last.threshold {
			cuts = append(cuts, cut{last.positives, last.negatives, scores[i]})
		}
		if at := &cuts[len(cuts)-1]; positive[i] {
			at.positives++
		} else {
			at.negatives++
		}
	}
	return cuts
}
