package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/recipe"
)

// A dataSet is a file as people may bring it, and how they would tell of it in params.yaml.
type dataSet struct {
	data []string // changes to the data section
	features,
	label int // the columns of numbers, and the position of the label from 0
}

var dataSets = map[string]dataSet{
	"iris":          {data: []string{"data.classes=[setosa, versicolor, virginica]"}, features: 4, label: 4},
	"wine":          {data: []string{"data.classes=[class_2, class_0, class_1]", "data.label=14"}, features: 13, label: 13},
	"breast_cancer": {data: []string{"data.classes=[benign, malignant]", "data.header=true", "data.label=diagnosis"}, features: 30, label: 0},
	"digits":        {data: []string{"data.classes=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", "data.label=1"}, features: 64, label: 0},
}

// The pipeline's programs on data sets that scikit-learn ships, with a header and without, the label
// last, first, by position and by name: the accuracy is that of scikit-learn's MLPClassifier of the
// same settings on the same folds.
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
	k := builtKitchen(t)
	for _, run := range reference.Runs {
		t.Run(run.Data, func(t *testing.T) {
			set := dataSets[run.Data]
			folder := t.TempDir()
			raw := filepath.Join("../internal/dataset/testdata", run.Data+".csv")
			if err := k.set(folder, set.params(t, changes), raw, set.functionalCase(t, raw)); err != nil {
				t.Fatal(err)
			}
			test, _, err := k.train(t.Context(), folder)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := k.run(t.Context(), folder, "crossvalidate"); err != nil {
				t.Fatal(err)
			}
			ours, err := readFolds(filepath.Join(folder, "experiments/crossvalidation/folds.csv"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, ours, run.Accuracies, reference.Splits)
			if mean := metrics.NewResampled(ours, reference.Splits).Mean; mean < test.Low || mean > test.High {
				t.Errorf("the accuracy on the test rows is %v, in cross-validation %.3f", test, mean)
			}
		})
	}
}

// params is the params.yaml of the repository with another data section.
func (d dataSet) params(t *testing.T, changes []string) []byte {
	t.Helper()
	text, err := os.ReadFile("../params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	params, err := recipe.Recipe{Name: "own data", Set: slices.Concat(d.data, changes)}.Apply(text)
	if err != nil {
		t.Fatal(err)
	}
	return params
}

// functionalCase writes one of the file's last row.
func (d dataSet) functionalCase(t *testing.T, raw string) (path string) {
	t.Helper()
	lines := readCSV(t, raw)
	row := lines[len(lines)-1]
	label := row[d.label]
	features := slices.Delete(slices.Clone(row), d.label, d.label+1)
	if len(features) != d.features {
		t.Fatalf("%s has %d features", raw, len(features))
	}
	path = filepath.Join(t.TempDir(), "last.json")
	text := fmt.Sprintf(`{"X": [[%s]], "y": [%q]}`, strings.Join(features, ","), label)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// maxDifference is about one row of a fold of iris.
const maxDifference = 0.03

// compare sees that two classifiers differ by no more than the noise between folds, and by less than
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

func builtKitchen(t *testing.T) *kitchen {
	t.Helper()
	k, err := newKitchen(t.Context(), "..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return k
}
