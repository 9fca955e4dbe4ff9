package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestLiveFilesAreLaidOutAsDVCLiveDoes(t *testing.T) {
	workspace(t, set("epochs", "7"))
	mustTrain(t)
	var metrics map[string]json.RawMessage
	readJSON(t, []byte(readFile(t, "experiments/live/metrics.json")), &metrics)
	if keys := slices.Sorted(maps.Keys(metrics)); !slices.Equal(keys, []string{"step", "train", "val"}) {
		t.Fatalf("metrics.json has %v", keys)
	}
	if step := string(metrics["step"]); step != "6" {
		t.Errorf("after 7 epochs the step is %s, want 6, as it counts from 0", step)
	}
	for _, side := range []string{"train", "val"} {
		var last map[string]float64
		readJSON(t, metrics[side], &last)
		if len(last) != 3 {
			t.Errorf("metrics.json has %s %v", side, last)
		}
		for _, name := range []string{"loss", "accuracy", "f1_macro"} {
			path := filepath.Join("experiments/live/plots/metrics", side, name+".tsv")
			if curve := readCurve(t, path, name); len(curve) != 7 || curve[6] != last[name] {
				t.Errorf("%s has %v, want 7 numbers and the last one %v", path, curve, last[name])
			}
		}
	}
}

// readCurve reads a curve whose steps count from 0.
func readCurve(t *testing.T, path, name string) []float64 {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(readFile(t, path), "\n"), "\n")
	if lines[0] != "step\t"+name {
		t.Errorf("%s begins with %q", path, lines[0])
	}
	var curve []float64
	for i, line := range lines[1:] {
		step, value, _ := strings.Cut(line, "\t")
		v, err := strconv.ParseFloat(value, 64)
		if step != strconv.Itoa(i) || err != nil {
			t.Fatalf("%s:%d has %q", path, i+2, line)
		}
		curve = append(curve, v)
	}
	return curve
}

func readJSON(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// The scores of an early-stopped training are those of the epoch that was kept, and the curves show
// the epochs after it too.
func TestMetricsAreThoseOfTheEpochKept(t *testing.T) {
	workspace(t, set("epochs", "2000"), set("patience", "3"), set("learning_rate", "0.05"), set("batch_size", "16"))
	mustTrain(t)
	var metrics struct {
		Step int
		Val  struct{ Loss float64 }
	}
	readJSON(t, []byte(readFile(t, "experiments/live/metrics.json")), &metrics)
	curve := readCurve(t, "experiments/live/plots/metrics/val/loss.tsv", "loss")
	if len(curve) != metrics.Step+1+3 || len(curve) == 2000 {
		t.Errorf("stopped after %d epochs with step %d, want 3 epochs after the best", len(curve), metrics.Step)
	}
	if curve[metrics.Step] != metrics.Val.Loss {
		t.Errorf("val.loss is %v, want that of step %d, %v", metrics.Val.Loss, metrics.Step, curve[metrics.Step])
	}
}
