package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
)

func matrix(rows ...[]float64) blas64.General {
	m := blas64.General{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0])}
	for _, r := range rows {
		m.Data = append(m.Data, r...)
	}
	return m
}

// ranked is the Ranking of rows with these scores.
func ranked(scores []float64, positive []bool) *Ranking {
	p := blas64.General{Rows: len(scores), Cols: 2, Stride: 2}
	labels := make([]int, len(scores))
	for i, s := range scores {
		p.Data = append(p.Data, math.NaN(), s)
		if positive[i] {
			labels[i] = 1
		}
	}
	r := new(Ranking)
	r.Rank(p, labels, 1)
	return r
}

func TestAUCCountsPairs(t *testing.T) {
	scores := []float64{0.25, 0.5, 0.5, 0.75, 0.5, 0.125}
	positive := []bool{false, true, false, true, true, true}
	pairs, won := 0.0, 0.0
	for i, p := range positive {
		for j, n := range positive {
			if !p || n {
				continue
			}
			pairs++
			if scores[i] > scores[j] {
				won++
			} else if scores[i] == scores[j] {
				won += 0.5
			}
		}
	}
	if got := ranked(scores, positive).AUC(); got != won/pairs {
		t.Errorf("AUC %v, want %v of %v pairs", got, won, pairs)
	}
}

func auc(p blas64.General, labels []int) float64 {
	areas, _ := Areas(p, labels)
	return Macro(areas)
}

func TestAUCIsThatOfTheClassesThatHaveOne(t *testing.T) {
	probabilities := matrix([]float64{0.5, 0.25, 0.25}, []float64{0.25, 0.5, 0.25}, []float64{0.5, 0.125, 0.375})
	for _, c := range []struct {
		name   string
		p      blas64.General
		labels []int
		want   float64
	}{
		{"all three", probabilities, []int{0, 1, 2}, (0.75 + 1 + 1) / 3},
		{"the third nowhere", probabilities, []int{0, 1, 0}, (1.0 + 1) / 2},
		{"one class only", probabilities, []int{1, 1, 1}, math.NaN()},
		{"one of two classes only", matrix([]float64{0.5, 0.5}), []int{0}, math.NaN()},
		{"no rows", blas64.General{Cols: 2, Stride: 2}, nil, math.NaN()},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := auc(c.p, c.labels); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("AUC %v, want %v", got, c.want)
			}
		})
	}
}

func TestCurvesWithoutBothKindsOfRowsAreEmpty(t *testing.T) {
	for name, positive := range map[string][]bool{"no positive": {false, false}, "no negative": {true, true}, "none": {}} {
		if points := ranked(make([]float64, len(positive)), positive).ROC(9); points != nil {
			t.Errorf("%s: ROC %v", name, points)
		}
	}
	r := ranked([]float64{1, 2}, []bool{false, false})
	if points, ap := r.PrecisionRecall(9), r.AveragePrecision(); points != nil || !math.IsNaN(ap) {
		t.Errorf("precision-recall %v, average precision %v", points, ap)
	}
}

