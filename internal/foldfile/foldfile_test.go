package foldfile

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// The files in testdata are the first lines of what crossvalidate writes now, and of what it wrote before
// there were balanced accuracy, average precision and the loss of each row.

func TestFoldsReadAndWriteBackToTheSameBytes(t *testing.T) {
	text := readFile(t, "testdata/folds.csv")
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
	if folds.Lines[0] != first || folds.Lines[0].Scores[Accuracy] == 0 || folds.Has != [metricCount]bool{true, true, true, true, true, true} {
		t.Errorf("the first fold is %+v, the metrics %v", folds.Lines[0], folds.Has)
	}
}

func TestPredictionsReadAndWriteBackToTheSameBytes(t *testing.T) {
	classes := []string{"R", "M"}
	for _, name := range []string{"predictions.csv", "older_predictions.csv", "grouped_predictions.csv"} {
		t.Run(name, func(t *testing.T) {
			text := readFile(t, "testdata/"+name)
			p, err := ReadPredictions(strings.NewReader(text), name, classes, 10)
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
			if len(p.Rows) != 5 || len(p.Predicted) != 10 || p.IsSample() != (name == "grouped_predictions.csv") {
				t.Errorf("%d rows, %d repeats, a sample: %v", len(p.Rows), len(p.Predicted), p.IsSample())
			}
		})
	}
}

