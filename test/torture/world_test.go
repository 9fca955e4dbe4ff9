//go:build !windows

// Package torture disturbs the programs of the pipeline, as they are built, and looks for what is lost. The
// short form is part of the unit tests; `make torture` is the long one.
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

	"example.com/sonar/test/selfkill"
)

var thorough = flag.Bool("thorough", false, "disturb the programs at every step, not at every seventh, and more often")

// top is the folder of the repository.
const top = "../.."

// A stage is a program of the pipeline.
type stage struct {
	name string
	out  string // the folder that it writes to
	// change is what is edited in params.yaml, so that the stage's outputs are others.
	change [2]string
	next   []string // the program that reads them, with its arguments
	// vouches is the file that, if it is new, says that all are.
	vouches string
}

var stages = []stage{
	{"prepare", "data", [2]string{"random_state: 42", "random_state: 43"}, []string{"train"}, "data/split.json"},
	{"train", "experiments", [2]string{"seed: 0", "seed: 1"}, []string{"evaluate"}, "experiments/model.safetensors"},
	{"evaluate", "experiments/evaluation", [2]string{"confidence: 0.95", "confidence: 0.9"}, nil, ""},
	{"crossvalidate", "experiments/crossvalidation", [2]string{"seed: 0", "seed: 1"}, []string{"compare", "HEAD"}, ""},
}

// binaries is the folder of the programs, which outlives a test.
var binaries string

// building lets one goroutine at a time build.
var building sync.Mutex

// build compiles a program that kills itself if it is told to, unless that was done before.
func build(t *testing.T, name string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	program := filepath.Join(binaries, name)
	if _, err := os.Stat(program); err != nil {
		program = selfkill.Build(t, binaries, name)
	}
	return program
}

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if binaries, err = os.MkdirTemp("", "torture"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(binaries)
	os.Exit(status)
}

// A world is a project of its own, small so that its programs are quick.
type world struct {
	*testing.T
	dir string
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{t, t.TempDir()}
	w.write("data/sonar.all-data", read(t, top+"/internal/dataset/testdata/sonar.all-data"))
	w.write("data/sonar.all-data.dvc", read(t, top+"/data/sonar.all-data.dvc"))
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

func (w world) edit(name string, change [2]string) {
	w.Helper()
	text := read(w.T, w.path(name))
	if strings.Count(text, change[0]) == 0 {
		w.Fatalf("%s has no %q", name, change[0])
	}
	w.write(name, strings.Replace(text, change[0], change[1], 1))
}

// An ending is how a program ended, and what it printed.
type ending struct {
	killed         bool
	status         int
	stdout, stderr string
}

// run runs a program in the world, with an addition to its environment.
func (w world) run(environment string, name string, args ...string) ending {
	w.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(build(w.T, name), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), environment)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ending{status.Signaled() && status.Signal() == syscall.SIGKILL, status.ExitStatus(), stdout.String(), stderr.String()}
}

// mustRun is run of a program that must succeed.
func (w world) mustRun(name string, args ...string) {
	w.Helper()
	if end := w.run("", name, args...); end.status != 0 {
		w.Fatalf("%s: status %d: %s%s", name, end.status, end.stdout, end.stderr)
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
	for name := range w.files(folder) {
		if _, stays := files[name]; !stays {
			if err := os.Remove(w.path(name)); err != nil {
				w.Fatal(err)
			}
		}
	}
	for name, text := range files {
		w.write(name, text)
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
