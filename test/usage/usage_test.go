//go:build pipeline || javascript

// Package usage runs the programs that docs/using-the-model.md shows, each in its language.
package usage

import (
	"encoding/csv"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/sonar/test/exactness"
)

const (
	root = "../.."
	page = root + "/docs/using-the-model.md"
)

// snippets returns the programs of a language that the page shows, of which there are this many.
func snippets(t *testing.T, language string, count int) (programs []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```"+language+"\n(.*?)```\n").FindAllStringSubmatch(string(text), -1)
	if len(blocks) != count {
		t.Fatalf("%s has %d blocks of %s, want %d", page, len(blocks), language, count)
	}
	for _, block := range blocks {
		programs = append(programs, block[1])
	}
	return programs
}

// pipeline runs the stages with the default settings in a new folder, and returns it.
func pipeline(t *testing.T) string {
	t.Helper()
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	programs, work := t.TempDir(), t.TempDir()
	var asBuilt exactness.Variant
	if err := asBuilt.Compile(top, programs); err != nil {
		t.Fatal(err)
	}
	if _, err := asBuilt.Run(top, programs, work, exactness.Recipes["default"]); err != nil {
		t.Fatal(err)
	}
	return work
}

// check runs a command in a folder of the pipeline: it must print the label and the probabilities of each test row as
// predictions.csv has them.
func check(t *testing.T, work string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), args[0], args[1:]...)
	var stderr strings.Builder
	command.Dir, command.Stderr = work, &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, stderr.String())
	}
	file, err := os.Open(filepath.Join(work, "experiments/evaluation/predictions.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	prediction := slices.Index(want[0], "prediction")
	if want = want[1:]; len(lines) != len(want) || len(lines) < 50 {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), out)
	}
	for i, line := range lines {
		theirs, ours := strings.Fields(line), want[i][prediction:]
		if len(theirs) != len(ours) || theirs[0] != ours[0] {
			t.Fatalf("row %d is %q, want %q", i, theirs, ours)
		}
		for k := 1; k < len(ours); k++ {
			a, errA := strconv.ParseFloat(theirs[k], 64)
			b, errB := strconv.ParseFloat(ours[k], 64)
			if errA != nil || errB != nil || !(math.Abs(a-b) <= 1e-12) {
				t.Errorf("row %d is %q, want %q", i, theirs, ours)
			}
		}
	}
}
