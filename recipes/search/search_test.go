package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/tune"
)

var thorough = flag.Bool("thorough", false, "search in an outer fold of stratified ones again too; takes a quarter of a minute")

// TestOwnDataIsSearchedOn runs the program on a table with a header and a named label, of which there is no SVM
// to compare with.
func TestOwnDataIsSearchedOn(t *testing.T) {
	files := map[string]string{
		"data/own.csv":          readFile(t, "../../internal/dataset/testdata/breast_cancer.csv"),
		svmPath:                 readFile(t, "../svm.json"),
		documentPath:            "<!-- recipes: search stratified -->\n<!-- end -->\n<!-- recipes: search blocked -->\n<!-- end -->\n",
		spacePath("blocked"):    space("blocked", "loss") + linear,
		spacePath("stratified"): space("stratified", "accuracy") + linear + "- name: idle\n  about: learns nothing\n  train:\n    learning_rate: 1e-12\n",
	}
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

const linear = "- name: linear\n  about: no hidden layer\n  train:\n    hidden_sizes: []\n"

// space returns the file of a space without its candidates.
func space(scheme, metric string) string {
	return fmt.Sprintf(`search:
  candidates: list
  trials: 1
  random_state: 0
  scheme: %s
  metric: %s
  halving: 1
  splits: 5
outer:
  splits: 10
  repeats: 1
  random_state: 0
refit: {}
space:
`, scheme, metric)
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

// spaces returns the study of each scheme, of the repository's params.yaml and data.
func spaces(t *testing.T) []*tune.Study {
	t.Helper()
	t.Chdir("../..")
	var studies []*tune.Study
	for _, scheme := range foldfile.Schemes(false) {
		study, err := newStudy(t.Context(), scheme, "internal/dataset/testdata/sonar.all-data")
		if err != nil {
			t.Fatal(err)
		}
		studies = append(studies, study)
	}
	return studies
}

func TestTheResultsAreOfTheseCandidates(t *testing.T) {
	reports := readReports(t, "results.json")
	for i, study := range spaces(t) {
		var got, want []string
		for _, c := range study.Candidates {
			want = append(want, c.Name)
		}
		for _, c := range reports[i].Candidates {
			got = append(got, c.Name)
		}
		if !reflect.DeepEqual(got, want) || study.Search.Scheme != reports[i].Scheme {
			t.Errorf("%s: the results are of %v, the candidates are %v: run `make search`", reports[i].Scheme, got, want)
		}
		if n := study.Contests() - 1; n != len(reports[i].Folds) {
			t.Errorf("%s: %d outer folds, the results have %d", reports[i].Scheme, n, len(reports[i].Folds))
		}
	}
}

// TestTheResultsAreWhatTheSearchFinds searches in one outer fold of each scheme again, by default on blocks alone.
func TestTheResultsAreWhatTheSearchFinds(t *testing.T) {
	reports := readReports(t, "results.json")
	for i, study := range spaces(t) {
		if study.Search.Scheme == foldfile.Stratified && !*thorough {
			continue
		}
		const fold = 3
		contests, err := study.Hold(t.Context(), func(contest int) bool { return contest == fold }, runtime.GOMAXPROCS(0), tune.NoRecords{}, tune.Progress{})
		if err != nil {
			t.Fatal(err)
		}
		got := choice{study.Candidates[contests[0].Winner].Name, contests[0].Nested.Scores[foldfile.Accuracy]}
		if want := reports[i].Folds[fold]; got != want {
			t.Errorf("%s: outer fold %d has %+v, want %+v", study.Search.Scheme, fold, got, want)
		}
	}
}
