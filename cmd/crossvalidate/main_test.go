package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/foldfile"
)

const (
	datasets = "../../internal/dataset/testdata/"
	rawPath  = "data/sonar.all-data"
	outPath  = "experiments/crossvalidation"
)

// project creates a folder with the project's params.yaml and a raw file and changes to it.
func project(t *testing.T, raw string) {
	t.Helper()
	settings := readFile(t, "../../params.yaml")
	data := readFile(t, datasets+raw)
	t.Chdir(t.TempDir())
	writeFile(t, "params.yaml", settings)
	writeFile(t, rawPath, data)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// set changes keys of params.yaml, which are named SECTION.KEY.
func set(t *testing.T, values map[string]any) {
	t.Helper()
	var settings map[string]map[string]any
	if err := yaml.Unmarshal([]byte(readFile(t, "params.yaml")), &settings); err != nil {
		t.Fatal(err)
	}
	for key, value := range values {
		section, name, _ := strings.Cut(key, ".")
		if v, ok := value.(float64); ok && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			value = int64(v) // JSON has no other numbers
		}
		settings[section][name] = value
	}
	text, err := yaml.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, "params.yaml", string(text))
}

func execute(ctx context.Context, args ...string) (status int, stderr string) {
	var log bytes.Buffer
	status = cli.Execute(ctx, "crossvalidate", usage, run, append(args, "-log", ""), &log, &log)
	return status, log.String()
}

func succeed(t *testing.T) {
	t.Helper()
	if status, stderr := execute(t.Context()); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
}

// files returns the content of every file below folder, by path.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all[path] = readFile(t, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// lines reads a CSV output, each line by the names in its first.
func lines(t *testing.T, name string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(readFile(t, filepath.Join(outPath, name)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, record := range records[1:] {
		line := map[string]string{}
		for i, field := range record {
			line[records[0][i]] = field
		}
		all = append(all, line)
	}
	return all
}

func readReport(t *testing.T) map[string]map[string]map[string]float64 {
	t.Helper()
	var r map[string]map[string]map[string]float64
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(outPath, "metrics.json"))), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %g", what, got, want, tolerance)
	}
}

// A reference is a cross-validation by a PyTorch loop over scikit-learn's folds.
type reference struct {
	Name                string
	Data                string
	Params              map[string]any // the train section
	Splits, Repeats     int
	RandomState         int64 `json:"random_state"`
	Stratified, Blocked struct {
		Folds       []map[string]any
		Predictions []string // of each repeat, a digit for each row: the class index
		Summary     map[string]map[string]float64
	}
}

// TestFoldsAndPredictionsMatchPyTorch: each fold's scores, each row's prediction and what is made of
// them are those of a PyTorch program on the same folds with the same seeds.
func TestFoldsAndPredictionsMatchPyTorch(t *testing.T) {
	var references struct{ Runs []reference }
	if err := json.Unmarshal([]byte(readFile(t, "testdata/references.json")), &references); err != nil {
		t.Fatal(err)
	}
	if len(references.Runs) < 4 {
		t.Fatalf("%d references", len(references.Runs))
	}
	raw := map[string]string{"sonar": "sonar.all-data", "wine": "wine.csv"}
	classes := dataClasses(t)
	for _, r := range references.Runs {
		t.Run(r.Name, func(t *testing.T) {
			project(t, raw[r.Data])
			settings := map[string]any{"data.classes": classes[r.Data], "crossvalidate.splits": r.Splits,
				"crossvalidate.repeats": r.Repeats, "crossvalidate.random_state": r.RandomState}
			for key, value := range r.Params {
				settings["train."+key] = value
			}
			set(t, settings)
			succeed(t)
			r.check(t, classes[r.Data])
		})
	}
}

// dataClasses returns the classes of each data set, in the order of their indices.
func dataClasses(t *testing.T) map[string][]string {
	t.Helper()
	var described struct {
		Data []struct {
			Name    string
			Classes []string
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, "../../internal/mlp/testdata/references/data.json")), &described); err != nil {
		t.Fatal(err)
	}
	classes := map[string][]string{}
	for _, d := range described.Data {
		classes[d.Name] = d.Classes
	}
	return classes
}

