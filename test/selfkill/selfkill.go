//go:build !windows

// Package selfkill builds programs that kill themselves at a chosen step of writing their outputs. What users
// run has no such thing in it: one file of package atomicfile is replaced while they are compiled.
//
// The steps are before and after each temporary file is made, written (and in the middle), synced and renamed,
// and before and after each folder is synced.
package selfkill

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// Build compiles the program cmd/NAME into folder and returns its path.
func Build(t testing.TB, folder, name string) (program string) {
	t.Helper()
	_, source, _, _ := runtime.Caller(0)
	here := filepath.Dir(source)
	root := filepath.Join(here, "../..")
	overlay, program := filepath.Join(folder, "overlay.json"), filepath.Join(folder, name)
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "internal/atomicfile/disk.go"): filepath.Join(here, "testdata/killer.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, text, 0o666); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-o", program, "./cmd/"+name)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// At is what the environment of a program has so that it kills itself at a step, counted from 1.
func At(step int) string { return "KILL_AT=" + strconv.Itoa(step) }
