//go:build pipeline && unix

package pipeline

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// outputs returns the content of every file in data and experiments, except the raw file and the logs.
func (c clone) outputs() map[string]string {
	c.Helper()
	files := map[string]string{}
	for _, folder := range []string{"data", "experiments"} {
		err := filepath.WalkDir(c.path(folder), func(path string, entry fs.DirEntry, err error) error {
			name, _ := filepath.Rel(c.dir, path)
			if err == nil && !entry.IsDir() && !isUnder(name, "experiments/logs") && !strings.HasPrefix(name, "data/sonar.") {
				files[name] = c.read(name)
			}
			return err
		})
		if err != nil {
			c.Fatal(err)
		}
	}
	return files
}

// wantOutputsAsBefore also finds files that are new, such as the temporary ones of an interrupted run.
func (c clone) wantOutputsAsBefore(before map[string]string) {
	c.Helper()
	after := c.outputs()
	for name, text := range before {
		if got, ok := after[name]; !ok {
			c.Errorf("%s is gone", name)
		} else if got != text {
			c.Errorf("%s has changed", name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			c.Errorf("%s was left behind", name)
		}
	}
}

func TestAFailingStageLeavesTheOldOutputs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		stage string
		spoil func(clone)
		want  string // is printed
	}{
		{"prepare", func(c clone) { c.write("data/sonar.all-data", c.read("data/sonar.all-data")+"0.1,0.2,R\r\n") }, "data/sonar.all-data:209"},
		{"train", func(c clone) { c.edit("params.yaml", "epochs: 80", "epochs: 0") }, "train.epochs"},
		{"evaluate", func(c clone) { c.write("cases/broken.json", `{"X": [[1]]}`) }, "cases/broken.json"},
	} {
		for _, way := range []struct {
			name string
			args []string
		}{
			{"by hand", []string{"go", "run", "./cmd/" + test.stage}},
			{"under DVC", []string{"dvc", "repro"}},
		} {
			t.Run(test.stage+" "+way.name, func(t *testing.T) {
				t.Parallel()
				c := pulledClone(t)
				test.spoil(c)
				before := c.outputs()
				if out := c.fails(way.args...); !strings.Contains(out, test.want) {
					t.Errorf("it does not name %s:\n%s", test.want, out)
				}
				c.wantOutputsAsBefore(before)
			})
		}
	}
}

// TestInterruptStopsReproAtOnce presses Ctrl-C, which reaches every process of the group, while train is running.
func TestInterruptStopsReproAtOnce(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.edit("params.yaml", "epochs: 80", "epochs: 1000000000")
	before := c.outputs()

	var out bytes.Buffer
	cmd := exec.Command("dvc", "repro")
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	group := -cmd.Process.Pid
	defer syscall.Kill(group, syscall.SIGKILL)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	c.waitFor("experiments/logs/train.log", ended)
	pressed := time.Now()
	if err := syscall.Kill(group, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err == nil {
			t.Errorf("the interrupted dvc repro succeeded:\n%s", out.String())
		}
		t.Logf("it ended %v after Ctrl-C", time.Since(pressed).Round(time.Millisecond))
	case <-time.After(5 * time.Second):
		t.Fatalf("5 s after Ctrl-C it still runs")
	}
	if err := syscall.Kill(group, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("processes are left behind: %v", err)
	}
	c.wantOutputsAsBefore(before)
	c.run("git", "checkout", "-q", "params.yaml")
	c.wantClean()
}

// waitFor waits until a program has made a file, and fails the test if it ends before.
func (c clone) waitFor(name string, ended <-chan error) {
	c.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		if _, err := os.Stat(c.path(name)); err == nil {
			time.Sleep(200 * time.Millisecond) // into its main loop
			return
		}
		select {
		case err := <-ended:
			c.Fatalf("it ended before it made %s: %v", name, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	c.Fatalf("%s did not appear", name)
}

// TestASignalEndsAProgramWithItsStatus runs the built program, since `go run` and DVC have statuses of their own.
func TestASignalEndsAProgramWithItsStatus(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.edit("params.yaml", "epochs: 80", "epochs: 1000000000")
	program := filepath.Join(t.TempDir(), "train")
	c.run("go", "build", "-o", program, "./cmd/train")
	before := c.outputs()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		cmd := exec.Command(program)
		cmd.Dir = c.dir
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		c.waitFor("experiments/logs/train.log", ended)
		cmd.Process.Signal(signal)
		<-ended
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("after %v the exit status is %d, want %d", signal, got, want)
		}
		os.Remove(c.path("experiments/logs/train.log"))
	}
	c.wantOutputsAsBefore(before)
}
