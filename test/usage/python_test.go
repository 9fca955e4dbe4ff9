//go:build pipeline

package usage

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePythonOfThePageAgreesWithPredict(t *testing.T) {
	programs := snippets(t, "python", 2)
	for name, c := range map[string]struct{ work, program string }{
		"numbers without a header": {pipeline(t), programs[0]},
		"columns with names":       {named(t), programs[1]},
	} {
		t.Run(name, func(t *testing.T) {
			python, err := filepath.Abs(root + "/.venv/bin/python")
			if err != nil {
				t.Fatal(err)
			}
			check(t, c.work, python, "-c", c.program)
		})
	}
}

// named runs the stages on a table of numbers, texts and gaps, in a new folder, and returns it.
func named(t *testing.T) string {
	t.Helper()
	work, programs := t.TempDir(), t.TempDir()
	settings, err := os.ReadFile(root + "/test/exactness/testdata/params.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(settings), "\nprepare:")
	raw, err := os.ReadFile(root + "/internal/dataset/testdata/table_b.csv")
	if err != nil {
		t.Fatal(err)
	}
	data := "data: {classes: [low, mid, high], header: true, label: outcome, id: visit, group: site, drop: [remark], " +
		"categorical: [kind, colour, size], missing: ['', NA]}\nprepare:"
	for path, text := range map[string]string{"params.yaml": data + strings.Replace(rest, "scaling: none", "scaling: standard", 1), "raw.csv": string(raw)} {
		if err := os.WriteFile(filepath.Join(work, path), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(work, "cases"), 0o777); err != nil {
		t.Fatal(err)
	}
	run := func(folder string, args ...string) {
		command := exec.CommandContext(t.Context(), args[0], args[1:]...)
		command.Dir = folder
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	run(root, "go", "build", "-o", programs+"/", "./cmd/prepare", "./cmd/train", "./cmd/evaluate", "./cmd/export")
	run(work, programs+"/prepare", "-raw", "raw.csv")
	for _, stage := range []string{"train", "evaluate", "export"} {
		run(work, programs+"/"+stage)
	}
	return work
}