func (r reference) check(t *testing.T, classes []string) {
	t.Helper()
	want := slices.Concat(r.Stratified.Folds, r.Blocked.Folds)
	got := lines(t, "folds.csv")
	if len(got) != len(want) {
		t.Fatalf("%d folds, want %d", len(got), len(want))
	}
	for i, fold := range want {
		at := fmt.Sprintf("%s of %v %v %v", "%s", fold["scheme"], fold["repeat"], fold["fold"])
		for name, value := range fold {
			if name == "scheme" {
				if got[i][name] != value {
					t.Fatalf("line %d is of scheme %s, want %s", i+2, got[i][name], value)
				}
				continue
			}
			v, err := strconv.ParseFloat(got[i][name], 64)
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 0. // of repeat, fold, rows and accuracy
			switch name {
			case "loss":
				tolerance = 1e-9
			case "f1_macro", "roc_auc":
				tolerance = 1e-14
			}
			near(t, fmt.Sprintf(at, name), v, value.(float64), tolerance)
		}
	}
	for row, line := range lines(t, "predictions.csv") {
		for repeat, predictions := range r.Stratified.Predictions {
			column := "repeat_" + strconv.Itoa(repeat)
			if want := classes[predictions[row]-'0']; line["row"] != strconv.Itoa(row) || line[column] != want {
				t.Errorf("row %s, %s: %s, want %s", line["row"], column, line[column], want)
			}
		}
	}
	report := readReport(t)
	for scheme, want := range map[string]map[string]map[string]float64{foldfile.Stratified: r.Stratified.Summary, foldfile.Blocked: r.Blocked.Summary} {
		for metric, summary := range want {
			if len(report[scheme][metric]) != len(summary) {
				t.Errorf("%s %s has %v, want %v", scheme, metric, report[scheme][metric], summary)
			}
			for name, value := range summary {
				tolerance := 1e-10
				if name == "low" || name == "high" {
					tolerance = 5.1e-7 // six decimals
					value = max(value, 0)
					if metric != "loss" {
						value = min(value, 1)
					}
				}
				near(t, scheme+" "+metric+" "+name, report[scheme][metric][name], value, tolerance)
			}
		}
	}
}

func TestDefaultRecipeGivesItsKnownAccuracy(t *testing.T) {
	project(t, "sonar.all-data")
	succeed(t)
	r := readReport(t)
	accuracy := r[foldfile.Stratified]["accuracy"]
	near(t, "mean", accuracy["mean"], 0.8128, 5e-5)
	near(t, "sd", accuracy["sd"], 0.0190, 5e-5)
	near(t, "low", accuracy["low"], 0.7581, 5e-5)
	near(t, "high", accuracy["high"], 0.8675, 5e-5)
	near(t, "half of the blocked interval", (r[foldfile.Blocked]["accuracy"]["high"]-r[foldfile.Blocked]["accuracy"]["low"])/2, 0.22, 0.005)
	if n := len(files(t, outPath)); n != 7 {
		t.Errorf("%d outputs, want 7", n)
	}
}

func quick(t *testing.T) {
	t.Helper()
	project(t, "sonar.all-data")
	set(t, map[string]any{"train.epochs": 5, "train.hidden_sizes": []int{4}, "crossvalidate.splits": 4, "crossvalidate.repeats": 3})
}

func TestOutputsDoNotDependOnThreads(t *testing.T) {
	quick(t)
	set(t, map[string]any{"train.ensemble": 2, "train.batch_size": 16})
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	succeed(t)
	want := files(t, outPath)
	for _, threads := range []int{2, 3, 64} {
		runtime.GOMAXPROCS(threads)
		succeed(t)
		for path, content := range files(t, outPath) {
			if content != want[path] {
				t.Errorf("%s differs with %d threads", path, threads)
			}
		}
	}
}

func TestOneRepeatHasNoStandardDeviation(t *testing.T) {
	quick(t)
	set(t, map[string]any{"crossvalidate.repeats": 1})
	succeed(t)
	for scheme, metrics := range readReport(t) {
		for metric, summary := range metrics {
			if _, ok := summary["sd"]; ok || len(summary) != 3 {
				t.Errorf("%s %s has %v", scheme, metric, summary)
			}
		}
	}
}

