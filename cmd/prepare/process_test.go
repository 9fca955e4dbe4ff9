//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is prepare as a process of its own.
func program(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A limit on the size of files stands for a disk that is full: writing fails midway.
func TestPrepareOnAFullDiskLeavesTheOldFiles(t *testing.T) {
	project(t)
	for path := range knownSums {
		writeFile(t, path, "old")
	}
	before := tree(t)
	cmd := program(t, "sh", "-c", `ulimit -f 16; exec "$0"`, self(t))
	output, err := cmd.CombinedOutput() // with -cover, a line of Go's follows: its files do not fit either
	if want := "prepare: data/X_train.csv: cannot be written: file too large\n"; !strings.HasPrefix(string(output), want) || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v, output %q, want %q", err, output, want)
	}
	checkUntouched(t, before)
}

// The raw file is long enough for the signal to come while it is read.
func TestASignalStopsPrepareWhileItReads(t *testing.T) {
	project(t)
	writeLarge(t, "large.csv", 500_000, 60)
	cmd := program(t, self(t), "-raw", "large.csv")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for { // until the log is there, which is opened before the raw file is
		if _, err := os.Stat("experiments/logs/prepare.log"); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if want := "prepare: stopped by signal: interrupt\n"; cmd.ProcessState.ExitCode() != 130 || stderr.String() != want {
		t.Errorf("status %d, stderr %q", cmd.ProcessState.ExitCode(), stderr.String())
	}
	for path := range knownSums {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s was written: %v", path, err)
		}
	}
}

// Nobody ever writes to the pipe.
func TestPrepareDoesNotWaitForAPipe(t *testing.T) {
	project(t)
	for _, flag := range []string{"-raw", "-params"} {
		t.Run(flag, func(t *testing.T) {
			if err := syscall.Mkfifo("pipe"+flag, 0o666); err != nil {
				t.Fatal(err)
			}
			output, err := program(t, self(t), flag, "pipe"+flag).CombinedOutput()
			if want := "prepare: pipe" + flag + ": must be a regular file, is a named pipe\n"; err == nil || string(output) != want {
				t.Errorf("%v, output %q, want %q", err, output, want)
			}
		})
	}
}

// The memory on top of the table, 8 bytes for a number, does not grow with the file.
func TestPrepareTakesAThirdMoreThanTheFileInMemory(t *testing.T) {
	project(t)
	size := writeLarge(t, "large.csv", 100_000, 60)
	cmd := program(t, self(t), "-raw", "large.csv")
	cmd.Env = append(cmd.Env, "GOMAXPROCS=2")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	peak := int64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS != "darwin" {
		peak <<= 10 // it is in kilobytes elsewhere
	}
	const fixed = 24 << 20
	if peak > size*13/10+fixed {
		t.Errorf("a file of %d MB took %d MB, %.2f times as much", size>>20, peak>>20, float64(peak)/float64(size))
	}
}

// writeLarge writes a CSV file of numbers with four decimals, and returns its size.
func writeLarge(t *testing.T, path string, rows, features int) int64 {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var some strings.Builder
	for row := range 100 {
		for feature := range features {
			fmt.Fprintf(&some, "0.%04d,", (row*7919+feature*104729)%10000)
		}
		some.WriteString([]string{"R\n", "M\n"}[row%2])
	}
	for range rows / 100 {
		if _, err := f.WriteString(some.String()); err != nil {
			t.Fatal(err)
		}
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
