package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/recipes/internal/recipe"
)

// build builds the pipeline's programs from the sources in a folder into another.
func build(ctx context.Context, sources, programs string) error {
	for _, name := range []string{"prepare", "train", "evaluate", "crossvalidate"} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(programs, name), "./cmd/"+name)
		cmd.Dir = sources
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
	}
	return nil
}

// A workspace is a folder in which the pipeline's programs run.
type workspace struct {
	programs string // the folder of the built programs
	folder   string
}

// prepare puts a params.yaml, a raw CSV file and functional cases in their places.
func (w workspace) prepare(settings []byte, raw string, cases ...string) error {
	files := map[string]string{"data/sonar.all-data": raw}
	for _, path := range cases {
		files["cases/"+filepath.Base(path)] = path
	}
	for name, from := range files {
		text, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		path := filepath.Join(w.folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(w.folder, "params.yaml"), settings, 0o666)
}

// run runs a program and returns the wall time that it took.
func (w workspace) run(ctx context.Context, name string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(w.programs, name), "-log-level", "error")
	cmd.Dir = w.folder
	started := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return time.Since(started), nil
}

// train makes the split, the model and its evaluation, and returns the accuracy on the test rows and
// the time that the training took.
func (w workspace) train(ctx context.Context) (test recipe.Estimate, took time.Duration, err error) {
	if _, err = w.run(ctx, "prepare"); err != nil {
		return test, 0, err
	}
	if took, err = w.run(ctx, "train"); err != nil {
		return test, 0, err
	}
	if _, err = w.run(ctx, "evaluate"); err != nil {
		return test, 0, err
	}
	var found struct {
		Test struct {
			Accuracy float64
			Interval recipe.Estimate `json:"accuracy_ci"`
		}
	}
	err = recipe.ReadJSON(filepath.Join(w.folder, "experiments/evaluation/metrics.json"), &found)
	test = found.Test.Interval
	test.Value = found.Test.Accuracy
	return test, took, err
}

// A crossvalidation is the accuracy of both schemes, and that of each fold of the one that decides.
type crossvalidation struct {
	stratified, blocked recipe.Estimate
	folds               []float64 // by repeat and fold
}

// crossvalidate cross-validates, on the folds that c asks for, as the params.yaml of the workspace must.
func (w workspace) crossvalidate(ctx context.Context, c params.Crossvalidate) (found crossvalidation, err error) {
	if _, err := w.run(ctx, "crossvalidate"); err != nil {
		return found, err
	}
	results := filepath.Join(w.folder, "experiments/crossvalidation")
	var report map[string]struct {
		Accuracy struct{ Mean, Low, High float64 }
	}
	if err := recipe.ReadJSON(filepath.Join(results, "metrics.json"), &report); err != nil {
		return found, err
	}
	estimate := func(scheme string) recipe.Estimate {
		accuracy := report[scheme].Accuracy
		return recipe.Estimate{Value: accuracy.Mean, Low: accuracy.Low, High: accuracy.High}
	}
	found.stratified, found.blocked = estimate(foldfile.Stratified), estimate(foldfile.Blocked)
	found.folds, err = readAccuracies(filepath.Join(results, "folds.csv"), c)
	return found, err
}

// readAccuracies reads the accuracy of each fold of the scheme that decides, by repeat and fold.
func readAccuracies(path string, c params.Crossvalidate) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	table, err := foldfile.ReadFolds(f, path)
	if err != nil {
		return nil, err
	}
	folds, err := table.Ordered(foldfile.Stratified, c.Repeats, c.Splits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	accuracies := make([]float64, len(folds))
	for i, fold := range folds {
		accuracies[i] = fold.Scores[foldfile.Accuracy]
	}
	return accuracies, nil
}
