package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/sonar/internal/foldfile"
)

// TestALongRunShowsItsFoldsAndIfItIsStoppedTheResultsOfTheOneBefore stops a run that has shown something.
func TestALongRunShowsItsFoldsAndIfItIsStoppedTheResultsOfTheOneBefore(t *testing.T) {
	project(t, "sonar.all-data")
	set(t, map[string]any{"train.epochs": 1000, "crossvalidate.repeats": 1000})
	for _, name := range []string{"metrics.json", "folds.csv", "predictions.csv", "plots/curves.csv"} {
		writeFile(t, filepath.Join(outPath, name), "of the run before")
	}
	before := files(t, outPath)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	shown := make(chan string, 1)
	go func() {
		defer stop()
		for ctx.Err() == nil {
			text, _ := os.ReadFile(filepath.Join(outPath, "metrics.json"))
			folds, _ := os.ReadFile(filepath.Join(outPath, "folds.csv"))
			if strings.HasPrefix(string(text), "{") && strings.HasPrefix(string(folds), "scheme,") {
				shown <- string(text)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	started := time.Now()
	status, stderr := execute(ctx)
	if len(shown) == 0 || status == 0 {
		t.Fatalf("status %d, nothing is shown: %s", status, stderr)
	}
	if took := time.Since(started); took < time.Second {
		t.Errorf("something is shown after %v", took)
	}
	var report map[string]map[string]map[string]*float64
	if err := json.Unmarshal([]byte(<-shown), &report); err != nil {
		t.Fatal(err)
	}
	accuracy := report[foldfile.Stratified]["accuracy"]
	if folds := accuracy["folds"]; folds == nil || *folds < 1 || *folds > 1000 || accuracy["low"] != nil || *accuracy["mean"] < 0.5 {
		t.Errorf("a run under way shows %v", report)
	}
	after := files(t, outPath)
	maps.DeleteFunc(after, func(path, _ string) bool { return filepath.Base(path) == ".sonar-lock" })
	if !maps.Equal(after, before) {
		t.Errorf("a run that was stopped leaves %v", after)
	}
}

// TestARunThatIsKilledIsRepairedByTheNext, even if that fails.
func TestARunThatIsKilledIsRepairedByTheNext(t *testing.T) {
	quick(t)
	succeed(t)
	want := files(t, outPath)
	// What a run that was killed has kept aside, and shows.
	writeFile(t, filepath.Join(outPath, "metrics.json"), "half")
	writeFile(t, filepath.Join(outPath, ".before/0"), want[filepath.Join(outPath, "metrics.json")])
	writeFile(t, filepath.Join(outPath, ".before/list.json"), "[true,false,false,false]")
	set(t, map[string]any{"train.learning_rate": 1e300, "train.optimizer": "sgd", "train.output": "linear"})
	if status, stderr := execute(t.Context()); status != 1 || !strings.Contains(stderr, "not finite") {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if got := readFile(t, filepath.Join(outPath, "metrics.json")); got != want[filepath.Join(outPath, "metrics.json")] {
		t.Errorf("a run that fails leaves %q", got)
	}
	if _, err := os.Stat(filepath.Join(outPath, ".before")); err == nil {
		t.Error("what was kept aside stays")
	}
}
