package foldfile

import (
	"bytes"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const results = "../../experiments/crossvalidation/"

func TestCommittedFoldsReadAndWriteBackToTheSameBytes(t *testing.T) {
	text := readFile(t, results+"folds.csv")
	folds, err := ReadFolds(strings.NewReader(text), "folds.csv")
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := WriteFolds(&again, folds.Lines); err != nil {
		t.Fatal(err)
	}
	if again.String() != text {
		t.Errorf("written back:\n%s", again.String())
	}
	first := Fold{Scheme: Stratified, Rows: 21, Scores: folds.Lines[0].Scores}
	if folds.Lines[0] != first || folds.Lines[0].Scores[Accuracy] == 0 || folds.Has != [metricCount]bool{true, true, true, true} {
		t.Errorf("the first fold is %+v, the metrics %v", folds.Lines[0], folds.Has)
	}
}

func TestCommittedPredictionsReadAndWriteBackToTheSameBytes(t *testing.T) {
	text := readFile(t, results+"predictions.csv")
	classes := []string{"R", "M"}
	p, err := ReadPredictions(strings.NewReader(text), "predictions.csv", classes, 10)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := WritePredictions(&again, p, classes); err != nil {
		t.Fatal(err)
	}
	if again.String() != text {
		t.Errorf("written back:\n%s", again.String())
	}
	if len(p.Rows) != 208 || len(p.Predicted) != 10 || p.Labels[0] != 0 || p.Labels[207] != 1 {
		t.Errorf("%d rows, %d repeats, labels %d to %d", len(p.Rows), len(p.Predicted), p.Labels[0], p.Labels[207])
	}
}

func TestScoresReadBackToTheLastBit(t *testing.T) {
	want := []Fold{
		{Blocked, 0, 3, 20, Scores{Accuracy: 1.0 / 3, F1Macro: math.Nextafter(1, 0), AUC: math.SmallestNonzeroFloat64, Loss: 1e5 / 3}},
		{Stratified, 65535, 0, math.MaxInt32, Scores{Loss: MaxLoss}},
	}
	var text bytes.Buffer
	if err := WriteFolds(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFolds(&text, "folds.csv")
	if err != nil || !reflect.DeepEqual(got.Lines, want) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	const turned = "more,loss,fold,repeat,rows,scheme,accuracy\nx,0.5,1,2,21,blocked,0.75\n"
	folds, err := ReadFolds(strings.NewReader(turned), "folds.csv")
	want := Folds{
		Lines: []Fold{{Blocked, 2, 1, 21, Scores{Accuracy: 0.75, Loss: 0.5}}},
		Has:   [metricCount]bool{Accuracy: true, Loss: true},
	}
	if err != nil || !reflect.DeepEqual(*folds, want) {
		t.Errorf("folds %+v, %v, want %+v", folds, err, want)
	}

	const predictions = "repeat_1,loss,label,row,repeat_0\nM,0.25,R,7,R\n"
	p, err := ReadPredictions(strings.NewReader(predictions), "predictions.csv", []string{"R", "M"}, 2)
	if err != nil || !reflect.DeepEqual(*p, Predictions{[]int{7}, []uint16{0}, [][]uint16{{0}, {1}}}) {
		t.Errorf("predictions %+v, %v", p, err)
	}
}

const foldsHead = "scheme,repeat,fold,rows,loss,accuracy,f1_macro,roc_auc\n"

func TestBrokenFoldsAreOneLineThatNamesThePlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "folds.csv: must hold a table, is empty"},
		{"binary", "\x00\x01\xff\n", "folds.csv:1: must have a column scheme, has none"},
		{"no rows column", "scheme,repeat,fold,accuracy\n", "folds.csv:1: must have a column rows, has none"},
		{"no metric", "scheme,repeat,fold,rows,precision\n", "folds.csv:1: must have a column of a metric (accuracy, f1_macro, roc_auc, loss), has none"},
		{"a name twice", "scheme,repeat,fold,rows,fold,loss\n", "folds.csv:1: column 5 must not be called fold as column 3 is"},
		{"a metric twice", "scheme,repeat,fold,rows,loss,loss\n", "folds.csv:1: column 6 must not be called loss as column 5 is"},
		{"a column too many", foldsHead + "blocked,0,0,21,0.5,1,1,1,1\n", "folds.csv:2: must have 8 columns as the first line has, got 9"},
		{"a column too few", foldsHead + "\nblocked,0,0,21,0.5,1,1\n", "folds.csv:3: must have 8 columns as the first line has, got 7"},
		{"open quote", foldsHead + `"blocked,0,0`, "folds.csv:2: must be CSV, got extraneous or missing \" in quoted-field at byte 13"},
		{"unknown scheme", foldsHead + "shuffled\n0,0,0,21,0,1,1,1\n", "folds.csv:2: must have 8 columns"},
		{"scheme of two lines", foldsHead + "\"block\ned\",0,0,21,0,1,1,1\n", `folds.csv:2: column 1 must be stratified or blocked, got "block\ned"`},
		{"no number", foldsHead + "blocked,0,x,21,0,1,1,1\n", `folds.csv:2: column 3 must be a whole number of 0 or more, got "x"`},
		{"signed count", foldsHead + "blocked,+0,0,21,0,1,1,1\n", `folds.csv:2: column 2 must be a whole number of 0 or more, got "+0"`},
		{"endless count", foldsHead + "blocked,0,2147483648,21,0,1,1,1\n", `folds.csv:2: column 3 must be a whole number of 0 or more, got "2147483648"`},
		{"no rows", foldsHead + "blocked,0,0,0,0,1,1,1\n", `folds.csv:2: column 4 must be a whole number of 1 or more, got "0"`},
		{"NaN", foldsHead + "blocked,0,0,21,NaN,1,1,1\n", `folds.csv:2: column 5 must be a number in [0, 1000000], got "NaN"`},
		{"infinite", foldsHead + "blocked,0,0,21,0,1,1,+Inf\n", `folds.csv:2: column 8 must be a number in [0, 1], got "+Inf"`},
		{"hexadecimal", foldsHead + "blocked,0,0,21,0x1p-2,1,1,1\n", `folds.csv:2: column 5 must be a number in [0, 1000000], got "0x1p-2"`},
		{"underscore", foldsHead + "blocked,0,0,21,1_0,1,1,1\n", `folds.csv:2: column 5 must be a number in [0, 1000000], got "1_0"`},
		{"empty number", foldsHead + "blocked,0,0,21,,1,1,1\n", `folds.csv:2: column 5 must be a number in [0, 1000000], got ""`},
		{"accuracy above 1", foldsHead + "blocked,0,0,21,1,1.5,1,1\n", `folds.csv:2: column 6 must be a number in [0, 1], got "1.5"`},
		{"negative", foldsHead + "blocked,0,0,21,-1e-9,1,1,1\n", `folds.csv:2: column 5 must be a number in [0, 1000000], got "-1e-9"`},
		{"endless loss", foldsHead + "blocked,0,0,21,1e308,1,1,1\n", `folds.csv:2: column 5 must be a number in [0, 1000000], got "1e308"`},
		{"long value", foldsHead + "blocked,0,0," + strings.Repeat("9", 500) + ",0,1,1,1\n", "got \"" + strings.Repeat("9", 40) + "\""},
		{"endless line", foldsHead + strings.Repeat("9", 2<<20), "folds.csv: must have lines of at most 1048576 bytes"},
		{"endless header", strings.Repeat(",", 2<<20), "folds.csv: must have lines of at most 1048576 bytes"},
		{"endless table", "more," + foldsHead + strings.Repeat(strings.Repeat("x", 5000)+",blocked,0,0,21,0,1,1,1\n", MaxSize/5000), "folds.csv: must be at most 67108864 bytes long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadFolds(strings.NewReader(test.text), "folds.csv")
			wantLine(t, err, test.want)
		})
	}
}

func wantLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line that says %q", err, want)
	}
}

func TestBrokenPredictionsAreOneLineThatNamesThePlace(t *testing.T) {
	const head = "row,label,repeat_0,repeat_1\n"
	tests := []struct{ name, text, want string }{
		{"a repeat missing", "row,label,repeat_0,repeat_2\n", "predictions.csv:1: must have a column repeat_1, has none"},
		{"a repeat twice", "row,label,repeat_0,repeat_1,repeat_0\n", "predictions.csv:1: column 5 must not be called repeat_0 as column 3 is"},
		{"no rows", head, "predictions.csv: must have rows"},
		{"unknown label", head + "0,X,R,R\n", `predictions.csv:2: column 2 must be one of data.classes, got "X"`},
		{"unknown prediction", head + "0,R,R,\n", `predictions.csv:2: column 4 must be one of data.classes, got ""`},
		{"rows not ascending", head + "3,R,R,R\n3,R,R,R\n", "predictions.csv:3: column 1 must be above that of the line before, 3, got 3"},
		{"row of no number", head + "-1,R,R,R\n", `predictions.csv:2: column 1 must be a whole number of 0 or more, got "-1"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadPredictions(strings.NewReader(test.text), "predictions.csv", []string{"R", "M"}, 2)
			wantLine(t, err, test.want)
		})
	}
}

func TestOrderedFoldsAreEachThereOnce(t *testing.T) {
	fold := func(repeat, number int) Fold { return Fold{Scheme: Stratified, Repeat: repeat, Fold: number, Rows: 1} }
	blocked := Fold{Scheme: Blocked, Rows: 1}
	tests := []struct {
		name  string
		lines []Fold
		want  string // the error, or none
	}{
		{"in another order", []Fold{fold(1, 1), fold(0, 1), blocked, fold(1, 0), fold(0, 0)}, ""},
		{"one missing", []Fold{fold(1, 1), fold(0, 1), fold(1, 0), blocked}, "scheme stratified: must have 2 repeats of 2 folds, as params.yaml says, got 3 lines"},
		{"one twice", []Fold{fold(1, 1), fold(0, 1), fold(1, 0), fold(0, 1)}, "scheme stratified: fold 1 of repeat 0 is there twice"},
		{"a repeat too many", []Fold{fold(1, 1), fold(2, 1), fold(1, 0), fold(0, 1)}, "scheme stratified: fold 1 of repeat 2 is none of the 2 repeats of 2"},
		{"a fold too many", []Fold{fold(1, 1), fold(0, 2), fold(1, 0), fold(0, 1)}, "scheme stratified: fold 2 of repeat 0 is none of the 2 repeats of 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folds := Folds{Lines: test.lines}
			got, err := folds.Ordered(Stratified, 2, 2)
			if test.want != "" {
				wantLine(t, err, test.want)
				return
			}
			if want := []Fold{fold(0, 0), fold(0, 1), fold(1, 0), fold(1, 1)}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("ordered %+v, %v", got, err)
			}
		})
	}
}

func TestEveryMetricHasANameAColumnAndARange(t *testing.T) {
	var seen [metricCount]bool
	for _, m := range columnOrder {
		seen[m] = true
	}
	for m, metric := range Metrics() {
		if found, ok := Find(metric.Name); !ok || found != m || metric.Max <= 0 || !seen[m] {
			t.Errorf("metric %d is %+v, found as %d, has a column: %v", m, metric, found, seen[m])
		}
	}
	if m, ok := Find("precision"); ok {
		t.Errorf("precision is metric %d", m)
	}
}

// FuzzFolds checks that what is read is written back and read again as the same.
func FuzzFolds(f *testing.F) {
	f.Add(foldsHead + "blocked,0,0,21,0.5,1,1,1\n")
	f.Add("loss,scheme,repeat,fold,rows\n1e-3,stratified,9,0,1\n")
	f.Add(foldsHead + "blocked,0,0,21,0x1p-2,1,1,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		folds, err := ReadFolds(strings.NewReader(text), "folds.csv")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
			return
		}
		var again bytes.Buffer
		if err := WriteFolds(&again, folds.Lines); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFolds(&again, "again")
		if err != nil || !reflect.DeepEqual(got.Lines, folds.Lines) {
			t.Errorf("read again as %+v, %v, want %+v", got, err, folds.Lines)
		}
	})
}

// FuzzPredictions checks the same of predictions.csv.
func FuzzPredictions(f *testing.F) {
	classes := []string{"R", "M", `"`}
	f.Add("row,label,repeat_0,repeat_1\n0,R,M,R\n", 2)
	f.Add("row,label,loss\n0,R,0.5\n7,M,0\n", 0)
	f.Fuzz(func(t *testing.T, text string, repeats int) {
		if repeats < 0 || repeats > 100 {
			return
		}
		p, err := ReadPredictions(strings.NewReader(text), "predictions.csv", classes, repeats)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
			return
		}
		var again bytes.Buffer
		if err := WritePredictions(&again, p, classes); err != nil {
			t.Fatal(err)
		}
		got, err := ReadPredictions(&again, "again", classes, repeats)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("read again as %+v, %v, want %+v", got, err, p)
		}
	})
}
