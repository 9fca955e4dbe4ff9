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
)

// TestALongSearchShowsItsTrialsAndIfItIsStoppedTheResultsOfTheOneBefore stops a search that has shown something.
func TestALongSearchShowsItsTrialsAndIfItIsStoppedTheResultsOfTheOneBefore(t *testing.T) {
	project(t, 400)
	writeFile(t, spacePath, strings.Replace(quickSpace, "trials: 6", "trials: 5000", 1))
	writeFile(t, outPath+"/metrics.json", "of the search before")
	writeFile(t, outPath+"/trials.csv", "of the search before")
	before := files(t, outPath)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	shown := make(chan string, 1)
	go func() {
		defer stop()
		for ctx.Err() == nil {
			text, _ := os.ReadFile(outPath + "/metrics.json") // the last to be replaced
			trials, _ := os.ReadFile(outPath + "/trials.csv")
			if strings.HasPrefix(string(text), "{") && strings.Count(string(trials), "\nall,0,") > 1 {
				shown <- string(text)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	status, _, stderr := execute(ctx)
	if len(shown) == 0 || status == 0 {
		t.Fatalf("status %d, nothing is shown: %s", status, stderr)
	}
	var metrics struct {
		Nested any
		Chosen struct{ Inner struct{ Accuracy float64 } }
		Looks  struct{ Networks int }
	}
	if err := json.Unmarshal([]byte(<-shown), &metrics); err != nil {
		t.Fatal(err)
	}
	if metrics.Nested != nil || metrics.Chosen.Inner.Accuracy < 0.5 || metrics.Looks.Networks < 2 {
		t.Errorf("a search under way shows %v", metrics)
	}
	if after := files(t, outPath); !maps.Equal(after, before) {
		t.Errorf("a search that was stopped leaves %v", after)
	}
	if _, err := os.Stat(filepath.Join(outPath, ".before")); err == nil {
		t.Error("what was kept aside stays")
	}
}
