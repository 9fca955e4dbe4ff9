package metrics

import (
	"math"
	"sort"
)

// An ROCPoint describes the detector that classifies every row whose score is at least the threshold
// as positive.
type ROCPoint struct {
	FalsePositiveRate float64 // share of the negative rows classified as positive
	TruePositiveRate  float64 // share of the positive rows classified as positive
	Threshold         float64
}

// ROC returns the receiver operating characteristic: a point for each score that occurs, from the
// highest down, after the point (0, 0) of an infinite threshold. It is nil unless there are rows of
// both kinds. More points than limit, which is at least 2, are thinned as ThinCurves does.
func (r *Ranking) ROC(limit int) []ROCPoint {
	if r.positives == 0 || r.negatives == 0 {
		return nil
	}
	r.roc = append(r.roc[:0], ROCPoint{Threshold: math.Inf(1)})
	for c := range r.cuts {
		r.roc = append(r.roc, ROCPoint{
			FalsePositiveRate: float64(c.negatives) / float64(r.negatives),
			TruePositiveRate:  float64(c.positives) / float64(r.positives),
			Threshold:         c.threshold,
		})
	}
	return thin(r.roc, limit)
}

// A PrecisionRecallPoint describes the detector that classifies every row whose score is at least the
// threshold as positive.
type PrecisionRecallPoint struct {
	Precision float64 // share of positive rows among those classified as positive
	Recall    float64 // share of the positive rows classified as positive
	Threshold float64
}

// PrecisionRecall returns a point for each score that occurs, from the highest down, after the point of
// an infinite threshold, which has recall 0 and by convention precision 1. It is nil without positive
// rows. More points than limit, which is at least 2, are thinned as ThinCurves does.
func (r *Ranking) PrecisionRecall(limit int) []PrecisionRecallPoint {
	if r.positives == 0 {
		return nil
	}
	r.precisionRecall = append(r.precisionRecall[:0], PrecisionRecallPoint{Precision: 1, Threshold: math.Inf(1)})
	for c := range r.cuts {
		r.precisionRecall = append(r.precisionRecall, PrecisionRecallPoint{
			Precision: c.precision(),
			Recall:    float64(c.positives) / float64(r.positives),
			Threshold: c.threshold,
		})
	}
	return thin(r.precisionRecall, limit)
}

// A CurvePoint is a point of a curve that can be thinned.
type CurvePoint interface {
	ROCPoint | PrecisionRecallPoint
	position() (x, y float64)
}

func (p ROCPoint) position() (x, y float64) { return p.FalsePositiveRate, p.TruePositiveRate }

func (p PrecisionRecallPoint) position() (x, y float64) { return p.Recall, p.Precision }

// ThinCurves returns the curves with at most total points in all. If they are within that, they stay as they
// are; otherwise every curve is thinned to the same number of points, the largest that fits, and shorter ones
// stay whole. If not even two points are left for each curve, only the first total/2 curves are kept,
// and the others are nil.
//
// A curve that is thinned to n points keeps its first and its last. Points within a horizontal or
// vertical stretch are dropped first, as the shape does not need them. If more than n are left, those
// kept are evenly spaced along the curve, whose length L is the sum of |dx| + |dy|: none of the others is
// farther than L/(n-1) along the curve from one that is kept. If steps are long, n can be more than needed.
func ThinCurves[P CurvePoint](curves [][]P, total int) [][]P {
	longest := 0
	for _, c := range curves {
		longest = max(longest, len(c))
	}
	limit := sort.Search(longest+1, func(n int) bool { return pointsIfThinned(curves, n) > total }) - 1
	thinned := make([][]P, len(curves))
	for i, c := range curves {
		if limit >= 2 || i < total/2 {
			thinned[i] = thin(c, max(limit, 2))
		}
	}
	return thinned
}

// pointsIfThinned is the number of points if each curve keeps at most limit.
func pointsIfThinned[P CurvePoint](curves [][]P, limit int) int {
	points := 0
	for _, c := range curves {
		points += min(len(c), limit)
	}
	return points
}

// thin returns at most limit of the points, in memory of their own.
func thin[P CurvePoint](points []P, limit int) []P {
	if len(points) <= limit {
		return append([]P(nil), points...)
	}
	points = corners(points)
	if len(points) <= limit {
		return points
	}
	return spread(points, limit)
}

// corners leaves out the points within a horizontal or vertical stretch.
func corners[P CurvePoint](points []P) []P {
	kept := []P{points[0]}
	for i := 1; i < len(points)-1; i++ {
		x0, y0 := points[i-1].position()
		x1, y1 := points[i].position()
		x2, y2 := points[i+1].position()
		if !(x0 == x1 && x1 == x2 || y0 == y1 && y1 == y2) {
			kept = append(kept, points[i])
		}
	}
	return append(kept, points[len(points)-1])
}

// spread returns at most limit points: the first, the last, and between them, for each of limit-1
// equal parts of the length, the first point past its end.
func spread[P CurvePoint](points []P, limit int) []P {
	length := 0.0
	for i := 1; i < len(points); i++ {
		length += distance(points[i-1], points[i])
	}
	end := func(part int) float64 { return length * float64(part) / float64(limit-1) }
	last := len(points) - 1
	kept, part, at := []P{points[0]}, 1, 0.0
	for i := 1; i < last && part < limit-1; i++ {
		at += distance(points[i-1], points[i])
		if at < end(part) {
			continue
		}
		kept = append(kept, points[i])
		for part < limit-1 && end(part) <= at {
			part++
		}
	}
	return append(kept, points[last])
}

func distance[P CurvePoint](a, b P) float64 {
	x0, y0 := a.position()
	x1, y1 := b.position()
	return math.Abs(x1-x0) + math.Abs(y1-y0)
}
