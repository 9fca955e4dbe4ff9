package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
	"example.com/sonar/recipes/internal/recipe"
)

var classes = []string{"R", "M"}

// A raw file in memory.
type raw struct{ *strings.Reader }

func (raw) Name() string { return "raw" }

// points returns so many points of the unit square.
func points(rows int) [][2]float64 {
	values := make([]float64, 2*rows)
	random.Stream{Seed: 1}.Uniforms(values, 0, 0, 0)
	all := make([][2]float64, rows)
	for b := range all {
		all[b] = [2]float64{values[2*b], values[2*b+1]}
	}
	return all
}

// labels alternate along the first coordinate, which no linear model can learn.
func labels(points [][2]float64) []int {
	all := make([]int, len(points))
	for b, p := range points {
		all[b] = int(4*p[0]) % 2
	}
	return all
}

func table(t *testing.T, points [][2]float64, labels []int) *dataset.Table {
	t.Helper()
	var text strings.Builder
	for b, p := range points {
		fmt.Fprintf(&text, "%v,%v,%s\n", p[0], p[1], classes[labels[b]])
	}
	table, err := dataset.Read(t.Context(), raw{strings.NewReader(text.String())}, params.Data{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// twoCandidates are a linear model, which cannot do it, and a network that can.
func twoCandidates() []candidate {
	linear := params.Params{Data: params.Data{Classes: classes}, Train: params.Train{
		Activation: params.Tanh, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam, LearningRate: 0.03,
		Schedule: params.Constant, Epochs: 150, Scaling: params.Standard, Ensemble: 1,
	}}
	network := linear
	network.Train.HiddenSizes = []int{20}
	return []candidate{{recipe.Recipe{Name: "linear"}, &linear}, {recipe.Recipe{Name: "network"}, &network}}
}

func (s search) mustNest(t *testing.T) []outcome {
	t.Helper()
	tasks, err := s.outerTasks()
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	outcomes, err := s.nested(t.Context(), tasks, func(n int) { done = n })
	if err != nil {
		t.Fatal(err)
	}
	if done != len(tasks) {
		t.Errorf("progress ends at %d of %d", done, len(tasks))
	}
	return outcomes
}

func TestTheSearchFindsWhatWorks(t *testing.T) {
	rows := points(120)
	for _, scheme := range foldfile.Schemes(false) {
		t.Run(scheme, func(t *testing.T) {
			s := search{scheme, twoCandidates(), table(t, rows, labels(rows))}
			outcomes := s.mustNest(t)
			final, err := s.onAllRows(t.Context())
			if err != nil || final != 1 {
				t.Errorf("on all rows candidate %d is chosen: %v", final, err)
			}
			r := newReport(scheme, s.candidates, outcomes, final)
			if chosen := r.Candidates[1].Chosen; chosen != len(outcomes) {
				t.Errorf("of %d folds %d chose the network", len(outcomes), chosen)
			}
			if r.Nested.Value < 0.9 || r.Candidates[0].Accuracy > 0.75 || r.Candidates[1].Accuracy < 0.9 {
				t.Errorf("found %+v", r)
			}
		})
	}
}

// Whatever the rows hold that an outer fold tests on, its choice and the scores that led to it stay.
func TestTheChoiceDoesNotSeeTheRowsItIsTestedOn(t *testing.T) {
	rows := points(120)
	for _, scheme := range foldfile.Schemes(false) {
		t.Run(scheme, func(t *testing.T) {
			s := search{scheme, twoCandidates(), table(t, rows, labels(rows))}
			want := s.mustNest(t)
			tasks, err := s.outerTasks()
			if err != nil {
				t.Fatal(err)
			}
			const fold = 4
			_, tested := tasks[fold].Rows()
			others := append([][2]float64(nil), rows...)
			for _, row := range tested {
				others[row][0] = 1 - others[row][0]
			}
			s.table = table(t, others, labels(rows))
			got := s.mustNest(t)
			if !reflect.DeepEqual(got[fold].inner, want[fold].inner) || got[fold].chosen != want[fold].chosen {
				t.Error("the choice depends on the rows that it is tested on")
			}
			if got[fold].accuracy == want[fold].accuracy {
				t.Error("the test does not")
			}
		})
	}
}

func TestTheBestIsChosenByAccuracyAndOnBlocksByLoss(t *testing.T) {
	tests := []struct {
		name                string
		scores              []score
		stratified, blocked int
	}{
		{"the more accurate", []score{{0.8, 0.3}, {0.9, 0.4}}, 1, 0},
		{"of equals the lower loss", []score{{0.8, 0.5}, {0.8, 0.4}, {0.8, 0.45}}, 1, 1},
		{"rounding is no accuracy", []score{{0.8, 0.4}, {0.8 + 1e-9, 0.5}}, 0, 0},
		{"the first of the same", []score{{0.8, 0.4}, {0.8, 0.4}}, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			stratified, blocked := search{scheme: foldfile.Stratified}, search{scheme: foldfile.Blocked}
			if a, b := stratified.best(test.scores, 100), blocked.best(test.scores, 100); a != test.stratified || b != test.blocked {
				t.Errorf("chosen are %d and on blocks %d, want %d and %d", a, b, test.stratified, test.blocked)
			}
		})
	}
}

// TestOwnDataIsSearchedOn runs the program on a table with a header and a named label, of which there is no SVM
// to compare with.
func TestOwnDataIsSearchedOn(t *testing.T) {
	files := map[string]string{
		"data/own.csv":            readFile(t, "../../internal/dataset/testdata/breast_cancer.csv"),
		svmPath:                   readFile(t, "../svm.json"),
		documentPath:              "<!-- recipes: search stratified -->\n<!-- end -->\n<!-- recipes: search blocked -->\n<!-- end -->\n",
		candidatesPath("blocked"): "- name: linear\n  about: no hidden layer\n  set:\n  - train.hidden_sizes=[]\n",
	}
	files[candidatesPath("stratified")] = files[candidatesPath("blocked")] + "- name: idle\n  about: learns nothing\n  set:\n  - train.learning_rate=1e-12\n"
	files["params.yaml"] = settings(t, map[string]map[string]any{
		"data":  {"classes": []string{"benign", "malignant"}, "header": true, "label": "diagnosis"},
		"train": {"hidden_sizes": []int{2}, "epochs": 5, "learning_rate": 0.1, "scaling": "standard", "output": "linear"},
	})
	t.Chdir(t.TempDir())
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	if status := cli.Execute(t.Context(), "search", usage, run, []string{"-raw", "data/own.csv"}, &log, &log); status != 0 {
		t.Fatalf("status %d: %s", status, log.String())
	}
	reports := readReports(t, resultsPath)
	document := readFile(t, documentPath)
	for i, scheme := range foldfile.Schemes(false) {
		r := reports[i]
		if r.Scheme != scheme || r.Final != "linear" || r.Nested.Value < 0.9 || r.Ahead != nil {
			t.Errorf("%s: found %+v", scheme, r)
		}
		if want := fmt.Sprintf("<!-- recipes: search %s -->\nNested accuracy: **%v**, %d outer folds", scheme, r.Nested, len(r.Folds)); !strings.Contains(document, want) {
			t.Errorf("no %q in\n%s", want, document)
		}
	}
}

// settings returns the params.yaml of the repository with some changes.
func settings(t *testing.T, changes map[string]map[string]any) string {
	t.Helper()
	var all map[string]map[string]any
	if err := yaml.Unmarshal([]byte(readFile(t, "../../params.yaml")), &all); err != nil {
		t.Fatal(err)
	}
	for section, values := range changes {
		maps.Copy(all[section], values)
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readReports(t *testing.T, path string) []report {
	t.Helper()
	var reports []report
	if err := json.Unmarshal([]byte(readFile(t, path)), &reports); err != nil {
		t.Fatal(err)
	}
	return reports
}

func TestTheResultsAreOfTheseCandidates(t *testing.T) {
	for _, r := range readReports(t, "results.json") {
		candidates, err := recipe.ReadFile(r.Scheme + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for _, c := range candidates {
			want = append(want, c.Name)
		}
		for _, c := range r.Candidates {
			got = append(got, c.Name)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the results are of %v, the candidates are %v: run `make search`", r.Scheme, got, want)
		}
	}
}
