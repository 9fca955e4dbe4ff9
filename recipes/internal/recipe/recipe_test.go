package recipe

import (
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

const settings = `# The settings.
data:
  classes: # in order
  - R
  - M
train:
  epochs: 80
  hidden_sizes:
  - 40
`

func TestApplyChangesTheKeysThatARecipeNames(t *testing.T) {
	r := Recipe{Name: "wide", Set: []string{"train.hidden_sizes=[100,100]", "train.epochs=300"}}
	got, err := r.Apply([]byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"epochs: 300\n", "hidden_sizes: [100, 100]\n", "- R\n", "# The settings.\n"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if again, err := (Recipe{}).Apply([]byte(settings)); err != nil || !strings.Contains(string(again), "epochs: 80\n") {
		t.Errorf("a recipe without changes: %v\n%s", err, again)
	}
}

func TestWhatParamsDoNotHaveIsRefused(t *testing.T) {
	for _, change := range []string{"train.epoch=3", "trian.epochs=3", "epochs=3", "train.hidden_sizes=[1"} {
		if _, err := (Recipe{Name: "wrong", Set: []string{change}}).Apply([]byte(settings)); err == nil || !strings.HasPrefix(err.Error(), "recipe wrong: ") {
			t.Errorf("%s: %v", change, err)
		}
	}
	if _, err := (Recipe{Name: "wrong", Set: []string{"train.epochs=0"}}).Params([]byte(settings), params.SectionTrain); err == nil || !strings.Contains(err.Error(), "train.epochs must be") {
		t.Errorf("no epochs: %v", err)
	}
}

func TestCommandIsWhatDVCTakes(t *testing.T) {
	r := Recipe{Name: "wide", Set: []string{"train.hidden_sizes=[100,100]", "train.epochs=300"}}
	if got, want := r.Command(), "dvc exp run -n wide -S 'train.hidden_sizes=[100,100]' -S train.epochs=300"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := (Recipe{Name: "default"}).Command(); got != "dvc repro" {
		t.Errorf("without changes: %s", got)
	}
}

func TestReadFileRefusesUnknownKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "recipes.yaml")
	for text, names := range map[string][]string{
		"- name: a\n- name: b\n  set: [x.y=1]\n": {"a", "b"},
		"- name: a\n  sets: [x.y=1]\n":           nil,
		"name: a\n":                              nil,
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		var got []string
		all, err := ReadFile(path)
		for _, r := range all {
			got = append(got, r.Name)
		}
		if !slices.Equal(got, names) || (err == nil) != (names != nil) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestReplaceKeepsWhatIsOutsideTheMarkers(t *testing.T) {
	const document = "a\n<!-- recipes: one -->\nold\n<!-- end -->\nb\n<!-- recipes: two -->\n<!-- end -->\n"
	got, err := Replace([]byte(document), Block{"two", "2\n"}, Block{"none", "0\n"}, Block{"one", "1\n"})
	const want = "a\n<!-- recipes: one -->\n1\n<!-- end -->\nb\n<!-- recipes: two -->\n2\n<!-- end -->\n"
	if err != nil || string(got) != want {
		t.Errorf("%v, got\n%s", err, got)
	}
	if _, err := Replace([]byte("<!-- recipes: one -->\n"), Block{"one", ""}); err == nil {
		t.Error("a block without an end is taken")
	}
}

// What an SVM file holds is compared with folds, or refused: nothing in it stops the program.
func FuzzReadSVM(f *testing.F) {
	const raw = "1,R\n"
	c := params.Crossvalidate{Splits: 2, Repeats: 1}
	sum := fmt.Sprintf("%x", md5.Sum([]byte(raw)))
	f.Add([]byte(`{"md5": "` + sum + `", "splits": 2, "repeats": 1, "random_state": 0, "stratified": [0.5, 1], "blocked": [0, 1]}`))
	f.Add([]byte(`{"md5": "` + sum + `", "splits": 2, "repeats": 1, "stratified": [1e308, -1e308]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{"raw": []byte(raw), "svm.json": text} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		svm, err := ReadSVM(filepath.Join(dir, "svm.json"), filepath.Join(dir, "raw"), c)
		if err != nil || svm == nil {
			return
		}
		ahead, err := svm.Ahead(foldfile.Stratified, []float64{0.5, 0.75})
		if (err == nil) != (len(svm.Stratified) == 2) || err == nil && ahead == nil {
			t.Errorf("ahead by %v, error %v, of %+v", ahead, err, svm)
		}
	})
}

// Whatever a file of recipes holds, it is refused, or each recipe is a set of changes that can be made or not.
func FuzzRead(f *testing.F) {
	settings, err := os.ReadFile("../../../params.yaml")
	if err != nil {
		f.Fatal(err)
	}
	recipes, err := os.ReadFile("../../recipes.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(recipes)
	f.Add([]byte("- name: a\n  set: [train.epochs=3, train.seed=, data=, =1, 'train.epochs=*x']\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := read(text, "recipes.yaml")
		if err != nil && !strings.HasPrefix(err.Error(), "recipes.yaml: ") {
			t.Errorf("error %v", err)
		}
		for _, r := range all {
			r.Command()
			if p, err := r.Params(settings, params.SectionData, params.SectionTrain); err == nil && p.Train.Epochs < 1 {
				t.Errorf("it is taken with %d epochs", p.Train.Epochs)
			}
		}
	})
}

// Whatever a file of results holds, it is read or refused with its name.
func FuzzReadJSON(f *testing.F) {
	f.Add([]byte(`{"default": {"accuracy": 0.8127619047619048, "seconds": 0.02, "folds": [1, 2.5e-3, null, true, "x"]}}`))
	f.Add([]byte(`[]`))
	f.Add([]byte(`{"a":` + strings.Repeat("[", 100)))
	path := filepath.Join(f.TempDir(), "results.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		var results any
		err := ReadJSON(path, &results)
		var tooLarge *json.UnmarshalTypeError // a number such as 1e999
		if readable := json.Valid(text) && !errors.As(err, &tooLarge); (err == nil) != readable || err != nil && !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("error %v", err)
		}
	})
}
