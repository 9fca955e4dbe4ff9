package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"example.com/sonar/internal/recipe"
)

// Figures are what is measured of a recipe. All but the seconds are the same on every machine.
type figures struct {
	Name       string          `json:"name"`
	Test       recipe.Estimate `json:"test"`       // accuracy on the test rows, Wilson's interval
	Stratified recipe.Estimate `json:"stratified"` // cross-validated accuracy, corrected interval
	Ahead      recipe.Estimate `json:"ahead"`      // by which it is above the SVM's on the same folds
	Blocked    recipe.Estimate `json:"blocked"`    // as Stratified, of contiguous folds
	Seconds    float64         `json:"seconds"`    // one training's wall time, the program's start included
}

// A kitchen has the programs of the pipeline, built, and runs them in folders of its own.
type kitchen struct {
	root     string // of the repository
	programs string
}

// newKitchen builds the programs of the repository at root into a folder.
func newKitchen(ctx context.Context, root, programs string) (*kitchen, error) {
	for _, name := range []string{"prepare", "train", "evaluate", "crossvalidate"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(programs, name), "./cmd/"+name)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return &kitchen{root: root, programs: programs}, nil
}

// set makes a folder a workspace, with a params.yaml, a raw CSV file and functional cases.
func (k *kitchen) set(folder string, params []byte, raw string, cases ...string) error {
	files := map[string]string{"data/sonar.all-data": raw}
	for _, path := range cases {
		files["cases/"+filepath.Base(path)] = path
	}
	for name, from := range files {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "params.yaml"), params, 0o666)
}

// setRecipe makes a folder a workspace of the Sonar data, with the params.yaml that the recipe
// makes.
func (k *kitchen) setRecipe(folder string, r recipe.Recipe) error {
	params, err := os.ReadFile(filepath.Join(k.root, "params.yaml"))
	if err != nil {
		return err
	}
	if params, err = r.Apply(params); err != nil {
		return err
	}
	cases, err := fs.Glob(os.DirFS(k.root), "cases/*.json")
	if err != nil {
		return err
	}
	for i := range cases {
		cases[i] = filepath.Join(k.root, cases[i])
	}
	return k.set(folder, params, filepath.Join(k.root, "internal/dataset/testdata/sonar.all-data"), cases...)
}

// run runs a program in a folder and gives the wall time that it took.
func (k *kitchen) run(ctx context.Context, folder, name string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(k.programs, name), "-log-level", "error")
	cmd.Dir = folder
	started := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return time.Since(started), nil
}

// train makes the split, the model and its evaluation in a workspace, and gives the time of training.
func (k *kitchen) train(ctx context.Context, folder string) (test recipe.Estimate, took time.Duration, err error) {
	if _, err = k.run(ctx, folder, "prepare"); err != nil {
		return test, 0, err
	}
	if took, err = k.run(ctx, folder, "train"); err != nil {
		return test, 0, err
	}
	if _, err = k.run(ctx, folder, "evaluate"); err != nil {
		return test, 0, err
	}
	var found struct {
		Test struct {
			Accuracy float64
			Interval recipe.Estimate `json:"accuracy_ci"`
		}
	}
	err = recipe.ReadJSON(filepath.Join(folder, "experiments/evaluation/metrics.json"), &found)
	test = found.Test.Interval
	test.Value = found.Test.Accuracy
	return test, took, err
}

// crossvalidate runs that program in a workspace and puts what it finds into f.
func (k *kitchen) crossvalidate(ctx context.Context, folder string, f *figures) error {
	if _, err := k.run(ctx, folder, "crossvalidate"); err != nil {
		return err
	}
	results := filepath.Join(folder, "experiments/crossvalidation")
	type scheme struct {
		Accuracy struct{ Mean, Low, High float64 }
	}
	var found struct{ Stratified, Blocked scheme }
	if err := recipe.ReadJSON(filepath.Join(results, "metrics.json"), &found); err != nil {
		return err
	}
	of := func(s scheme) recipe.Estimate {
		return recipe.Estimate{Value: s.Accuracy.Mean, Low: s.Accuracy.Low, High: s.Accuracy.High}
	}
	f.Stratified, f.Blocked = of(found.Stratified), of(found.Blocked)
	folds, err := readFolds(filepath.Join(results, "folds.csv"))
	if err != nil {
		return err
	}
	machine, err := recipe.ReadSVM(filepath.Join(k.root, svmPath))
	if err != nil {
		return err
	}
	f.Ahead, err = recipe.Ahead(folds, machine.Stratified)
	return err
}

const svmPath = "recipes/svm.json"

// readFolds reads the accuracies of the stratified scheme.
func readFolds(path string) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	column := slices.Index(lines[0], "accuracy")
	var folds []float64
	for _, line := range lines[1:] {
		if line[0] != "stratified" {
			continue
		}
		v, err := strconv.ParseFloat(line[column], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		folds = append(folds, v)
	}
	return folds, nil
}

const timings = 5 // of which the shortest counts

// measure does all that the table tells of a recipe.
func (k *kitchen) measure(ctx context.Context, r recipe.Recipe) (figures, error) {
	f := figures{Name: r.Name}
	folder, err := os.MkdirTemp("", "recipe-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(folder)
	if err := k.setRecipe(folder, r); err != nil {
		return f, err
	}
	var took time.Duration
	for range timings {
		var once time.Duration
		if f.Test, once, err = k.train(ctx, folder); err != nil {
			return f, err
		}
		if took == 0 || once < took {
			took = once
		}
	}
	f.Seconds = took.Round(time.Millisecond).Seconds()
	err = k.crossvalidate(ctx, folder, &f)
	return f, err
}
