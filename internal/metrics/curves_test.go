package metrics

import (
	"math"
	"slices"
	"testing"
)

// steps is a curve through these positions.
func steps(positions ...[2]float64) []ROCPoint {
	var points []ROCPoint
	for i, p := range positions {
		points = append(points, ROCPoint{p[0], p[1], float64(-i)})
	}
	return points
}

func TestThinCurvesKeepsCurvesWithinTheTotal(t *testing.T) {
	p, labels := drawn(60, 4)
	var r Ranking
	var curves [][]PrecisionRecallPoint
	total := 0
	for k := range 4 {
		r.Rank(p, labels, k)
		curves = append(curves, r.PrecisionRecall(1000))
		total += len(curves[k])
	}
	for i, thinned := range ThinCurves(curves, total) {
		if !slices.Equal(thinned, curves[i]) {
			t.Errorf("curve %d is thinned, though all have no more than the total", i)
		}
	}
}

func TestThinCurvesSharesTheTotal(t *testing.T) {
	p, labels := drawn(3000, 2)
	var r Ranking
	r.Rank(p, labels, 1)
	long, short := r.ROC(math.MaxInt), steps([2]float64{0, 0}, [2]float64{0, 1}, [2]float64{1, 1})
	for _, test := range []struct {
		name   string
		curves [][]ROCPoint
		total  int
		want   []int // most points of each
	}{
		{"short ones stay whole", [][]ROCPoint{long, short, long}, 203, []int{100, 3, 100}},
		{"a class without a curve", [][]ROCPoint{nil, long}, 50, []int{0, 50}},
		{"two points each", [][]ROCPoint{long, long, long}, 6, []int{2, 2, 2}},
		{"too few for all", [][]ROCPoint{long, long, long}, 5, []int{2, 2, 0}},
		{"none", [][]ROCPoint{long}, 0, []int{0}},
		{"no curves", nil, 10, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			thinned := ThinCurves(test.curves, test.total)
			if len(thinned) != len(test.want) {
				t.Fatalf("%d curves, want %d", len(thinned), len(test.want))
			}
			for i, c := range thinned {
				if len(c) > test.want[i] || len(c) < test.want[i]*9/10 {
					t.Errorf("curve %d has %d points, want about %d and no more", i, len(c), test.want[i])
				}
				if n := len(c); n > 0 && (c[0] != test.curves[i][0] || c[n-1] != test.curves[i][len(test.curves[i])-1]) {
					t.Errorf("curve %d has not kept its ends", i)
				}
			}
		})
	}
}

func TestThinningKeepsTheShape(t *testing.T) {
	p, labels := drawn(5000, 3)
	var r Ranking
	r.Rank(p, labels, 0)
	testThinning(t, "ROC", r.ROC(math.MaxInt))
	testThinning(t, "precision-recall", r.PrecisionRecall(math.MaxInt))
}

// testThinning checks that kept points are corners of the curve, in order, and that no other corner is
// farther along the curve from one of them than ThinCurves says.
func testThinning[P CurvePoint](t *testing.T, name string, points []P) {
	t.Helper()
	points = corners(points)
	along := make([]float64, len(points))
	for i := 1; i < len(points); i++ {
		along[i] = along[i-1] + distance(points[i-1], points[i])
	}
	length := along[len(along)-1]
	for _, limit := range []int{2, 3, 10, 100, 1000, len(points) - 1} {
		kept := thin(points, limit)
		if len(kept) > limit || len(kept) < 2 {
			t.Fatalf("%s: %d points, want 2 to %d", name, len(kept), limit)
		}
		gap, last, at := 0.0, 0.0, 0
		for i, p := range points {
			if at < len(kept) && p == kept[at] {
				last = along[i]
				at++
			}
			gap = max(gap, along[i]-last)
		}
		if at != len(kept) {
			t.Errorf("%s thinned to %d: %d of %d points are of the curve, in order", name, limit, at, len(kept))
		}
		if bound := length / float64(limit-1); gap > bound*(1+1e-9) {
			t.Errorf("%s thinned to %d: a point %g along the curve from one that is kept, want %g or less", name, limit, gap, bound)
		}
	}
}

func TestPointsWithinStraightStretchesGoFirst(t *testing.T) {
	points := steps([2]float64{0, 0}, [2]float64{0, .25}, [2]float64{0, .5}, [2]float64{.5, .5}, [2]float64{.75, .5}, [2]float64{.8, 1}, [2]float64{1, 1})
	want := []ROCPoint{points[0], points[2], points[4], points[5], points[6]}
	for _, limit := range []int{5, 6} {
		if got := thin(points, limit); !slices.Equal(got, want) {
			t.Errorf("thinned to %d: %v, want %v", limit, got, want)
		}
	}
	if got := thin(points, 7); !slices.Equal(got, points) {
		t.Errorf("thinned to 7 of 7: %v", got)
	}
}

// BenchmarkManyClasses is all that evaluate asks of 1,000 classes x 2,500 rows.
func BenchmarkManyClasses(b *testing.B) {
	p, labels := drawn(2500, 1000)
	b.Run("areas", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Areas(p, labels)
		}
	})
	b.Run("curves", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r Ranking
			var roc [][]ROCPoint
			var precisionRecall [][]PrecisionRecallPoint
			for k := range 1000 {
				r.Rank(p, labels, k)
				roc = append(roc, r.ROC(1000))
				precisionRecall = append(precisionRecall, r.PrecisionRecall(1000))
			}
			ThinCurves(roc, 8000)
			ThinCurves(precisionRecall, 8000)
		}
	})
	b.Run("calibration", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c := NewCalibration(1000, 10)
			c.Add(p, labels)
			c.Error()
		}
	})
}
