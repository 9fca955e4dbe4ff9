//go:build pipeline && !windows

// Package torture disturbs the programs of the pipeline, as they are built, and looks for what is lost. The
// short form is a part of `make test`; `make torture` is the long one.
package torture

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/sonar/test/selfkill"
)

var thorough = flag.Bool("thorough", false, "disturb the programs at every step, not at a few, and more often")

// top is the folder of the repository.
const top = "../.."

// A stage is a program that writes files.
type stage struct {
	name  string
	args  []string
	out   string        // the folder that it writes to
	alter func(w world) // changes what it reads, so that its outputs are others
	next  []string      // the program that reads them, with its arguments
	// vouches is the file that, if it is new, says that all are.
	vouches string
}

// The programs, each after those whose outputs it reads.
var stages = []stage{
	{name: "prepare", out: "data", alter: edit("params.yaml", "random_state: 42", "random_state: 43"), next: []string{"train"}, vouches: "data/split.json"},
	{name: "train", out: "experiments", alter: edit("params.yaml", "seed: 0", "seed: 1"), next: []string{"evaluate"}, vouches: "experiments/model.safetensors"},
	{name: "evaluate", out: "experiments/evaluation", alter: edit("params.yaml", "confidence: 0.95", "confidence: 0.9")},
	{name: "crossvalidate", out: "experiments/crossvalidation", alter: edit("params.yaml", "seed: 0", "seed: 1"), next: []string{"compare", "HEAD"}},
	{name: "inspect", args: []string{"-raw", "other/raw.csv"}, out: "experiments/data", alter: edit("other/raw.csv", "0.0200", "9.0200")},
	{name: "predict", args: []string{"-in", "other/rows.csv", "-out", "predicted/rows.csv"}, out: "predicted", alter: edit("other/rows.csv", "0.0200", "9.0200")},
	{name: "export", args: []string{"-out", "exported/model.onnx"}, out: "exported", alter: retrain},
	{name: "tune", args: []string{"-space", "other/space.yaml", "-out", "tuned", "-checkpoints", "tuned/checkpoints"}, out: "tuned", alter: edit("params.yaml", "seed: 0", "seed: 1")},
}

// retrain makes another model.
func retrain(w world) {
	edit("params.yaml", "seed: 0", "seed: 1")(w)
	w.mustRun(stage{name: "train"})
}

// edit replaces a text in a file.
func edit(name, old, new string) func(w world) {
	return func(w world) {
		w.Helper()
		text := read(w.T, w.path(name))
		if !strings.Contains(text, old) {
			w.Fatalf("%s has no %q", name, old)
		}
		w.write(name, strings.Replace(text, old, new, 1))
	}
}

// binaries is the folder of the programs, which outlives a test.
var binaries string

// building lets one goroutine at a time build.
var building sync.Mutex

// program returns the path of a program as users run it; mortal, of one that kills itself if it is told to. To build half
// as many, the short form runs only these.
func program(t *testing.T, name string) string {
	if !*thorough {
		return mortal(t, name)
	}
	return build(t, filepath.Join(binaries, "real", name), func(folder string) {
		cmd := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "./cmd/...")
		cmd.Dir = top
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	})
}

func mortal(t *testing.T, name string) string {
	return build(t, filepath.Join(binaries, "mortal", name), func(folder string) { selfkill.Build(t, folder, name) })
}

// build makes a program with compile, unless it is there.
func build(t *testing.T, path string, compile func(folder string)) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	if _, err := os.Stat(path); err != nil {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		compile(filepath.Dir(path))
	}
	return path
}

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if binaries, err = os.MkdirTemp("", "torture"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(binaries)
	if *thorough {
		printTable(os.Stdout)
	}
	os.Exit(status)
}

// A world is a project of its own, small so that its programs are quick.
type world struct {
	*testing.T
	dir string
}

func newWorld(t *testing.T) world {
	t.Helper()
	return newWorldIn(t, t.TempDir())
}

