package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build makes a program of this project, for use in other folders.
func build(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", path, "../"+name).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// TestABrokenRecipeMakesTheGateFire cross-validates real recipes on the branches of a repository and
// runs the built program as CI does: the exit status decides.
func TestABrokenRecipeMakesTheGateFire(t *testing.T) {
	crossvalidate, compare := build(t, "crossvalidate"), build(t, "compare")
	files := map[string]string{}
	for from, to := range map[string]string{
		"../../params.yaml": "params.yaml",
		"../../internal/dataset/testdata/sonar.all-data": "data/sonar.all-data",
		"../../data/sonar.all-data.dvc":                  "data/sonar.all-data.dvc",
	} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		files[to] = string(text)
	}
	p := newProject(t)
	files[".gitignore"] = "data/sonar.all-data\nexperiments/logs/\n"
	p.write(files)
	recipe := func(old, new string) {
		if !strings.Contains(files["params.yaml"], old) {
			t.Fatalf("params.yaml has no %q", old)
		}
		p.write(changed(files, "params.yaml", old, new))
		if out, err := exec.Command(crossvalidate).CombinedOutput(); err != nil {
			t.Fatalf("crossvalidate: %v\n%s", err, out)
		}
	}
	recipe("seed: 0", "seed: 0")
	p.commit(nil)
	p.branch("broken", nil)
	recipe("learning_rate: 0.01", "learning_rate: 0.0001")
	p.commit(nil)
	p.branch("other-seed", nil)
	recipe("seed: 0", "seed: 1000")
	p.commit(nil)
	p.branch("same-result", nil)
	recipe("momentum: 0.9", "momentum: 0.5") // which adam does not use
	p.commit(nil)

	tests := []struct {
		base, head string
		status     int
		says       string
	}{
		{"main", "broken", 1, "regressed: accuracy fell from 0.8128 to "},
		{"main", "broken", 1, "\naccuracy                0.8125 "}, // over rows, which folds of 20 and of 21 rows count unequally
		{"broken", "main", 0, "improved: accuracy rose from "},
		{"main", "other-seed", 0, "inconclusive: "},
		{"main", "same-result", 0, "identical: "},
	}
	for _, test := range tests {
		t.Run(test.base+" "+test.head, func(t *testing.T) {
			cmd := exec.Command(compare, test.base, test.head)
			out, _ := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); status != test.status || !strings.Contains(string(out), test.says) {
				t.Errorf("status %d, want %d and %q:\n%s", status, test.status, test.says, out)
			}
			if strings.Contains(string(out), "Caution") {
				t.Errorf("the outputs of one run doubt each other:\n%s", out)
			}
		})
	}
}
