package metrics

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
)

// A scoredCase is what scikit-learn reports for some rows (testdata/sklearn.json, by reference/scores.py).
type scoredCase struct {
	Name             string
	Classes          int
	Labels           string // a digit per row
	Predictions      string
	Probabilities    [][]float64
	Accuracy         float64
	F1Macro          float64  `json:"f1_macro"`
	LogLoss          float64  `json:"log_loss"`
	AUC              *float64 `json:"roc_auc"` // nil if a class has no row
	Brier            float64
	BalancedAccuracy float64 `json:"balanced_accuracy"`

	// By class, or by class that has curves; nil if a class has none.
	Recalls           []*float64
	F1s               []*float64
	Areas             []*float64
	AveragePrecisions []*float64 `json:"average_precisions"`

	AveragePrecision *float64 `json:"average_precision"` // macro
	ROC              *struct {
		FPR        []float64 `json:"false_positive_rate"`
		TPR        []float64 `json:"true_positive_rate"`
		Thresholds []float64 // without the first, infinite one
	}
	PrecisionRecall struct {
		Precision, Recall []float64
		Thresholds        []float64 // without the last, infinite one
	} `json:"precision_recall"`
	Calibration []struct {
		Bins                int
		Strategy            string
		Observed, Predicted []float64
	}
}

func (c scoredCase) labels() []int      { return digits(c.Labels) }
func (c scoredCase) predictions() []int { return digits(c.Predictions) }

func (c scoredCase) probabilities() blas64.General {
	return blas64.General{Rows: len(c.Labels), Cols: c.Classes, Stride: c.Classes, Data: slices.Concat(c.Probabilities...)}
}

func digits(text string) []int {
	list := make([]int, len(text))
	for i, d := range []byte(text) {
		list[i] = int(d - '0')
	}
	return list
}

func readReference(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// eachCase calls check with every scoredCase.
func eachCase(t *testing.T, check func(t *testing.T, c scoredCase)) {
	var file struct{ Cases []scoredCase }
	readReference(t, "testdata/sklearn.json", &file)
	if len(file.Cases) < 18 {
		t.Fatalf("%d cases, want 18 or more", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) { check(t, c) })
	}
}

// near allows for sums in another order.
func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-14*math.Max(1, math.Abs(want))) {
		t.Errorf("%s %v, want %v", name, got, want)
	}
}

// nearAll is near for each value, with NaN where none is wanted.
func nearAll(t *testing.T, name string, got []float64, want []*float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values of %s, want %d", len(got), name, len(want))
	}
	for i, v := range got {
		if want[i] != nil {
			near(t, name, v, *want[i])
		} else if !math.IsNaN(v) {
			t.Errorf("%s %d: %v, want NaN", name, i, v)
		}
	}
}

func TestCountsMatchScikitLearnToTheLastDigit(t *testing.T) {
	eachCase(t, func(t *testing.T, c scoredCase) {
		counts := Count(c.labels(), c.predictions(), c.Classes)
		for name, pair := range map[string][2]float64{
			"accuracy":          {counts.Accuracy(), c.Accuracy},
			"balanced accuracy": {counts.BalancedAccuracy(), c.BalancedAccuracy},
			"macro F1":          {counts.MacroF1(), c.F1Macro},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s %v, want %v", name, pair[0], pair[1])
			}
		}
		var recalls, f1s []float64
		for k := range c.Classes {
			recalls, f1s = append(recalls, counts.Recall(k)), append(f1s, counts.F1(k))
		}
		nearAll(t, "recall", recalls, c.Recalls)
		nearAll(t, "F1", f1s, c.F1s)
	})
}