// newWorldIn makes a world in a folder.
func newWorldIn(t *testing.T, dir string) world {
	t.Helper()
	w := world{t, dir}
	raw := read(t, top+"/internal/dataset/testdata/sonar.all-data")
	for name, text := range map[string]string{
		"data/sonar.all-data": raw, "other/raw.csv": raw, "other/rows.csv": raw, "other/space.yaml": space,
		"data/sonar.all-data.dvc": read(t, top+"/data/sonar.all-data.dvc"),
	} {
		w.write(name, text)
	}
	for _, name := range []string{"mine.json", "rock.json"} {
		w.write("cases/"+name, read(t, top+"/cases/"+name))
	}
	params := read(t, top+"/params.yaml")
	for key, value := range map[string]string{"epochs": "10", "hidden_sizes": "[3]", "checkpoint_every": "4", "splits": "3", "repeats": "2"} {
		line := regexp.MustCompile(`(?m)^  ` + key + `:.*(\n  - .*|\n    - .*)*$`)
		if len(line.FindAllString(params, -1)) != 1 {
			t.Fatalf("params.yaml has not one line %s", key)
		}
		params = line.ReplaceAllString(params, "  "+key+": "+value)
	}
	w.write("params.yaml", params)
	return w
}

// space is a small search.
const space = `search:
  candidates: random
  trials: 3
  random_state: 0
  scheme: stratified
  metric: accuracy
  halving: 3
  splits: 3
outer:
  splits: 2
  repeats: 1
  random_state: 0
refit: {}
space:
  train:
    learning_rate:
      log_uniform: [0.002, 0.05]
`

// finish runs every program, and gives git all of it.
func (w world) finish() {
	w.Helper()
	for _, s := range stages {
		w.mustRun(s)
	}
	w.git("init", "-q")
	w.git("add", "-A", "-f")
	w.git("commit", "-q", "-m", "old")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (w world) path(name string) string { return filepath.Join(w.dir, name) }

func (w world) write(name, text string) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o777); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), 0o666); err != nil {
		w.Fatal(err)
	}
}

// An ending is how a program ended, and what it printed.
type ending struct {
	killed         bool
	status         int
	stdout, stderr string

	memory int64         // the most that it took: in KiB on Linux
	time   time.Duration // of the processors
}

// run runs a command in the world, with an addition to its environment.
func (w world) run(environment string, command string, args ...string) ending {
	w.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), environment)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return endingOf(cmd, stdout.String(), stderr.String())
}

func endingOf(cmd *exec.Cmd, stdout, stderr string) ending {
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return ending{status.Signaled() && status.Signal() == syscall.SIGKILL, status.ExitStatus(), stdout, stderr, int64(usage.Maxrss), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// mustRun runs a stage, which must succeed.
func (w world) mustRun(s stage) {
	w.Helper()
	if end := w.run("", program(w.T, s.name), s.args...); end.status != 0 {
		w.Fatalf("%s: status %d: %s%s", s.name, end.status, end.stdout, end.stderr)
	}
}

func (w world) git(args ...string) {
	w.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=n", "-c", "user.email=n@example.com"}, args...)...)
	cmd.Dir = w.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		w.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// files is the content of every file below a folder, by path, the logs aside.
func (w world) files(folder string) map[string]string {
	w.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(w.path(folder), func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(w.dir, path)
		if err != nil || entry.IsDir() {
			if name == "experiments/logs" || name == ".git" {
				return fs.SkipDir
			}
			return err
		}
		found[name] = read(w.T, path)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// restore makes the files below a folder what they were.
func (w world) restore(folder string, files map[string]string) {
	w.Helper()
	now := w.files(folder)
	for name := range now {
		if _, stays := files[name]; !stays {
			if err := os.Remove(w.path(name)); err != nil {
				w.Fatal(err)
			}
		}
	}
	for name, text := range files {
		if had, there := now[name]; !there || had != text {
			w.write(name, text)
		}
	}
}

// wantSame compares files with what they must be.
func (w world) wantSame(got, want map[string]string) {
	w.Helper()
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, expected := want[name]; !expected {
			w.Errorf("%s was left behind", name)
		} else if got[name] != want[name] {
			w.Errorf("%s is not what it must be", name)
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			w.Errorf("%s is missing", name)
		}
	}
}
