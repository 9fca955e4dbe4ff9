//go:build pipeline

package exactness

import (
	"errors"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAnUnknownKernelIsAUsageError runs every program that trains or predicts.
func TestAnUnknownKernelIsAUsageError(t *testing.T) {
	var programs []string
	for _, line := range goList(t, "-f", `{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}}{{end}}`, "./...") {
		if deps := strings.Fields(line); slices.Contains(deps, module+"internal/mlp") {
			programs = append(programs, deps[0])
		}
	}
	if !slices.Contains(programs, module+"cmd/train") {
		t.Fatalf("the programs that train or predict are %q", programs)
	}
	folder := t.TempDir()
	build := exec.Command("go", append([]string{"build", "-o", folder + string(filepath.Separator)}, programs...)...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
	for _, program := range programs {
		name := path.Base(program)
		t.Run(name, func(t *testing.T) {
			run := exec.Command(filepath.Join(folder, name))
			run.Dir = t.TempDir()
			run.Env = append(run.Environ(), "SONAR_KERNEL=foo")
			out, err := run.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 2 {
				t.Errorf("got %v, want status 2", err)
			}
			line, rest, _ := strings.Cut(string(out), "\n")
			if !strings.HasPrefix(line, name+": SONAR_KERNEL must ") || !strings.Contains(line, `got "foo"`) || rest != "" {
				t.Errorf("it prints %q, want one line", out)
			}
		})
	}
}
