//go:build unix

package main

import (
	"os"
	"os/exec"
	"testing"
)

// A limit on the size of files stands for a disk that is full: writing fails in the midst.
func TestPrepareOnAFullDiskLeavesTheOldFiles(t *testing.T) {
	project(t)
	for path := range knownSums {
		writeFile(t, path, "old")
	}
	before := tree(t)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `ulimit -f 16; exec "$0"`, program)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	output, err := cmd.CombinedOutput()
	if want := "prepare: data/X_train.csv: cannot be written: file too large\n"; string(output) != want || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v, output %q, want %q", err, output, want)
	}
	checkUntouched(t, before)
}