func TestAByteOrderMarkIsNoPartOfAName(t *testing.T) {
	const folds = "repeat,fold,accuracy\n0,0,0.5\n0,1,0.75\n"
	want, err := ReadScores(strings.NewReader(folds), "folds.csv")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadScores(strings.NewReader("\ufeff"+folds), "folds.csv"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

func TestOlderFoldsLackMetrics(t *testing.T) {
	folds, err := ReadFolds(strings.NewReader(readFile(t, "testdata/older_folds.csv")), "folds.csv")
	if err != nil {
		t.Fatal(err)
	}
	current, err := ReadFolds(strings.NewReader(readFile(t, "testdata/folds.csv")), "folds.csv")
	if err != nil {
		t.Fatal(err)
	}
	if want := [metricCount]bool{Accuracy: true, F1Macro: true, AUC: true, Loss: true}; folds.Has != want {
		t.Errorf("metrics %v, want %v", folds.Has, want)
	}
	for i, line := range current.Lines {
		line.Scores[BalancedAccuracy], line.Scores[AveragePrecision] = 0, 0
		if folds.Lines[i] != line {
			t.Errorf("line %d is %+v, want %+v", i, folds.Lines[i], line)
		}
	}
}

func TestAFoldThatLacksAClassMayHaveNoArea(t *testing.T) {
	lines := []Fold{{Grouped, 0, 0, 3, Scores{1, 1, 1, .5, .5, 1}}, {Grouped, 0, 1, 3, Scores{1, 1, 1, math.NaN(), math.NaN(), 1}}}
	var text bytes.Buffer
	if err := WriteFolds(&text, lines); err != nil {
		t.Fatal(err)
	}
	const want = "scheme,repeat,fold,rows,loss,accuracy,f1_macro,roc_auc,balanced_accuracy,average_precision\n" +
		"grouped,0,0,3,1,1,1,0.5,1,0.5\ngrouped,0,1,3,1,1,1,,1,\n"
	if text.String() != want {
		t.Errorf("written\n%s\nwant\n%s", text.String(), want)
	}
	folds, err := ReadFolds(&text, "folds.csv")
	if err != nil || folds.Lines[0] != lines[0] || !math.IsNaN(folds.Lines[1].Scores[AUC]) || folds.Lines[1].Scores[F1Macro] != 1 ||
		folds.Has != [metricCount]bool{true, true, true, false, false, true} {
		t.Errorf("read %+v, %v", folds, err)
	}
}

func TestScoresInJSONKeepWhatIsNotDefined(t *testing.T) {
	text, err := json.Marshal(Scores{1, .5, 1. / 3, math.NaN(), math.NaN(), 1e-300})
	if want := "[1,0.5,0.3333333333333333,null,null,1e-300]"; err != nil || string(text) != want {
		t.Fatalf("%s, %v, want %s", text, err, want)
	}
	var scores Scores
	if err := json.Unmarshal(text, &scores); err != nil || !math.IsNaN(scores[AUC]) || scores[F1Macro] != 1./3 || scores[Loss] != 1e-300 {
		t.Errorf("read as %v, %v", scores, err)
	}
}

func TestIDsAreWrittenUnderTheirOwnNameUnlessItIsTaken(t *testing.T) {
	for name, want := range map[string]string{"patient": "patient", "loss": "id", "group": "id", "label": "id", "repeat_0": "id", "repeat_1": "repeat_1"} {
		p := Predictions{Rows: []int{3}, Labels: []uint16{1}, Predicted: [][]uint16{{0}}, Groups: []string{"a,b"}, Loss: []float64{.25},
			IDs: []string{"x"}, IDName: name}
		var text bytes.Buffer
		if err := WritePredictions(&text, &p, []string{"R", "M"}); err != nil {
			t.Fatal(err)
		}
		if want := "row," + want + ",group,label,repeat_0,loss\n3,x,\"a,b\",M,R,0.25\n"; text.String() != want {
			t.Errorf("written\n%swant\n%s", text.String(), want)
		}
		p.IDs, p.IDName = nil, ""
		if got, err := ReadPredictions(&text, "predictions.csv", []string{"R", "M"}, 1); err != nil || !reflect.DeepEqual(*got, p) {
			t.Errorf("read %+v, %v", got, err)
		}
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
	if err != nil || !reflect.DeepEqual(*p, Predictions{Rows: []int{7}, Labels: []uint16{0}, Predicted: [][]uint16{{0}, {1}}, Loss: []float64{.25}}) {
		t.Errorf("predictions %+v, %v", p, err)
	}
}

const foldsHead = "scheme,repeat,fold,rows,loss,accuracy,f1_macro,roc_auc\n"

func TestBrokenFoldsAreOneLineThatNamesThePlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "folds.csv: must hold a table, is empty"},
		{"binary", "\x00\x01\xff\n", "folds.csv:1: must have a column scheme, has none"},
		{"no rows column", "scheme,repeat,fold,accuracy\n", "folds.csv:1: must have a column rows, has none"},
		{"no metric", "scheme,repeat,fold,rows,precision\n", "folds.csv:1: must have a column of a metric (accuracy, balanced_accuracy, f1_macro, roc_auc, average_precision, loss), has none"},
		{"a name twice", "scheme,repeat,fold,rows,fold,loss\n", "folds.csv:1: column 5 must not be called fold as column 3 is"},
		{"a metric twice", "scheme,repeat,fold,rows,loss,loss\n", "folds.csv:1: column 6 must not be called loss as column 5 is"},
		{"a column too many", foldsHead + "blocked,0,0,21,0.5,1,1,1,1\n", "folds.csv:2: must have 8 columns as the first line has, got 9"},
		{"a column too few", foldsHead + "\nblocked,0,0,21,0.5,1,1\n", "folds.csv:3: must have 8 columns as the first line has, got 7"},
		{"open quote", foldsHead + `"blocked,0,0`, "folds.csv:2: must be CSV, got extraneous or missing \" in quoted-field at byte 13"},
		{"unknown scheme", foldsHead + "shuffled\n0,0,0,21,0,1,1,1\n", "folds.csv:2: must have 8 columns"},
		{"scheme of two lines", foldsHead + "\"block\ned\",0,0,21,0,1,1,1\n", `folds.csv:2: column 1 must be one of stratified, grouped, blocked, got "block\ned"`},
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
		{"negative loss", "row,label,repeat_0,repeat_1,loss\n0,R,R,R,-1\n", `predictions.csv:2: column 5 must be a number in [0, 1000000], got "-1"`},
		{"empty loss", "row,label,repeat_0,repeat_1,loss\n0,R,R,R,\n", `predictions.csv:2: column 5 must be a number in [0, 1000000], got ""`},
		{"loss twice", "row,label,loss,repeat_0,repeat_1,loss\n", "predictions.csv:1: column 6 must not be called loss as column 3 is"},
		{"group twice", "row,label,group,repeat_0,repeat_1,group\n", "predictions.csv:1: column 6 must not be called group as column 3 is"},
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
		{"one twice", []Fold{fold(1, 1), fold(0, 1), fold(1, 0), fold(0, 1)}, "scheme stratified: fold 1 of repeat 0 appears twice"},
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
	f.Add("scheme,repeat,fold,rows,roc_auc,average_precision\ngrouped,0,0,21,,0.5\n")
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
		if err != nil || fmt.Sprint(got.Lines) != fmt.Sprint(folds.Lines) { // NaN is not equal to NaN
			t.Errorf("read again as %+v, %v, want %+v", got, err, folds.Lines)
		}
	})
}

// FuzzPredictions checks the same of predictions.csv.
func FuzzPredictions(f *testing.F) {
	classes := []string{"R", "M", `"`}
	f.Add("row,label,repeat_0,repeat_1\n0,R,M,R\n", 2)
	f.Add("row,label,loss\n0,R,0.5\n7,M,0\n", 0)
	f.Add("group,loss,row,label,repeat_0\n\"p\"\"1\",0.5,0,R,M\n,0,7,M,M\n", 1)
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
		for i, group := range p.Groups {
			p.Groups[i] = strings.ReplaceAll(group, "\r\n", "\n") // as every reader of CSV does
		}
		got, err := ReadPredictions(&again, "again", classes, repeats)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("read again as %+v, %v, want %+v", got, err, p)
		}
	})
}
