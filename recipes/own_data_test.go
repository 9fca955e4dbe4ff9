package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
	"example.com/sonar/recipes/internal/recipe"
)

// The folders of data sets that scikit-learn ships, and of tables that R exported.
const (
	dataFolder  = "../internal/dataset/testdata"
	tableFolder = "../test/pipeline/testdata"
)

// A dataSet is a file as people may bring it, and how they would describe it in params.yaml.
type dataSet struct {
	folder  string
	data    map[string]any // keys of the data section
	columns int
}

var dataSets = map[string]dataSet{
	"iris":          {dataFolder, map[string]any{"classes": []string{"setosa", "versicolor", "virginica"}}, 5},
	"wine":          {dataFolder, map[string]any{"classes": []string{"class_2", "class_0", "class_1"}, "label": 14}, 14},
	"breast_cancer": {dataFolder, map[string]any{"classes": []string{"benign", "malignant"}, "header": true, "label": "diagnosis"}, 31},
	"digits":        {dataFolder, map[string]any{"classes": []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, "label": 1}, 65},
	"HouseVotes84": {tableFolder, map[string]any{
		"classes": []string{"democrat", "republican"}, "header": true, "label": "Class",
		"categorical": []string{"V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V10", "V11", "V12", "V13", "V14", "V15", "V16"},
	}, 17},
	"PimaIndiansDiabetes2": {tableFolder, map[string]any{
		"classes": []string{"neg", "pos"}, "header": true, "label": "diabetes", "drop": []int{1},
	}, 10},
}

// The pipeline's programs on data sets with a header and without, the label last, first, by position and by
// name, with texts, with gaps and with row names: the accuracy is that of scikit-learn's MLPClassifier of the
// same settings on the same folds, behind its OneHotEncoder, SimpleImputer and StandardScaler.
func TestOwnDataIsClassifiedAsScikitLearnDoes(t *testing.T) {
	var reference struct {
		Train           yaml.Node
		Splits, Repeats int
		RandomState     int `yaml:"random_state"`
		Runs            []struct {
			Data       string
			Accuracies []float64
		}
	}
	text, err := os.ReadFile("testdata/classifiers.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &reference); err != nil { // JSON is YAML too, and its numbers stay as they are written
		t.Fatal(err)
	}
	var changes []string
	for i := 0; i < len(reference.Train.Content); i += 2 {
		value, err := yaml.Marshal(reference.Train.Content[i+1])
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, "train."+reference.Train.Content[i].Value+"="+string(value))
	}
	changes = append(changes, fmt.Sprint("crossvalidate.splits=", reference.Splits),
		fmt.Sprint("crossvalidate.repeats=", reference.Repeats), fmt.Sprint("crossvalidate.random_state=", reference.RandomState))
	if len(reference.Runs) != len(dataSets) {
		t.Fatalf("%d runs", len(reference.Runs))
	}
	programs := built(t)
	for _, run := range reference.Runs {
		t.Run(run.Data, func(t *testing.T) {
			set := dataSets[run.Data]
			w := workspace{programs, t.TempDir()}
			raw := filepath.Join(set.folder, run.Data+".csv")
			if err := w.prepare(set.params(t, changes), raw, set.functionalCase(t, raw)); err != nil {
				t.Fatal(err)
			}
			test, _, err := w.train(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			found, err := w.crossvalidate(t.Context(), params.Crossvalidate{Splits: reference.Splits, Repeats: reference.Repeats})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, found.folds, run.Accuracies, reference.Splits)
			if mean := metrics.NewResampled(found.folds, reference.Splits).Mean; mean < test.Low || mean > test.High {
				t.Errorf("the accuracy on the test rows is %v, in cross-validation %.3f", test, mean)
			}
		})
	}
}

