package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/recipes/internal/recipe"
)

var thorough = flag.Bool("thorough", false, "cross-validate every recipe again, not only the fast ones; takes minutes")

// fast is how long one training may take, in seconds, for a recipe to be cross-validated in every
// test run, which is 110 trainings.
const fast = 0.02

const sonarPath = dataFolder + "/sonar.all-data"

func readAll(t *testing.T) ([]recipe.Recipe, []figures) {
	t.Helper()
	recipes, err := recipe.ReadFile("recipes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var measured []figures
	if err := recipe.ReadJSON("results.json", &measured); err != nil {
		t.Fatal(err)
	}
	return recipes, measured
}

func TestEveryRecipeIsMeasured(t *testing.T) {
	recipes, measured := readAll(t)
	var want, got []string
	for _, r := range recipes {
		want = append(want, r.Name)
	}
	for _, f := range measured {
		got = append(got, f.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("measured are %v, want %v: run `make recipes`", got, want)
	}
}

// All figures but the times are the same on every machine, so they are compared to the last bit.
func TestTheTableIsTrue(t *testing.T) {
	recipes, measured := readAll(t)
	programs, p := built(t), project{"..", sonarPath}
	crossvalidated := 0
	for i, want := range measured {
		t.Run(want.Name, func(t *testing.T) {
			w := workspace{programs, t.TempDir()}
			folds, err := p.prepare(w, recipes[i])
			if err != nil {
				t.Fatal(err)
			}
			got := figures{Name: want.Name, Seconds: want.Seconds}
			if got.Test, _, err = w.train(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got.Test != want.Test {
				t.Errorf("the accuracy on the test rows is %v, the table has %v", got.Test, want.Test)
			}
			if want.Seconds > fast && !*thorough {
				return
			}
			crossvalidated++
			if err := p.crossvalidate(t.Context(), w, folds, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("measured are %+v, the table has %+v", got, want)
			}
		})
	}
	if crossvalidated == 0 || *thorough && crossvalidated < len(recipes) {
		t.Errorf("%d recipes were cross-validated", crossvalidated)
	}
}

func TestDocumentsShowTheResults(t *testing.T) {
	recipes, measured := readAll(t)
	folds, svm, err := project{"..", sonarPath}.svm()
	if err != nil || svm == nil {
		t.Fatalf("no SVM on Sonar's folds: %v", err)
	}
	shown := 0
	for _, path := range documents {
		text, err := os.ReadFile(filepath.Join("..", path))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		shown += strings.Count(string(text), "<!-- recipes: table -->")
		want, err := recipe.Replace(text, blocks(recipes, measured, folds, svm)...)
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != string(want) {
			t.Errorf("%s shows other results: run `make recipes`", path)
		}
	}
	if shown == 0 {
		t.Error("no document shows the table")
	}
}
