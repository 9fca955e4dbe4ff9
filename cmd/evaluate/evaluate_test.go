package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/fileset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// A world is a folder with everything that evaluate reads.
type world struct {
	*testing.T
	dir string
}

// modelOf is a model of one network, which takes the columns of the table as they are.
func modelOf(classes []string, n *mlp.Network) *model.Model {
	f := &features.Features{Scaling: params.None}
	for _, c := range datasettest.NumberColumns(n.Inputs()) {
		f.Columns = append(f.Columns, features.Column{Column: c})
	}
	return &model.Model{Data: params.Data{Classes: classes}, Features: f, Members: []*mlp.Network{n}}
}

// nearest is a model of three inputs and three classes that predicts the class of the largest input.
func nearest() *model.Model {
	n := mlp.NewNetwork([]int{3, 3}, params.ReLU, params.Linear)
	for i := range 3 {
		n.Weight(0).Data[i*3+i] = 1
	}
	return modelOf([]string{"a", "b", "<c>"}, n)
}

// newWorld has five test rows, of which the model gets four right, and one functional case that passes.
func newWorld(t *testing.T) world {
	w := world{t, t.TempDir()}
	w.put("params.yaml", "data: {}\nevaluate:\n  confidence: 0.95\n")
	w.put("data/X_test.csv", "1,0,0\n0,1,0\n0,0,1\n0,0,2\n0,3,0\n")
	w.put("data/y_test.csv", "a\nb\n<c>\n<c>\na\n")
	w.put("cases/all.json", `{"X": [[1, 0, 0], [0, 0.5, -1e3]], "y": ["a", "b"]}`)
	w.putModel(nearest())
	return w
}

func (w world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w world) put(name, text string) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o777); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o666); err != nil {
		w.Fatal(err)
	}
	if strings.HasPrefix(name, "data/") && name != splitPath {
		w.sealSplit()
	}
}

const splitPath = "data/split.json"