// Reusing a Ranking must not change curves that it returned before.
func TestARankingIsReused(t *testing.T) {
	p, labels := drawn(300, 3)
	var reused Ranking
	curves := make([][]ROCPoint, 3)
	for k := range curves {
		reused.Rank(p, labels, k)
		curves[k] = reused.ROC(1000)
		reused.PrecisionRecall(1000)
	}
	for k, curve := range curves {
		var fresh Ranking
		fresh.Rank(p, labels, k)
		if !slices.Equal(curve, fresh.ROC(1000)) {
			t.Errorf("the curve of class %d changed", k)
		}
	}
	if n := testing.AllocsPerRun(5, func() {
		reused.Rank(p, labels, 1)
		reused.AUC()
		reused.AveragePrecision()
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// drawn draws probabilities that lean to the labels, in steps, so that many are tied.
func drawn(rows, classes int) (p blas64.General, labels []int) {
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(classes)))
	p = blas64.General{Rows: rows, Cols: classes, Stride: classes, Data: make([]float64, rows*classes)}
	labels = make([]int, rows)
	for i := range labels {
		labels[i] = rng.IntN(classes)
		sum := 0.0
		for k := range row(p, i) {
			row(p, i)[k] = float64(1 + rng.IntN(400))
			if k == labels[i] {
				row(p, i)[k] *= 3
			}
			sum += row(p, i)[k]
		}
		for k := range row(p, i) {
			row(p, i)[k] /= sum
		}
	}
	return p, labels
}

func TestLogLossOfARuledOutLabelIsFinite(t *testing.T) {
	if got := LogLoss(matrix([]float64{1, 0}, []float64{1, 0}), []int{1, 0}); got != 50 {
		t.Errorf("log loss %v, want 50", got)
	}
}

func TestLossOfACertainRowIsZeroWithoutASign(t *testing.T) {
	if got := RowLoss([]float64{0, 1}, 1); got != 0 || math.Signbit(got) {
		t.Errorf("loss %v, want 0", got)
	}
}

func TestCalibrationErrorWeighsBinsWithTheirRows(t *testing.T) {
	calibration := NewCalibration(2, 2)
	if got := calibration.Error(); !math.IsNaN(got) || calibration.Bins(0) != nil {
		t.Errorf("calibration error of no rows %v, want NaN", got)
	}
	calibration.Add(matrix([]float64{1, 0}, []float64{.75, .25}), []int{0, 1})
	calibration.Add(matrix([]float64{.5, .5}, []float64{0, 1}), []int{1, 1}) // rows may come in pieces
	bins := calibration.Bins(0)
	want := []CalibrationBin{{Rows: 3, Positives: 2, Predicted: 0.25}, {Part: 1, Rows: 1, Positives: 1, Predicted: 1}}
	if !slices.Equal(bins, want) {
		t.Errorf("bins %v, want %v", bins, want)
	}
	near(t, "calibration error", calibration.Error(), 3*(2.0/3-0.25)/4)
}

func TestCalibrationOfManyClassesIsTheMeanOverThem(t *testing.T) {
	p, labels := drawn(200, 3)
	calibration := NewCalibration(3, 10)
	calibration.Add(p, labels)
	sum := 0.0
	for k := range 3 {
		one := NewCalibration(2, 10)
		for i, label := range labels {
			one.Add(matrix([]float64{0, row(p, i)[k]}), []int{map[bool]int{true: 1}[label == k]})
		}
		if !slices.Equal(one.Bins(0), calibration.Bins(k)) {
			t.Errorf("bins of class %d: %v, want %v", k, calibration.Bins(k), one.Bins(0))
		}
		sum += one.Error()
	}
	near(t, "calibration error", calibration.Error(), sum/3)
}

func TestWilsonStaysWithinZeroAndOne(t *testing.T) {
	for _, confidence := range []float64{0x1p-50, 0.95, 1 - 0x1p-53} {
		for trials := 1; trials < 40; trials++ {
			for successes := range trials + 1 {
				low, high := Wilson(successes, trials, confidence)
				share := SixDecimals(float64(successes) / float64(trials))
				if math.Signbit(low) || !(0 <= low && low <= share && share <= high && high <= 1) {
					t.Errorf("%d of %d at %v: [%v, %v]", successes, trials, confidence, low, high)
				}
			}
		}
	}
	if low, high := Wilson(0, 0, 0.95); !math.IsNaN(low) || !math.IsNaN(high) {
		t.Errorf("of no trials: [%v, %v], want NaN", low, high)
	}
}

func TestRankPanicsOnACallersBug(t *testing.T) {
	for name, call := range map[string]func(r *Ranking){
		"a label is missing":       func(r *Ranking) { r.Rank(matrix([]float64{1, 0}), nil, 1) },
		"a probability is below 0": func(r *Ranking) { r.Rank(matrix([]float64{1, -.1}), []int{0}, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("Rank did not panic")
				}
			}()
			call(new(Ranking))
		})
	}
}