func TestConfidenceIsTheIntervals(t *testing.T) {
	width := func() float64 {
		succeed(t)
		accuracy := readReport(t)[foldfile.Stratified]["accuracy"]
		near(t, "middle", (accuracy["low"]+accuracy["high"])/2, accuracy["mean"], 1e-6)
		return accuracy["high"] - accuracy["low"]
	}
	quick(t)
	wide := width()
	set(t, map[string]any{"evaluate.confidence": 0.5})
	near(t, "width at 0.5 to that at 0.95", width()/wide, 0.6974/2.2010, 1e-3) // t with 11 degrees of freedom
}

// TestLossIsThePlainOneWhateverIsMinimised: label smoothing changes what training minimises.
func TestLossIsThePlainOneWhateverIsMinimised(t *testing.T) {
	quick(t)
	set(t, map[string]any{"train.epochs": 1, "train.learning_rate": 1e-12, "train.label_smoothing": 0.0})
	succeed(t)
	plain := readReport(t)[foldfile.Stratified]["loss"]["mean"]
	set(t, map[string]any{"train.label_smoothing": 0.9})
	succeed(t)
	near(t, "loss", readReport(t)[foldfile.Stratified]["loss"]["mean"], plain, 1e-9)
}

func TestPlotsAgreeWithTheFolds(t *testing.T) {
	quick(t)
	succeed(t)
	curves := lines(t, "plots/curves.csv")
	if len(curves) != 2*5 {
		t.Fatalf("%d lines of curves, want 2 sides of 5 epochs", len(curves))
	}
	number := func(line map[string]string, name string) float64 {
		v, err := strconv.ParseFloat(line[name], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	last := curves[len(curves)-1]
	if last["rows"] != "test" || last["step"] != "4" || last["folds"] != "12" {
		t.Errorf("the last line is %v", last)
	}
	var accuracies []float64
	for _, fold := range lines(t, "folds.csv") {
		if fold["scheme"] == foldfile.Stratified {
			accuracies = append(accuracies, number(fold, "accuracy"))
		}
	}
	mean, squares := 0., 0.
	for _, v := range accuracies {
		mean += v / 12
	}
	for _, v := range accuracies {
		squares += (v - mean) * (v - mean) / 11
	}
	near(t, "mean", number(last, "accuracy"), mean, 1e-12)
	near(t, "low", number(last, "accuracy_low"), mean-math.Sqrt(squares), 1e-12)
	near(t, "high", number(last, "accuracy_high"), mean+math.Sqrt(squares), 1e-12)

	predictions, positive := 0., 0.
	for _, bin := range lines(t, "plots/calibration.csv") {
		if bin["class"] != "M" {
			t.Errorf("a curve of class %s", bin["class"])
		}
		predictions += number(bin, "predictions")
		positive += number(bin, "predictions") * number(bin, "observed")
	}
	near(t, "predictions", predictions, 208*3, 0)
	near(t, "predictions of rows labelled M", positive, 111*3, 1e-9)
}

func TestBadInputIsOneLineAndTouchesNoOutput(t *testing.T) {
	replace := func(path, old, new string) func(*testing.T) {
		return func(t *testing.T) {
			text := readFile(t, path)
			if !strings.Contains(text, old) {
				t.Fatalf("%s has no %q", path, old)
			}
			writeFile(t, path, strings.Replace(text, old, new, 1))
		}
	}
	setting := func(key string, value any) func(*testing.T) {
		return func(t *testing.T) { set(t, map[string]any{key: value}) }
	}
	tests := []struct {
		name  string
		spoil func(*testing.T)
		want  string
	}{
		{"no raw file", func(t *testing.T) { os.Remove(rawPath) }, "open data/sonar.all-data: no such file"},
		{"empty raw file", func(t *testing.T) { writeFile(t, rawPath, "") }, "data/sonar.all-data"},
		{"ragged", replace(rawPath, ",R\r\n", ",0.5,R\r\n"), "data/sonar.all-data:2: must have 62 columns"},
		{"not a number", replace(rawPath, "0.0200,", "NaN,"), "data/sonar.all-data:1: column 1 "},
		{"unknown label", replace(rawPath, ",R\r\n", ",X\r\n"), `data/sonar.all-data:1: column 61`},
		{"no params", func(t *testing.T) { os.Remove("params.yaml") }, "params.yaml"},
		{"misspelt key", replace("params.yaml", "repeats:", "repeat:"), `unknown key "crossvalidate.repeat"`},
		{"one fold", setting("crossvalidate.splits", 1), "crossvalidate.splits must be an int"},
		{"bad confidence", setting("evaluate.confidence", 2), "evaluate.confidence must be"},
		{"more folds than rows of a class", setting("crossvalidate.splits", 98),
			`data/sonar.all-data: class "R" must have as many rows as crossvalidate.splits says, 98, or more, got 97`},
		{"a column whose squares are infinite", replace(rawPath, "0.0371,", "1e200,"),
			"data/sonar.all-data: scheme stratified, repeat 0, fold 0: column 2 must have numbers whose squares have a finite sum, got 1e+200"},
		{"a column that scaling makes infinite", func(t *testing.T) {
			set(t, map[string]any{"train.scaling": "standard"})
			replace(rawPath, "0.0200,", "1e308,")(t)
		}, "data/sonar.all-data: scheme stratified, repeat 0, fold 0: column 1 must "},
		{"too few rows to stop early by", func(t *testing.T) {
			set(t, map[string]any{"train.patience": 1})
			lines := strings.SplitAfter(readFile(t, rawPath), "\n")
			writeFile(t, rawPath, strings.Join(slices.Concat(lines[:4], lines[97:101]), "")) // of each class
		}, "params.yaml: scheme stratified, repeat 0, fold 0: train.patience holds out a tenth of the training rows: a stratified split needs a row of each of 2 classes"},
		{"diverging", func(t *testing.T) {
			set(t, map[string]any{"train.learning_rate": 1e300, "train.optimizer": "sgd", "train.output": "linear"})
		}, "scheme stratified, repeat 0, fold 0: the loss is not finite"},
		{"a folder in the way", func(t *testing.T) { writeFile(t, outPath+"/folds.csv/x", "") }, "folds.csv: cannot be written"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			quick(t)
			writeFile(t, outPath+"/metrics.json", "an earlier run's\n")
			test.spoil(t)
			before := files(t, ".")
			status, stderr := execute(t.Context(), "-log-level", "error")
			if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "crossvalidate: ") || !strings.Contains(stderr, test.want) {
				t.Errorf("status %d, %q, want 1 and one line that says %q", status, stderr, test.want)
			}
			if after := files(t, "."); !maps.Equal(after, before) {
				t.Errorf("files have changed: %v", slices.Collect(maps.Keys(after)))
			}
		})
	}
}

