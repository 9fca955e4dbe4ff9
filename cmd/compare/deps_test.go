package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestCompareIsBuiltFromNothingThatTrains: it reads tables that were written, by whatever program, so a
// change of how networks are trained cannot change how they are compared.
func TestCompareIsBuiltFromNothingThatTrains(t *testing.T) {
	const module = "example.com/sonar/"
	out, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Imports}}", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	forbidden := []string{"checkpoint", "crossval", "datafile", "dataset", "features", "mlp", "model", "parallel", "plot", "random"}
	var rooms []string
	for line := range strings.Lines(string(out)) {
		path, _, _ := strings.Cut(line, " ")
		room, ours := strings.CutPrefix(path, module+"internal/")
		if ours {
			rooms = append(rooms, room)
		}
		if slices.Contains(forbidden, room) {
			t.Errorf("compare is built from %s", path)
		}
		if path == module+"internal/foldfile" && strings.Count(line, module) > 1 {
			t.Errorf("foldfile, a format alone, imports a package of ours: %s", line)
		}
	}
	if !slices.Contains(rooms, "compare") || !slices.Contains(rooms, "foldfile") {
		t.Errorf("compare is built from %v, want compare and foldfile among them", rooms)
	}
}
