package metrics

import (
	"math"
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
	if got := auc(scores, positive); got != won/pairs {
		t.Errorf("AUC %v, want %v of %v pairs", got, won, pairs)
	}
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
			if got := AUC(c.p, c.labels); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
				t.Errorf("AUC %v, want %v", got, c.want)
			}
		})
	}
}

func TestCurvesWithoutBothKindsOfRowsAreEmpty(t *testing.T) {
	for name, positive := range map[string][]bool{"no positive": {false, false}, "no negative": {true, true}, "none": {}} {
		if points := ROC(make([]float64, len(positive)), positive); points != nil {
			t.Errorf("%s: ROC %v", name, points)
		}
	}
	points := PrecisionRecall([]float64{1, 2}, []bool{false, false})
	if ap := AveragePrecision(points); points != nil || !math.IsNaN(ap) {
		t.Errorf("precision-recall %v, average precision %v", points, ap)
	}
}

func TestLogLossOfARuledOutLabelIsFinite(t *testing.T) {
	if got := LogLoss(matrix([]float64{1, 0}, []float64{1, 0}), []int{1, 0}); got != 50 {
		t.Errorf("log loss %v, want 50", got)
	}
}

func TestCalibrationErrorWeighsBinsWithTheirRows(t *testing.T) {
	bins := Calibration([]float64{0, 0.25, 0.5, 1}, []bool{false, true, true, true}, 2)
	want := []CalibrationBin{{Rows: 3, Positives: 2, Predicted: 0.25}, {Rows: 1, Positives: 1, Predicted: 1}}
	if len(bins) != 2 || bins[0] != want[0] || bins[1] != want[1] {
		t.Errorf("bins %v, want %v", bins, want)
	}
	near(t, "calibration error", CalibrationError(bins), 3*(2.0/3-0.25)/4)
	if got := CalibrationError(nil); !math.IsNaN(got) {
		t.Errorf("calibration error of no rows %v, want NaN", got)
	}
}

func TestWilsonStaysWithinZeroAndOne(t *testing.T) {
	for _, confidence := range []float64{0x1p-50, 0.95, 1 - 0x1p-53} {
		for trials := 1; trials < 40; trials++ {
			for successes := range trials + 1 {
				low, high := Wilson(successes, trials, confidence)
				share := sixDecimals(float64(successes) / float64(trials))
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