// params returns the params.yaml of the repository with keys of the data section of its own, and changes.
func (d dataSet) params(t *testing.T, changes []string) []byte {
	t.Helper()
	text, err := os.ReadFile("../params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]map[string]any
	if err := yaml.Unmarshal(text, &settings); err != nil {
		t.Fatal(err)
	}
	maps.Copy(settings["data"], d.data)
	own, err := yaml.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := recipe.Recipe{Name: "own data", Set: changes}.Apply(own)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// functionalCase writes one of the file's last row.
func (d dataSet) functionalCase(t *testing.T, raw string) (path string) {
	t.Helper()
	lines := readCSV(t, raw)
	last := lines[len(lines)-1:]
	if len(last[0]) != d.columns {
		t.Fatalf("%s has %d columns", raw, len(last[0]))
	}
	if d.data["header"] == true {
		last = slices.Concat(lines[:1], last)
	}
	path = filepath.Join(t.TempDir(), "last.csv")
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(last); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// maxDifference is about one row of a fold of iris.
const maxDifference = 0.03

// compare checks that two classifiers differ by no more than the noise between folds, and by less than
// maxDifference for certain.
func compare(t *testing.T, ours, theirs []float64, splits int) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Fatalf("%d folds, want %d", len(ours), len(theirs))
	}
	differences := make([]float64, len(ours))
	for i := range ours {
		differences[i] = ours[i] - theirs[i]
	}
	r := metrics.NewResampled(differences, splits)
	low, high := r.Interval(0.99)
	figures := fmt.Sprintf("| %.1f | %.1f | %+.1f (%+.1f to %+.1f) |", 100*metrics.NewResampled(ours, splits).Mean,
		100*metrics.NewResampled(theirs, splits).Mean, 100*r.Mean, 100*low, 100*high)
	t.Log(figures)
	if text, err := os.ReadFile("../docs/your-data.md"); err != nil || !strings.Contains(string(text), figures) {
		t.Errorf("docs/your-data.md has no such figures: %v", err)
	}
	if low > 0 || high < 0 {
		t.Errorf("the accuracies differ by %+.4f, in [%+.4f, %+.4f] at 99 %%", r.Mean, low, high)
	}
	if p := r.EquivalentP(maxDifference); p > 0.05 {
		t.Errorf("three points of difference are not excluded: p is %.2f", p)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// built returns the folder of the pipeline's programs.
func built(t *testing.T) string {
	t.Helper()
	programs := t.TempDir()
	if err := build(t.Context(), "..", programs); err != nil {
		t.Fatal(err)
	}
	return programs
}

// TestRecipesAreMeasuredOnOwnData runs the program on a table with a header and a named label, of which there is
// no SVM to compare with.
func TestRecipesAreMeasuredOnOwnData(t *testing.T) {
	programs, set := built(t), dataSets["breast_cancer"]
	raw := filepath.Join(dataFolder, "breast_cancer.csv")
	settings := set.params(t, []string{"train.epochs=10", "train.scaling=standard", "train.output=linear", "crossvalidate.splits=3", "crossvalidate.repeats=2"})
	svm, err := os.ReadFile("svm.json")
	if err != nil {
		t.Fatal(err)
	}
	w := workspace{folder: t.TempDir()}
	if err := w.prepare(settings, raw, set.functionalCase(t, raw)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(w.folder)
	writeFiles(t, map[string]string{
		svmPath:           string(svm),
		recipesPath:       "- name: default\n  about: as it is\n- name: wide\n  about: more units\n  set:\n  - train.hidden_sizes=[50]\n",
		"docs/recipes.md": "<!-- recipes: table -->\n<!-- end -->\n",
	})
	var log bytes.Buffer
	status := cli.Execute(t.Context(), "recipes", usage, func(ctx context.Context, c *cli.Command) error {
		if err := c.Parse(1); err != nil {
			return err
		}
		return measureAll(ctx, c, programs, rawPath)
	}, nil, &log, &log)
	if status != 0 {
		t.Fatalf("status %d: %s", status, log.String())
	}
	var measured []figures
	if err := recipe.ReadJSON(resultsPath, &measured); err != nil {
		t.Fatal(err)
	}
	if len(measured) != 2 {
		t.Fatalf("measured %+v", measured)
	}
	document, err := os.ReadFile("docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range measured {
		if f.Ahead != nil || f.Stratified.Value < 0.9 || f.Blocked.Value < 0.9 || f.Test.Value < 0.9 {
			t.Errorf("measured %+v", f)
		}
		if row := fmt.Sprintf("| %s | %v | %v |  | %v |", f.Name, f.Test, f.Stratified, f.Blocked); !strings.Contains(string(document), row) {
			t.Errorf("no %q in\n%s", row, document)
		}
	}
	if !strings.Contains(string(document), "| 2 x 3 folds |") {
		t.Errorf("the table does not say on what folds:\n%s", document)
	}
	if strings.Contains(string(document), "| SVM") {
		t.Errorf("it is compared with the SVM on Sonar:\n%s", document)
	}
}

func writeFiles(t *testing.T, files map[string]string) {
	t.Helper()
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
