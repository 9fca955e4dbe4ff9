package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// leaveCheckpoints trains, but does not let the model take its place: the checkpoints of the last epoch stay, and are returned.
func leaveCheckpoints(t *testing.T) map[string]string {
	t.Helper()
	writeFile(t, "experiments/model.safetensors/in the way", "")
	if status, stderr := train(t); status != 1 || !strings.Contains(stderr, "INF training") {
		t.Fatalf("status %d: %s", status, stderr)
	}
	all := map[string]string{}
	entries, err := os.ReadDir("experiments/checkpoints")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		path := "experiments/checkpoints/" + entry.Name()
		all[path] = readFile(t, path)
	}
	return all
}

const (
	resumed = "INF resumed"
	ignored = "WRN ignored: it is of other params, other data, another network or another program"
)

var smallEnsemble = []func(*testing.T, string) string{
	set("hidden_sizes", "[3]"), set("epochs", "6"), set("batch_size", "16"), set("dropout", "0.2"), set("patience", "4"),
	set("ensemble", "2"), set("checkpoint_every", "2"),
}

// Each key of the data and train sections has another value here, with which the same split can be read.
func TestACheckpointOfOtherParamsIsIgnored(t *testing.T) {
	others := map[string]string{
		"classes": "[b, a]", "label": "''", "id": "''", "group": "''", "drop": "[e]", "categorical": "[t]", "missing": "['', NA, x]",

		"seed": "1", "hidden_sizes": "[4]", "activation": "tanh", "output": "linear", "loss": "binary_cross_entropy",
		"optimizer": "adamw", "learning_rate": "0.02", "momentum": "0.8", "weight_decay": "0.1", "schedule": "cosine",
		"epochs": "7", "batch_size": "8", "scaling": "none", "dropout": "0.1", "input_noise": "0.1", "label_smoothing": "0.1",
		"class_weight": "balanced", "ensemble": "3", "patience": "5", "checkpoint_every": "3",
	}
	mixedWorkspace(t, smallEnsemble...)
	settings := readFile(t, "params.yaml")
	keys := append(slices.Collect(maps.Keys(others)), "header") // without a header it would be another split
	slices.Sort(keys)
	if all := keysOf(settings, "data", "train"); !slices.Equal(keys, all) {
		t.Fatalf("there are other values of %q, but the keys are %q", keys, all)
	}
	left := leaveCheckpoints(t)
	if len(left) != 2 {
		t.Fatalf("there are %q", slices.Sorted(maps.Keys(left)))
	}
	if _, log := train(t); strings.Count(log, resumed) != 2 {
		t.Fatalf("the same training is not resumed: %s", log)
	}
	for key, value := range others {
		t.Run(key, func(t *testing.T) {
			writeFile(t, "params.yaml", set(key, value)(t, settings))
			for path, text := range left {
				writeFile(t, path, text)
			}
			if _, log := train(t); strings.Count(log, ignored) != 2 || strings.Contains(log, resumed) {
				t.Errorf("with %s: %s the log is %s", key, value, log)
			}
		})
	}
}

// keysOf returns the keys of sections of a params.yaml, in ascending order.
func keysOf(text string, sections ...string) (keys []string) {
	for _, section := range sections {
		_, lines, _ := strings.Cut("\n"+text, "\n"+section+":\n")
		lines = regexp.MustCompile(`(?m)^\w`).Split(lines, 2)[0]
		for _, key := range regexp.MustCompile(`(?m)^  (\w+):`).FindAllStringSubmatch(lines, -1) {
			keys = append(keys, key[1])
		}
	}
	slices.Sort(keys)
	return keys
}

// The networks of an ensemble differ by their seeds alone, so one's state has the sizes of another's.
func TestACheckpointOfAnotherNetworkIsIgnored(t *testing.T) {
	mixedWorkspace(t, append(smallEnsemble, set("ensemble", "3"))...)
	mustTrain(t)
	want := files(t, "experiments")
	if err := os.RemoveAll("experiments"); err != nil {
		t.Fatal(err)
	}
	left := leaveCheckpoints(t)
	if err := os.RemoveAll("experiments/model.safetensors"); err != nil {
		t.Fatal(err)
	}
	const first, second = "experiments/checkpoints/network-0.checkpoint", "experiments/checkpoints/network-1.checkpoint"
	writeFile(t, first, left[second])
	writeFile(t, second, left[first])
	if log := mustTrain(t); strings.Count(log, ignored) != 2 || strings.Count(log, resumed) != 1 {
		t.Errorf("the log is %s", log)
	}
	wantSameFiles(t, files(t, "experiments"), want)
}