func TestStopsPromptlyAndLeavesOutputsAlone(t *testing.T) {
	quick(t)
	set(t, map[string]any{"train.epochs": 1000000000})
	writeFile(t, outPath+"/metrics.json", "an earlier run's\n")
	before := files(t, ".")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	started := time.Now()
	status, stderr := execute(ctx)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if status != 1 || !strings.Contains(stderr, "crossvalidate: context deadline exceeded\n") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if after := files(t, "."); !maps.Equal(after, before) {
		t.Errorf("files have changed: %v", slices.Collect(maps.Keys(after)))
	}
}

func TestCrossvalidateReplacesNoInput(t *testing.T) {
	project(t, "sonar.all-data")
	const raw = "data/predictions.csv"
	if err := os.Rename(rawPath, raw); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, raw)
	status, stderr := execute(t.Context(), "-raw", raw, "-out", "data")
	if want := "crossvalidate: -out must not replace \"data/predictions.csv\", which crossvalidate reads; see crossvalidate -h\n"; status != 2 || stderr != want {
		t.Errorf("status %d, %q, want 2 and %q", status, stderr, want)
	}
	if left, err := os.ReadDir("data"); err != nil || len(left) != 1 || readFile(t, raw) != before {
		t.Errorf("left are %v, %v", left, err)
	}
}