// sealSplit makes the files in data a split, as prepare does.
func (w world) sealSplit() {
	w.Helper()
	split := fileset.Manifest{}
	for _, name := range []string{"X_test.csv", "y_test.csv"} {
		text, err := os.ReadFile(w.path("data/" + name))
		if err != nil {
			continue
		}
		if err := split.Record(name, func(file io.Writer) error { _, err := file.Write(text); return err })(io.Discard); err != nil {
			w.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := split.Encode(&file); err != nil {
		w.Fatal(err)
	}
	w.put(splitPath, file.String())
}

func (w world) putModel(m *model.Model) {
	w.Helper()
	var file bytes.Buffer
	if err := model.Encode(&file, m); err != nil {
		w.Fatal(err)
	}
	w.put("model.safetensors", file.String())
}

func (w world) get(name string) string {
	w.Helper()
	text, err := os.ReadFile(w.path(name))
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

func (w world) remove(name string) {
	w.Helper()
	if err := os.Remove(w.path(name)); err != nil {
		w.Fatal(err)
	}
}

// edit replaces a text in the file.
func (w world) edit(name, old, new string) {
	w.Helper()
	text := w.get(name)
	if !strings.Contains(text, old) {
		w.Fatalf("%s has no %q", name, old)
	}
	w.put(name, strings.Replace(text, old, new, 1))
}

// run runs evaluate in the world.
func (w world) run(flags ...string) (status int, stderr string) {
	var out, errors bytes.Buffer
	args := append([]string{
		"-params", w.path("params.yaml"), "-model", w.path("model.safetensors"), "-data", w.path("data"),
		"-cases", w.path("cases"), "-out", w.path("evaluation"), "-log", "",
	}, flags...)
	status = cli.Execute(w.Context(), "evaluate", usage, run, args, &out, &errors)
	if out.Len() > 0 {
		w.Errorf("stdout must be empty, got %q", out.String())
	}
	return status, errors.String()
}

func (w world) mustRun(flags ...string) {
	w.Helper()
	if status, stderr := w.run(flags...); status != 0 {
		w.Fatalf("status %d: %s", status, stderr)
	}
}

// files is every file below the folder, by name, with its text.
func (w world) files(folder string) map[string]string {
	w.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(w.path(folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(w.path(folder), path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return files
}

func (w world) report() (r struct {
	Test struct {
		Rows, Groups          int
		Loss, Accuracy, Brier *float64
		AUC                   *float64 `json:"roc_auc"`
		F1Macro               *float64 `json:"f1_macro"`
		CalibrationError      *float64 `json:"calibration_error"`
		AccuracyCI            bounds   `json:"accuracy_ci"`
		BalancedAccuracy      *float64 `json:"balanced_accuracy"`
		AveragePrecision      *float64 `json:"average_precision"`
		Sensitivity           map[string]*float64
		SensitivityCI         map[string]bounds   `json:"sensitivity_ci"`
		ClassF1               map[string]*float64 `json:"class_f1"`
		ClassAveragePrecision map[string]*float64 `json:"class_average_precision"`
	}
	Functional struct {
		Cases, Passed int
		Accuracy      *float64
	}
}) {
	w.Helper()
	if err := json.Unmarshal([]byte(w.get("evaluation/metrics.json")), &r); err != nil {
		w.Fatal(err)
	}
	return r
}

type bounds struct{ Low, High *float64 }

// want compares a figure in metrics.json with a number of this many digits; NaN stands for null.
func (w world) want(name string, got *float64, want float64) {
	w.Helper()
	switch {
	case got == nil && !math.IsNaN(want):
		w.Errorf("%s is null, want %v", name, want)
	case got != nil && !(math.Abs(*got-want) < 1e-9):
		w.Errorf("%s is %v, want %v", name, *got, want)
	}
}

func TestMetricsOfFiveRows(t *testing.T) {
	w := newWorld(t)
	w.mustRun()
	r := w.report()
	// Each row's softmax is that of 1, 0, 0 (three times), of 2, 0, 0 or of 3, 0, 0, which is wrong.
	one, two, three := math.Exp(1), math.Exp(2), math.Exp(3)
	loss := -(3*math.Log(one/(one+2)) + math.Log(two/(two+2)) + math.Log(1/(three+2))) / 5
	right := func(e float64) float64 { return math.Pow(1-e/(e+2), 2) + 2*math.Pow(1/(e+2), 2) }
	wrong := math.Pow(1-1/(three+2), 2) + math.Pow(three/(three+2), 2) + math.Pow(1/(three+2), 2)
	w.want("loss", r.Test.Loss, loss)
	w.want("brier", r.Test.Brier, (3*right(one)+right(two)+wrong)/5)
	w.want("accuracy", r.Test.Accuracy, 0.8)
	w.want("f1_macro", r.Test.F1Macro, (2.0/3+2.0/3+1)/3)
	// a's rows win 3 of 6 pairs, b's row 3 of 4, <c>'s rows all.
	w.want("roc_auc", r.Test.AUC, (0.5+0.75+1)/3)
	w.want("balanced_accuracy", r.Test.BalancedAccuracy, (0.5+1+1)/3)
	w.want("class_f1.a", r.Test.ClassF1["a"], 2.0/3)
	w.want("class_f1.<c>", r.Test.ClassF1["<c>"], 1)
	// a's rows are first, and among the last three, which tie except for one; b's row is second.
	w.want("class_average_precision.a", r.Test.ClassAveragePrecision["a"], (1+2.0/5)/2)
	w.want("class_average_precision.b", r.Test.ClassAveragePrecision["b"], 1.0/2)
	w.want("class_average_precision.<c>", r.Test.ClassAveragePrecision["<c>"], 1)
	w.want("average_precision", r.Test.AveragePrecision, (0.7+0.5+1)/3)
	w.want("accuracy_ci.low", r.Test.AccuracyCI.Low, 0.375535)
	w.want("accuracy_ci.high", r.Test.AccuracyCI.High, 0.963776)
	w.want("sensitivity.a", r.Test.Sensitivity["a"], 0.5)
	w.want("sensitivity.<c>", r.Test.Sensitivity["<c>"], 1)
	w.want("sensitivity_ci.a.low", r.Test.SensitivityCI["a"].Low, 0.094531)
	w.want("functional.accuracy", r.Functional.Accuracy, 1)
	if r.Test.Rows != 5 || r.Functional.Cases != 1 || r.Functional.Passed != 1 {
		t.Errorf("%d rows, %d of %d cases passed, want 5 and 1 of 1", r.Test.Rows, r.Functional.Passed, r.Functional.Cases)
	}
}

// The second column has the group of each row.
func TestIntervalsAllowForGroups(t *testing.T) {
	w := newWorld(t)
	grouped := nearest()
	grouped.Data.Group = params.Column{Position: 2}
	for i := range grouped.Features.Columns[1:] {
		grouped.Features.Columns[1+i].Position++
	}
	w.putModel(grouped)
	w.put("data/X_test.csv", "1,p,0,0\n1,p,0,0\n1,q,0,0\n1,r,0,0\n0,q,1,0\n0,q,1,0\n0,q,1,0\n0,q,1,0\n")
	w.put("data/y_test.csv", "a\na\na\na\na\na\na\nb\n")
	w.remove("cases/all.json")
	w.mustRun()
	r := w.report()
	if r.Test.Rows != 8 || r.Test.Groups != 3 {
		t.Errorf("%d rows in %d groups, want 8 in 3", r.Test.Rows, r.Test.Groups)
	}
	w.want("accuracy", r.Test.Accuracy, 5./8)
	// The groups' residuals are 2-2p, 2-5p and 1-p with p = 5/8, the variance of p is 3/2 * (0.75^2 + 1.125^2 + 0.375^2) / 64,
	// and Student's t is 2.364624 with 7 degrees of freedom, 4.302653 with 2: as many as 1.534126 independent rows.
	w.want("accuracy_ci.low", r.Test.AccuracyCI.Low, 0.116786)
	w.want("accuracy_ci.high", r.Test.AccuracyCI.High, 0.954561)
	// b has one row, and so one group.
	w.want("sensitivity_ci.b.low", r.Test.SensitivityCI["b"].Low, 0)
	w.want("sensitivity_ci.b.high", r.Test.SensitivityCI["b"].High, 1)
	var low, high []any
	for _, row := range w.plot("calibration")[:2] {
		low, high = append(low, row["low"]), append(high, row["high"])
	}
	// a is unlikely in four rows of one group, and likely in four of three groups, which are all labelled so.
	if wantLow, wantHigh := []any{0., 0.438503}, []any{1., 1.}; !slices.Equal(low, wantLow) || !slices.Equal(high, wantHigh) {
		t.Errorf("calibration is %v to %v, want %v to %v", low, high, wantLow, wantHigh)
	}
}

func TestOutputsAreOneSetOfFilesWithTheSameBytesEachTime(t *testing.T) {
	w := newWorld(t)
	w.mustRun()
	first := w.files("evaluation")
	names := slices.Sorted(maps.Keys(first))
	want := []string{"metrics.json", "plots/calibration.json", "plots/confusion_matrix.json", "plots/precision_recall.json", "plots/roc.json", "predictions.csv"}
	if !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	for name, text := range first {
		if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.Contains(text, "\r") {
			t.Errorf("%s does not end in one LF, or has a CR: %q", name, text)
		}
		if strings.HasSuffix(name, ".json") && !json.Valid([]byte(text)) {
			t.Errorf("%s is not JSON: %s", name, text)
		}
	}
	w.mustRun()
	if !maps.Equal(first, w.files("evaluation")) {
		t.Error("a second run gives other bytes")
	}
}

func TestPredictionsHaveALinePerRow(t *testing.T) {
	w := newWorld(t)
	w.put("data/X_test.csv", "0,0,0\n0,800,0\n")
	w.put("data/y_test.csv", "b\n<c>\n")
	w.mustRun()
	want := "row,label,prediction,probability_a,probability_b,probability_<c>\n" +
		"0,b,a,0.3333333333333333,0.3333333333333333,0.3333333333333333\n" +
		"1,<c>,b,0,1,0\n"
	if got := w.get("evaluation/predictions.csv"); got != want {
		t.Errorf("predictions.csv\n%s\nwant\n%s", got, want)
	}
}

// plot reads a plot's rows.
func (w world) plot(name string) (rows []map[string]any) {
	w.Helper()
	if err := json.Unmarshal([]byte(w.get("evaluation/plots/"+name+".json")), &rows); err != nil {
		w.Fatal(err)
	}
	return rows
}

func TestEveryClassOfThreeHasItsCurve(t *testing.T) {
	w := newWorld(t)
	w.mustRun()
	for name, axes := range map[string][]string{
		"roc": {"fpr", "tpr"}, "precision_recall": {"recall", "precision"}, "calibration": {"predicted", "observed"},
	} {
		classes := map[any]int{}
		for _, row := range w.plot(name) {
			classes[row["class"]]++
			for _, axis := range axes {
				if v, ok := row[axis].(float64); !ok || v < 0 || v > 1 {
					t.Errorf("%s: %s is %v, want a share", name, axis, row[axis])
				}
			}
		}
		if classes["a"] < 2 || classes["b"] < 2 || classes["<c>"] < 2 || len(classes) != 3 {
			t.Errorf("%s has points of %v, want of a, b and <c>", name, classes)
		}
	}
	want := `[
  {"actual":"a","predicted":"a","rows":1},
  {"actual":"a","predicted":"b","rows":1},
  {"actual":"b","predicted":"b","rows":1},
  {"actual":"<c>","predicted":"<c>","rows":2}
]
`
	if got := w.get("evaluation/plots/confusion_matrix.json"); got != want {
		t.Errorf("confusion_matrix.json\n%s\nwant\n%s", got, want)
	}
}

func TestOfTwoClassesOnlyTheSecondHasACurve(t *testing.T) {
	w := newWorld(t)
	n := mlp.NewNetwork([]int{3, 1}, params.ReLU, params.Sigmoid)
	n.Weight(0).Data[0] = 1
	w.putModel(modelOf([]string{"a", "b"}, n))
	w.put("data/X_test.csv", "1,0,0\n-1,0,0\n-2,0,0\n")
	w.put("data/y_test.csv", "b\nb\na\n")
	w.put("cases/all.json", `{"y": ["b"], "X": [[3, 0, 0]]}`)
	w.mustRun()
	want := `[
  {"class":"b","fpr":0,"tpr":0,"threshold":null},
  {"class":"b","fpr":0,"tpr":0.5,"threshold":0.7310585786300049},
  {"class":"b","fpr":0,"tpr":1,"threshold":0.2689414213699951},
  {"class":"b","fpr":1,"tpr":1,"threshold":0.11920292202211755}
]
`
	if got := w.get("evaluation/plots/roc.json"); got != want {
		t.Errorf("roc.json\n%s\nwant\n%s", got, want)
	}
}

func TestWhatIsNotDefinedIsNull(t *testing.T) {
	w := newWorld(t)
	w.put("data/X_test.csv", "1,0,0\n0,1,0\n")
	w.put("data/y_test.csv", "a\na\n")
	w.remove("cases/all.json")
	status, stderr := w.run()
	if status != 0 || !strings.Contains(stderr, "WRN roc_auc is null") ||
		!strings.Contains(stderr, `WRN 2 of 3 classes have no test row, so their sensitivity and average precision are null: "b", "<c>"`) {
		t.Errorf("status %d, stderr %q, want 0 and warnings of roc_auc and of b and <c>", status, stderr)
	}
	r := w.report()
	w.want("roc_auc", r.Test.AUC, math.NaN())
	w.want("sensitivity.a", r.Test.Sensitivity["a"], 0.5)
	w.want("sensitivity.b", r.Test.Sensitivity["b"], math.NaN())
	w.want("sensitivity_ci.b.low", r.Test.SensitivityCI["b"].Low, math.NaN())
	w.want("class_average_precision.b", r.Test.ClassAveragePrecision["b"], math.NaN())
	w.want("class_average_precision.a", r.Test.ClassAveragePrecision["a"], 1)
	w.want("average_precision", r.Test.AveragePrecision, 1)
	w.want("functional.accuracy", r.Functional.Accuracy, math.NaN())
	if rows := w.plot("roc"); len(rows) != 0 {
		t.Errorf("ROC %v, want none", rows)
	}
}

func TestPredictionsOfOneClassOnlyAreWarnedOf(t *testing.T) {
	w := newWorld(t)
	w.put("data/X_test.csv", "1,0,0\n1,0,0\n1,0,0\n1,0,0\n1,0,0\n")
	if status, stderr := w.run(); status != 0 || !strings.Contains(stderr, `WRN every test row is predicted as "a": accuracy is the share of that class`) {
		t.Errorf("status %d, stderr %q, want 0 and a warning", status, stderr)
	}
	if status, stderr := newWorld(t).run(); status != 0 || strings.Contains(stderr, "WRN") {
		t.Errorf("status %d, stderr %q, want 0 and no warning", status, stderr)
	}
}

func TestAFailingCaseIsAWarningAndAnErrorWhereStrict(t *testing.T) {
	for name, c := range map[string]struct {
		flags  []string
		status int
		stderr string
	}{
		"as it is": {nil, 0, `wrong.json: fails: row 1 must be predicted as "b", got "a"`},
		"strict":   {[]string{"-strict"}, 1, "wrong.json: 1 of 2 functional cases must not fail, this is the first\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.put("cases/wrong.json", `{"X": [[1, 0, 0], [1, 0, 0]], "y": ["a", "b"]}`)
			status, stderr := w.run(c.flags...)
			if status != c.status || !strings.Contains(stderr, "WRN") || !strings.Contains(stderr, c.stderr) {
				t.Errorf("status %d, want %d, stderr\n%s\nwant %s", status, c.status, stderr, c.stderr)
			}
			if r := w.report(); r.Functional.Cases != 2 || r.Functional.Passed != 1 || *r.Functional.Accuracy != 0.5 {
				t.Errorf("functional %+v, want 1 of 2", r.Functional)
			}
		})
	}
}

func TestStrictIsContentWhereAllCasesPass(t *testing.T) {
	newWorld(t).mustRun("-strict")
}

// The placeholder keeps the folder in git.
func TestFilesWhoseNameBeginsWithADotAreNoCases(t *testing.T) {
	w := newWorld(t)
	w.put("cases/.gitkeep", "")
	w.put("cases/.all.json.swp", "\x00")
	w.remove("cases/all.json")
	status, stderr := w.run("-strict")
	if status != 0 || !strings.Contains(stderr, "INF functional cases=0 passed=0\n") {
		t.Errorf("status %d, stderr %q, want no case", status, stderr)
	}
	if r := w.report(); r.Functional.Cases != 0 {
		t.Errorf("%d cases, want 0", r.Functional.Cases)
	}
}

func TestACaseMayBeRowsOfTheRawFile(t *testing.T) {
	w := newWorld(t)
	w.put("cases/rows.csv", "\uFEFF1,0,0,a\r\n0,0.5,-1e3,b\r\n\r\n0,0,1,\"<c>\"\r\n")
	w.put("cases/wrong.csv", "1,0,0,a\n1,0,0,b\n")
	w.put("cases/all.json", "\uFEFF"+w.get("cases/all.json"))
	status, stderr := w.run()
	if status != 0 || !strings.Contains(stderr, `wrong.csv: fails: row 1 must be predicted as "b", got "a"`) {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
	if r := w.report(); r.Functional.Cases != 3 || r.Functional.Passed != 2 {
		t.Errorf("functional %+v, want 2 of 3", r.Functional)
	}
}

// A model of such tables cannot be made by hand as easily as its schema.
func TestCasesOfATableWithAHeaderOrTexts(t *testing.T) {
	w := newWorld(t)
	w.put("cases/new.csv", "id,c,x,kind\np,red,1,a\nq,,NA,b\n")
	named := params.Data{Classes: []string{"a", "b"}, Header: true, ID: params.Column{Name: "id"}, Categorical: []params.Column{{Name: "c"}}, Missing: []string{"", "NA"}}
	schema, err := dataset.NewSchema(named, []dataset.Column{{Name: "c", Position: 2, Kind: dataset.Category}, {Name: "x", Position: 3}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readCase(t.Context(), w.path("cases/new.csv"), schema)
	if err != nil || rows.Len() != 2 || rows.Numbers(0)[0] != 1 || rows.Codes(1)[0] != dataset.NoCode || rows.Table.IDs[1] != "q" {
		t.Errorf("got %v, %v", rows, err)
	}
	texts := params.Data{Classes: []string{"a", "b"}, Categorical: []params.Column{{Position: 1}}}
	unnamed, err := dataset.NewSchema(texts, []dataset.Column{{Position: 1, Kind: dataset.Category}, {Position: 2}, {Position: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for _, schema := range []*dataset.Schema{schema, unnamed} {
		_, err := readCase(t.Context(), w.path("cases/all.json"), schema)
		if want := w.path("cases/all.json") + ": must be CSV, as the raw file has a header or texts: use cases/*.csv"; err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
}

func TestBadInputGetsOneLineAndTouchesNothing(t *testing.T) {
	onCase := func(text string) func(w world) { return func(w world) { w.put("cases/all.json", text) } }
	for _, c := range []struct {
		name  string
		spoil func(w world)
		file  string // that the line names
		want  string // that follows the name
	}{
		{"no params", func(w world) { w.remove("params.yaml") }, "params.yaml", ": no such file or directory"},
		{"params without the section", func(w world) { w.put("params.yaml", "data: {}\n") }, "params.yaml", ": section evaluate is missing"},
		{"a confidence out of range", func(w world) { w.edit("params.yaml", "0.95", "1") }, "params.yaml",
			":3: evaluate.confidence must be a float in the range (0, 1), got 1"},
		{"a misspelt key", func(w world) { w.edit("params.yaml", "confidence", "confidense") }, "params.yaml", `:3: unknown key "evaluate.confidense"`},

		{"no model", func(w world) { w.remove("model.safetensors") }, "model.safetensors", ": no such file or directory"},
		{"an empty model", func(w world) { w.put("model.safetensors", "") }, "model.safetensors", ": must be a safetensors file"},
		{"a model cut short", func(w world) {
			text := w.get("model.safetensors")
			w.put("model.safetensors", text[:len(text)-8])
		}, "model.safetensors", ": is cut short: the values must be 96 bytes long, got 88"},
		{"a model with a byte altered", func(w world) {
			text := []byte(w.get("model.safetensors"))
			text[len(text)-3] ^= 4
			w.put("model.safetensors", string(text))
		}, "model.safetensors", ": the file was altered"},
		{"a model with a class altered", func(w world) { w.edit("model.safetensors", `\"a\"`, `\"d\"`) }, "model.safetensors", ": the file was altered"},
		{"an oversized model", func(w world) { w.put("model.safetensors", w.get("model.safetensors")+"more") }, "model.safetensors", ": is too long"},
		{"a header without an end", func(w world) { w.put("model.safetensors", strings.Repeat("\xff", 100)) }, "model.safetensors",
			": must be a safetensors file with a header of at most"},
		{"a file that is no model", func(w world) { w.put("model.safetensors", "\x02\x00\x00\x00\x00\x00\x00\x00{}") }, "model.safetensors", ": metadata lack version"},
		{"a model of another shape", func(w world) {
			w.putModel(modelOf([]string{"a", "b", "<c>"}, mlp.NewNetwork([]int{4, 3}, params.ReLU, params.Linear)))
		}, "data/X_test.csv", ":1: must have 4 columns as the model has inputs, got 3"},
		{"a model of other classes", func(w world) {
			m := nearest()
			m.Data.Classes[0] = "d"
			w.putModel(m)
		}, "data/y_test.csv", `:1: column 1 must be one of the labels d, b, <c>, got "a"`},
		{"a model whose numbers overflow", func(w world) {
			m := nearest()
			for i := range m.Members[0].Params {
				m.Members[0].Params[i] = -math.MaxFloat64
			}
			w.putModel(m)
			w.put("data/X_test.csv", strings.Repeat("9,9,9\n", 5))
		}, "cases/all.json", ": column 1 must be small enough for the network's sums to be finite, got "},

		{"no X", func(w world) { w.remove("data/X_test.csv") }, "data/X_test.csv", ": no such file or directory"},
		{"no y", func(w world) { w.remove("data/y_test.csv") }, "data/y_test.csv", ": no such file or directory"},
		{"half of a new split", func(w world) {
			split := w.get(splitPath)
			w.put("data/y_test.csv", "b\nb\n<c>\n<c>\na\n")
			w.put(splitPath, split)
		}, "data/y_test.csv", ": must be the file that "},
		{"no split", func(w world) { w.remove(splitPath) }, splitPath, ": no such file or directory: run prepare, or `dvc repro`"},
		{"an empty X", func(w world) { w.put("data/X_test.csv", "") }, "data/X_test.csv", ": must hold rows of numbers, is empty"},
		{"an empty y", func(w world) { w.put("data/y_test.csv", "") }, "data/y_test.csv", ": must hold labels, is empty"},
		{"a row more in X", func(w world) { w.put("data/X_test.csv", w.get("data/X_test.csv")+"1,2,3\n") }, "data/X_test.csv", ":6: must not be there"},
		{"a row more in y", func(w world) { w.put("data/y_test.csv", w.get("data/y_test.csv")+"a\n") }, "data/X_test.csv", ": must have 6 rows"},
		{"ragged X", func(w world) { w.edit("data/X_test.csv", "0,0,2", "0,2") }, "data/X_test.csv", ":4: must have 3 columns"},
		{"NaN in X", func(w world) { w.edit("data/X_test.csv", "3", "NaN") }, "data/X_test.csv", `:5: column 2 must be a finite number, got "NaN"`},
		{"binary X", func(w world) { w.put("data/X_test.csv", "\x00\xff\n") }, "data/X_test.csv", ":1: byte 1, in column 1, must be text, got NUL"},
		{"a label that is unknown", func(w world) { w.edit("data/y_test.csv", "b", "B") }, "data/y_test.csv", `:2: column 1 must be one of the labels a, b, <c>, got "B"`},

		{"no folder of cases", func(w world) { w.remove("cases/all.json"); w.remove("cases") }, "cases", ": must be a folder, empty if there are no functional cases, is missing"},
		{"an empty case", onCase(""), "cases/all.json", ":1: must be JSON, ends too soon"},
		{"a case cut short", onCase("{\"X\": [\n[1, 0,"), "cases/all.json", ":2: must be JSON, ends too soon"},
		{"a case without X", onCase(`{"y": ["a"]}`), "cases/all.json", ": X is missing"},
		{"a case without y", onCase(`{"X": [[1, 0, 0]]}`), "cases/all.json", ": y is missing"},
		{"a key in other letters", onCase(`{"x": [[1, 0, 0]], "y": ["a"]}`), "cases/all.json", `:1: a functional case must have the keys X and y, got "x"`},
		{"a key twice", onCase(`{"y": ["a"], "y": ["a"]}`), "cases/all.json", `:1: "y" must appear once, appears twice`},
		{"a list for a case", onCase("[]"), "cases/all.json", ":1: a functional case must be an object with X and y, got a list"},
		{"null for a case", onCase("null"), "cases/all.json", ":1: a functional case must be an object with X and y, got null"},
		{"one row that is not in a list", onCase(`{"X": [1, 0, 0], "y": ["a"]}`), "cases/all.json", ":1: X[0] must be a list of numbers, got the number 1"},
		{"a row too short", onCase("{\"X\": [[1, 0, 0],\n[1, 0]], \"y\": [\"a\", \"b\"]}"), "cases/all.json", ":2: X[1] must have 3 numbers as the model has inputs, got 2"},
		{"a row too long", onCase(`{"X": [[1, 0, 0, 0]], "y": ["a"]}`), "cases/all.json", ":1: X[0] must have 3 numbers as the model has inputs, got 4"},
		{"a case in capitals", func(w world) { w.put("cases/a.JSON", "{}") }, "cases/a.JSON", ": must be a functional case, *.csv or *.json"},
		{"another file among the cases", func(w world) { w.put("cases/README.md", "") }, "cases/README.md", ": must be a functional case, *.csv or *.json"},
		{"a folder among the cases", func(w world) { w.put("cases/a/b.json", "{}") }, "cases/a", ": must be a functional case, *.csv or *.json"},
		{"a folder in place of a case", func(w world) { w.put("cases/a.csv/b.json", "{}") }, "cases/a.csv", ": must be a regular file, is a folder"},
		{"a CSV case too narrow", func(w world) { w.put("cases/a.csv", "1,0,a\n") }, "cases/a.csv", ":1: must have 3 columns as the model has inputs, got 2"},
		{"a CSV case of another label", func(w world) { w.put("cases/a.csv", "1,0,0,a\n1,0,0,A\n") }, "cases/a.csv", `:2: column 4 must be one of the labels a, b, <c>, got "A"`},
		{"a CSV case with a word", func(w world) { w.put("cases/a.csv", "1,0,zero,a\n") }, "cases/a.csv", `:1: column 3 must be a finite number, got "zero"`},
		{"an empty CSV case", func(w world) { w.put("cases/a.csv", "\n") }, "cases/a.csv", ": must hold rows with their labels, is empty"},
		{"no rows", onCase(`{"X": [], "y": []}`), "cases/all.json", ": X must have a row or more"},
		{"a label too few", onCase(`{"X": [[1, 0, 0], [1, 0, 0]], "y": ["a"]}`), "cases/all.json", ": y must have 2 labels as X has rows, got 1"},
		{"a label that no class has", onCase(`{"X": [[1, 0, 0]], "y": ["A"]}`), "cases/all.json", `:1: y[0] must be one of the labels a, b, <c>, got "A"`},
		{"a label that is a number", onCase(`{"X": [[1, 0, 0]], "y": [0]}`), "cases/all.json", ":1: y[0] must be one of the labels a, b, <c> as a text, in quotes, got the number 0"},
		{"NaN in a case", onCase(`{"X": [[1, NaN, 0]], "y": ["a"]}`), "cases/all.json", ":1: must be JSON: invalid character 'N'"},
		{"a number that is infinite", onCase(`{"X": [[1, 1e999, 0]], "y": ["a"]}`), "cases/all.json", ":1: X[0][1] must be a finite number, got the number 1e999"},
		{"a text for a number", onCase(`{"X": [[1, "0", 0]], "y": ["a"]}`), "cases/all.json", `:1: X[0][1] must be a finite number, got "0"`},
		{"null for a number", onCase(`{"X": [[1, null, 0]], "y": ["a"]}`), "cases/all.json", ":1: X[0][1] must be a finite number, got null"},
		{"a case too deep", onCase(`{"X": ` + strings.Repeat("[", 100000)), "cases/all.json", ":1: X[0][0] must be a finite number, got a list"},
		{"text after a case", onCase(`{"X": [[1, 0, 0]], "y": ["a"]} {}`), "cases/all.json", ":1: must end after the case, got an object"},
		{"a case too long", onCase(strings.Repeat(" ", maxCase+1)), "cases/all.json", ": must be at most 16777216 bytes long"},
		{"a long label", onCase(`{"X": [[1, 0, 0]], "y": ["` + strings.Repeat("z", 1000) + `"]}`), "cases/all.json", ":1: y[0] must be one of"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.mustRun()
			before := w.files("evaluation")
			c.spoil(w)
			status, stderr := w.run()
			if status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			if want := w.path(c.file) + c.want; !strings.Contains(stderr, want) {
				t.Errorf("stderr %q, want %q in it", stderr, want)
			}
			if strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") || len(stderr) > 400 {
				t.Errorf("stderr must be one line of at most 400 bytes, is %q", stderr)
			}
			if !maps.Equal(before, w.files("evaluation")) {
				t.Error("the outputs were touched")
			}
		})
	}
}

func TestARowThatScalingMakesInfiniteIsRefused(t *testing.T) {
	for file, spoil := range map[string]func(w world){
		"data/X_test.csv": func(w world) { w.put("data/X_test.csv", "1,0,0\n0,1e308,0\n0,0,1\n0,0,2\n0,3,0\n") },
		"cases/all.json":  func(w world) { w.put("cases/all.json", `{"X": [[1, -1e308, 0]], "y": ["a"]}`) },
	} {
		t.Run(file, func(t *testing.T) {
			w, m := newWorld(t), nearest()
			m.Features.Scaling, m.Features.Offset, m.Features.Divisor = params.Standard, make([]float64, 3), []float64{1, 0.1, 1}
			w.putModel(m)
			w.mustRun()
			spoil(w)
			const want = ": column 2 must be finite once train.scaling has made it (x - 0) / 0.1, got x = "
			if status, stderr := w.run(); status != 1 || !strings.Contains(stderr, w.path(file)+want) {
				t.Errorf("status %d, stderr %q, want %q", status, stderr, w.path(file)+want)
			}
		})
	}
}

func TestAFolderThatCannotBeWrittenIsNamed(t *testing.T) {
	w := newWorld(t)
	w.put("evaluation", "a file instead of the folder")
	status, stderr := w.run()
	if status != 1 || !strings.Contains(stderr, w.path("evaluation")) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}

func TestAStoppedRunWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.mustRun()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.put("data/y_test.csv", "a\na\na\na\na\n")
	before := w.files("evaluation")
	var out, errors bytes.Buffer
	args := []string{"-params", w.path("params.yaml"), "-model", w.path("model.safetensors"), "-data", w.path("data"),
		"-cases", w.path("cases"), "-out", w.path("evaluation"), "-log", ""}
	if status := cli.Execute(ctx, "evaluate", usage, run, args, &out, &errors); status == 0 || !maps.Equal(before, w.files("evaluation")) {
		t.Errorf("status %d, %q", status, errors.String())
	}
}

func FuzzParseCase(f *testing.F) {
	f.Add([]byte(`{"X": [[1, 0, 0], [0, 0.5, -1e3]], "y": ["a", "b"]}`))
	f.Add([]byte("{\"y\": [],\n\"X\": [[1e999]]}"))
	f.Add([]byte(`{"X": [[[`))
	f.Add([]byte("\uFEFF{\"y\": [0], \"X\": [[1, 2, 3]]}"))
	classes := []string{"a", "b"}
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := parseCase("case.json", text, datasettest.NumberColumns(3), classes)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "case.json:") {
				t.Errorf("error %q does not begin with the file's name", err)
			}
			return
		}
		if !json.Valid(bytes.TrimPrefix(text, []byte("\uFEFF"))) {
			t.Error("what is not JSON was taken")
		}
		if rows.Len() == 0 || len(rows.Table.Columns) != 3 {
			t.Errorf("%d rows of %d values", rows.Len(), len(rows.Table.Columns))
		}
		for i := range rows.Len() {
			for _, v := range rows.Numbers(i) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("row %d has %v", i, v)
				}
			}
		}
	})
}
