package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"example.com/sonar/internal/recipe"
)

// Figures are what is measured of a recipe. All but the seconds are the same on every machine.
type figures struct {
	Name       string   `json:"name"`
	Test       estimate `json:"test"`       // accuracy on the test rows, Wilson's interval
	Stratified estimate `json:"stratified"` // cross-validated accuracy, corrected interval
	Blocked    estimate `json:"blocked"`    // the same of contiguous folds
	Seconds    float64  `json:"seconds"`    // one training's wall time, the program's start included
}

// An estimate is a share and its interval.
type estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
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
		files["tests/"+filepath.Base(path)] = path
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
	cases, err := filepath.Glob(filepath.Join(k.root, "tests/*.json"))
	if err != nil {
		return err
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
func (k *kitchen) train(ctx context.Context, folder string) (test estimate, took time.Duration, err error) {
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
			Interval estimate `json:"accuracy_ci"`
		}
	}
	err = read(filepath.Join(folder, "experiments/evaluation/metrics.json"), &found)
	test = found.Test.Interval
	test.Value = found.Test.Accuracy
	return test, took, err
}

// crossvalidate runs that program in a workspace.
func (k *kitchen) crossvalidate(ctx context.Context, folder string) (stratified, blocked estimate, err error) {
	if _, err = k.run(ctx, folder, "crossvalidate"); err != nil {
		return stratified, blocked, err
	}
	type scheme struct {
		Accuracy struct{ Mean, Low, High float64 }
	}
	var found struct{ Stratified, Blocked scheme }
	err = read(filepath.Join(folder, "experiments/crossvalidation/metrics.json"), &found)
	of := func(s scheme) estimate { return estimate{s.Accuracy.Mean, s.Accuracy.Low, s.Accuracy.High} }
	return of(found.Stratified), of(found.Blocked), err
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
	f.Stratified, f.Blocked, err = k.crossvalidate(ctx, folder)
	return f, err
}

func read(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
