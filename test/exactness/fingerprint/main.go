// The command fingerprint runs the recipes whose outputs are pinned and prints, below what matters of
// the machine, whether each output has the pinned bytes. Its output belongs in a bug report. It runs at
// the top of the repository and needs only Go:
//
//	go run ./test/exactness/fingerprint
//
// It exits with status 1 if any output differs.
package main

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"example.com/sonar/internal/exact"
	"example.com/sonar/test/exactness"
)

func main() {
	same := false
	pinned, err := exactness.ReadPinned(".")
	if err == nil {
		same, err = fingerprint(".", exactness.Recipes, pinned, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "fingerprint:", err)
	}
	if !same {
		os.Exit(1)
	}
}

// fingerprint runs recipes of the repository at root, prints the findings to w, and returns whether
// every output has the pinned sum.
func fingerprint(root string, recipes map[string]exactness.Recipe, pinned map[string]map[string]string, w io.Writer) (same bool, err error) {
	temp, err := os.MkdirTemp("", "sonar-fingerprint-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(temp)
	asBuilt := exactness.Variant{Build: []string{"-buildvcs=auto"}} // to know the commit
	programs := filepath.Join(temp, "programs")
	if err := asBuilt.Compile(root, programs); err != nil {
		return false, err
	}
	if err := describeMachine(w, programs); err != nil {
		return false, err
	}
	count := map[exactness.Finding]int{}
	for _, name := range slices.Sorted(maps.Keys(recipes)) {
		sums, err := asBuilt.Run(root, programs, filepath.Join(temp, name), recipes[name])
		if err != nil {
			return false, err
		}
		fmt.Fprintf(w, "\n%s\n", name)
		findings := exactness.Compare(sums, pinned[name])
		for _, path := range slices.Sorted(maps.Keys(findings)) {
			fmt.Fprintf(w, "  %-11s %s\n", findings[path], path)
			count[findings[path]]++
		}
	}
	total := 0
	for _, n := range count {
		total += n
	}
	fmt.Fprintf(w, "\n%d of %d files are the same\n", count[exactness.Same], total)
	return total > 0 && count[exactness.Same] == total, nil
}

// describeMachine prints what a result might depend on by mistake: the code, the compiler and its
// settings, the CPU, the kernel and the number of threads.
func describeMachine(w io.Writer, programs string) error {
	program := filepath.Join(programs, exactness.Stages[0])
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	commit, target := "unknown", ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			commit = setting.Value
		case "vcs.modified":
			commit += map[string]string{"true": ", modified"}[setting.Value]
		case "GOAMD64", "GOARM64", "GOPPC64", "GORISCV64", "-tags":
			target += " " + setting.Key + "=" + setting.Value
		}
	}
	fmt.Fprintf(w, "commit   %s\n", commit)
	fmt.Fprintf(w, "go       %s %s/%s%s\n", info.GoVersion, runtime.GOOS, runtime.GOARCH, target)
	fmt.Fprintf(w, "cpu      %s\n", cpuModel())
	fmt.Fprintf(w, "kernel   %s, of %s\n", exact.Kernel(), strings.Join(exact.Kernels(), ", "))
	_, err = fmt.Fprintf(w, "threads  GOMAXPROCS=%d, %d logical CPUs\n", runtime.GOMAXPROCS(0), runtime.NumCPU())
	return err
}

// cpuModel returns the CPU's name if the operating system knows it.
func cpuModel() string {
	switch runtime.GOOS {
	case "linux":
		text, _ := os.ReadFile("/proc/cpuinfo")
		return cpuModelOf(string(text))
	case "darwin":
		if name, err := exec.Command("sysctl", "-n", "machdep.cpu.brand_string").Output(); err == nil {
			return strings.TrimSpace(string(name))
		}
	case "windows":
		if name := os.Getenv("PROCESSOR_IDENTIFIER"); name != "" {
			return name
		}
	}
	return "unknown model"
}

// cpuModelOf returns the first CPU's name in the text of /proc/cpuinfo. Its key depends on the
// architecture; arm64 has numbers for the implementer and the part instead of a name.
func cpuModelOf(cpuinfo string) string {
	values := map[string]string{}
	for line := range strings.Lines(cpuinfo) {
		key, value, _ := strings.Cut(line, ":")
		if key = strings.TrimSpace(key); values[key] == "" {
			values[key] = strings.TrimSpace(value)
		}
	}
	for _, key := range []string{"model name", "cpu", "uarch", "isa", "processor 0"} {
		if values[key] != "" {
			return values[key]
		}
	}
	if part := values["CPU part"]; part != "" {
		return "implementer " + values["CPU implementer"] + ", part " + part
	}
	return "unknown model"
}
