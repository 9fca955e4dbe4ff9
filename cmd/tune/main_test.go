package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/sonar/internal/cli"
)

const (
	outPath   = "tuning/results"
	spacePath = "tuning/params.yaml"
)

const quickSpace = `search:
  candidates: random
  trials: 6
  random_state: 0
  scheme: stratified
  metric: accuracy
  halving: 3
  splits: 3
outer:
  splits: 3
  repeats: 2
  random_state: 0
refit:
  train:
    ensemble: 2
space:
  train:
    hidden_sizes:
      choice:
      - []
      - [3, 3]
    learning_rate:
      log_uniform: [0.01, 0.1]
`

// project creates a folder with what the program reads and changes to it.
func project(t *testing.T, epochs int) {
	t.Helper()
	settings := strings.Replace(readFile(t, "../../params.yaml"), "epochs: 80", fmt.Sprintf("epochs: %d", epochs), 1)
	data := readFile(t, "../../internal/dataset/testdata/sonar.all-data")
	t.Chdir(t.TempDir())
	writeFile(t, "params.yaml", settings)
	writeFile(t, spacePath, quickSpace)
	writeFile(t, "data/sonar.all-data", data)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func execute(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, log bytes.Buffer
	status = cli.Execute(ctx, "tune", usage, run, append(args, "-log", ""), &out, &log)
	return status, out.String(), log.String()
}

func mustRun(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	status, stdout, stderr := execute(t.Context(), args...)
	if status != 0 {
		t.Fatalf("%q: status %d: %s", args, status, stderr)
	}
	return stdout
}

// files returns the content of every file below folder, by path, except locks.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != ".sonar-lock" {
			all[path] = readFile(t, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

func wantOutputs(t *testing.T, want map[string]string) {
	t.Helper()
	got := files(t, outPath)
	if len(got) != 5 || !maps.Equal(got, want) {
		t.Errorf("other outputs: %d files", len(got))
	}
}

// whole returns the outputs of one machine, and removes them.
func whole(t *testing.T) map[string]string {
	t.Helper()
	mustRun(t)
	want := files(t, outPath)
	if err := os.RemoveAll(outPath); err != nil {
		t.Fatal(err)
	}
	return want
}

func TestItPrintsTheCommandThatTakesTheChoiceOver(t *testing.T) {
	project(t, 5)
	command := mustRun(t)
	if !strings.HasPrefix(command, "dvc exp run -S 'train.hidden_sizes=[") || !strings.HasSuffix(command, " -S train.ensemble=2\n") {
		t.Errorf("it prints %q", command)
	}
	if best := readFile(t, outPath+"/best.yaml"); !strings.Contains(best, "\n# "+command) {
		t.Errorf("best.yaml is\n%s", best)
	}
	if left := files(t, "experiments"); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

func TestOutputsDoNotDependOnThreads(t *testing.T) {
	project(t, 5)
	want := whole(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, threads := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(threads)
		mustRun(t)
		wantOutputs(t, want)
	}
}

func TestMergedShardsAreTheBytesOfOneMachine(t *testing.T) {
	project(t, 5)
	want := whole(t) // of 7 contests
	for _, n := range []int{1, 2, 7, 100} {
		os.RemoveAll("shards")
		for i := range n {
			mustRun(t, "-shard", fmt.Sprintf("%d/%d", i, n))
		}
		if printed := mustRun(t, "-missing"); printed != "" {
			t.Errorf("of %d shards these are missing: %s", n, printed)
		}
		mustRun(t, "-merge")
		wantOutputs(t, want)
	}
}

func TestMissingShardsArePrinted(t *testing.T) {
	project(t, 1)
	for _, i := range []int{0, 3} {
		mustRun(t, "-shard", fmt.Sprintf("%d/5", i))
	}
	if status, stdout, stderr := execute(t.Context(), "-missing"); status != 3 || stdout != "1-2,4\n" {
		t.Errorf("status %d, %q, %s", status, stdout, stderr)
	}
	if status, _, stderr := execute(t.Context(), "-merge"); status != 1 || !strings.Contains(stderr, "shards/tune: must have all of 5 shards, misses 1-2,4") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// A search that is stopped, again and again, continues from what was finished, and ends with the same bytes.
func TestASearchThatIsStoppedGoesOn(t *testing.T) {
	project(t, 300)
	want := whole(t)
	patience := 30 * time.Millisecond
	stops := 0
	for ; ; stops++ {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		patience += patience / 2
		status, _, stderr := execute(ctx)
		cancel()
		if status == 0 {
			break
		}
		if !strings.Contains(stderr, "deadline") {
			t.Fatal(stderr)
		}
		if len(files(t, outPath)) > 0 {
			t.Fatal("it leaves outputs")
		}
	}
	if stops == 0 {
		t.Error("it was never stopped")
	}
	wantOutputs(t, want)
}

// A process that is killed has saved what it had finished some seconds before.
func TestAKilledSearchGoesOn(t *testing.T) {
	program := filepath.Join(t.TempDir(), "tune")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	project(t, 2000)
	const partial = "experiments/checkpoints/tune/0.partial"
	process := exec.Command(program, "-log", "")
	process.Env = append(os.Environ(), "GOMAXPROCS=1") // so that it takes a while
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(partial); err == nil {
			break
		}
		if _, err := os.Stat(outPath + "/best.yaml"); err == nil {
			t.Fatal("it has finished without saving anything")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	process.Wait()
	saved := strings.Count(readFile(t, partial), "\n") - 2 // the first line and the last
	if _, err := os.Stat(outPath + "/best.yaml"); err == nil || saved < 1 {
		t.Fatalf("it has finished, or %d records", saved)
	}
	mustRun(t)
	got := files(t, outPath)
	mustRun(t)
	wantOutputs(t, got)
}

func TestTheTrialsOfAnotherSearchAreNotTaken(t *testing.T) {
	project(t, 5)
	want := whole(t)
	settings := readFile(t, "params.yaml")
	writeFile(t, "params.yaml", strings.Replace(settings, "epochs: 5", "epochs: 400", 1))
	for patience := 30 * time.Millisecond; len(files(t, "experiments/checkpoints/tune")) < 2; patience += patience / 2 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		execute(ctx)
		cancel()
		if len(files(t, outPath)) > 0 {
			t.Fatal("it was never stopped")
		}
	}
	writeFile(t, "params.yaml", settings)
	mustRun(t)
	wantOutputs(t, want)
}

func TestBadInputIsOneLineAndTouchesNoOutput(t *testing.T) {
	replace := func(path, old, new string) func(*testing.T) {
		return func(t *testing.T) {
			text := readFile(t, path)
			if !strings.Contains(text, old) {
				t.Fatalf("%s has no %q", path, old)
			}
			writeFile(t, path, strings.Replace(text, old, new, 1))
		}
	}
	for _, test := range []struct {
		name  string
		spoil func(*testing.T)
		want  string
	}{
		{"no space", func(t *testing.T) { os.Remove(spacePath) }, "open tuning/params.yaml: no such file"},
		{"misspelt key", replace(spacePath, "hidden_sizes", "hiden_sizes"), `tuning/params.yaml:18: unknown key "train.hiden_sizes"`},
		{"no params", func(t *testing.T) { os.Remove("params.yaml") }, "params.yaml"},
		{"bad params", replace("params.yaml", "optimizer: adam", "optimizer: adm"), "train.optimizer must be"},
		{"no data", func(t *testing.T) { os.Remove("data/sonar.all-data") }, "open data/sonar.all-data: no such file"},
		{"bad data", replace("data/sonar.all-data", "0.0200,", "x,"), "data/sonar.all-data:1: column 1"},
		{"too many folds", replace(spacePath, "splits: 3", "splits: 99"), "inner folds of outer fold 0: 99 folds need"},
		{"a folder in the way", func(t *testing.T) { writeFile(t, outPath+"/trials.csv/x", "") }, "trials.csv: cannot be written"},
	} {
		t.Run(test.name, func(t *testing.T) {
			project(t, 1)
			writeFile(t, outPath+"/metrics.json", "an earlier run's\n")
			test.spoil(t)
			before := files(t, ".")
			status, _, stderr := execute(t.Context(), "-log-level", "error")
			if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "tune: ") || !strings.Contains(stderr, test.want) {
				t.Errorf("status %d, %q, want 1 and one line that says %q", status, stderr, test.want)
			}
			after := files(t, ".")
			maps.DeleteFunc(after, func(path, _ string) bool { return strings.HasPrefix(path, "experiments/checkpoints/") })
			if !maps.Equal(after, before) {
				t.Error("files have changed")
			}
		})
	}
}

func TestTuneReplacesNoInput(t *testing.T) {
	project(t, 1)
	if err := os.Rename("params.yaml", "tuning/best.yaml"); err != nil {
		t.Fatal(err)
	}
	before := files(t, ".")
	status, _, stderr := execute(t.Context(), "-params", "tuning/best.yaml", "-out", "tuning")
	if want := "tune: -out must not replace \"tuning/best.yaml\", which tune reads; see tune -h\n"; status != 2 || stderr != want {
		t.Errorf("status %d, %q, want 2 and %q", status, stderr, want)
	}
	if !maps.Equal(files(t, "."), before) {
		t.Error("files have changed")
	}
}