func TestLossBrierAndAreasMatchScikitLearn(t *testing.T) {
	areas := 0
	eachCase(t, func(t *testing.T, c scoredCase) {
		near(t, "log loss", LogLoss(c.probabilities(), c.labels()), c.LogLoss)
		near(t, "Brier score", Brier(c.probabilities(), c.labels()), c.Brier)
		auc, precision := Areas(c.probabilities(), c.labels())
		nearAll(t, "AUC", auc, c.Areas)
		nearAll(t, "average precision", precision, c.AveragePrecisions)
		nearAll(t, "macro average precision", []float64{Macro(precision)}, []*float64{c.AveragePrecision})
		if c.AUC != nil {
			areas++
			near(t, "macro AUC", Macro(auc), *c.AUC)
		}
	})
	if areas < 10 {
		t.Errorf("%d areas compared, want 10 or more", areas)
	}
}

func TestCurvesMatchScikitLearn(t *testing.T) {
	curves := 0
	eachCase(t, func(t *testing.T, c scoredCase) {
		if c.ROC == nil {
			return
		}
		curves++
		var ranking Ranking
		ranking.Rank(c.probabilities(), c.labels(), 1)
		var fpr, tpr, thresholds []float64
		for _, p := range ranking.ROC(math.MaxInt) {
			fpr, tpr, thresholds = append(fpr, p.FalsePositiveRate), append(tpr, p.TruePositiveRate), append(thresholds, p.Threshold)
		}
		if !slices.Equal(fpr, c.ROC.FPR) || !slices.Equal(tpr, c.ROC.TPR) || !slices.Equal(thresholds[1:], c.ROC.Thresholds) {
			t.Errorf("ROC %v, %v, %v, want %+v", fpr, tpr, thresholds, *c.ROC)
		}
		points := ranking.PrecisionRecall(math.MaxInt)
		slices.Reverse(points) // scikit-learn begins at the lowest threshold
		var precision, recall []float64
		thresholds = nil
		for _, p := range points {
			precision, recall, thresholds = append(precision, p.Precision), append(recall, p.Recall), append(thresholds, p.Threshold)
		}
		want := c.PrecisionRecall
		if !slices.Equal(precision, want.Precision) || !slices.Equal(recall, want.Recall) || !slices.Equal(thresholds[:len(thresholds)-1], want.Thresholds) {
			t.Errorf("precision-recall %v, %v, %v, want %+v", precision, recall, thresholds, want)
		}
	})
	if curves < 8 {
		t.Errorf("%d curves compared, want 8 or more", curves)
	}
}

func TestCalibrationMatchesScikitLearn(t *testing.T) {
	compared := 0
	eachCase(t, func(t *testing.T, c scoredCase) {
		for _, want := range c.Calibration {
			if want.Strategy != "uniform" {
				continue
			}
			compared++
			calibration := NewCalibration(c.Classes, want.Bins)
			calibration.Add(c.probabilities(), c.labels())
			bins := calibration.Bins(0)
			if len(bins) != len(want.Observed) {
				t.Errorf("%d of %d bins filled, want %d", len(bins), want.Bins, len(want.Observed))
				continue
			}
			for i, b := range bins {
				near(t, "observed", b.Observed(), want.Observed[i])
				near(t, "predicted", b.Predicted, want.Predicted[i])
			}
		}
	})
	if compared < 16 {
		t.Errorf("%d calibrations compared, want 16 or more", compared)
	}
}

func TestWilsonMatchesSciPy(t *testing.T) {
	var file struct {
		Wilson []struct {
			Passed, Tried         int
			Confidence, Low, High float64
		}
	}
	readReference(t, "testdata/scipy.json", &file)
	if len(file.Wilson) < 20 {
		t.Fatalf("%d intervals, want 20 or more", len(file.Wilson))
	}
	for _, c := range file.Wilson {
		low, high := Wilson(c.Passed, c.Tried, c.Confidence)
		if math.Abs(low-c.Low) > 0.5000001e-6 || math.Abs(high-c.High) > 0.5000001e-6 {
			t.Errorf("%d of %d at %v: [%v, %v], want [%v, %v]", c.Passed, c.Tried, c.Confidence, low, high, c.Low, c.High)
		}
	}
}
