//go:build pipeline && unix

package pipeline

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// signal is the file by which VS Code's DVC extension learns that there is something new to see.
const signal = ".dvc/tmp/exps/run/DVCLIVE_STEP_COMPLETED"

// A long training takes minutes, of which these tests see the first seconds.
var long = []string{"-S", "train.epochs=100000", "-S", "train.hidden_sizes=[600]"}

// start starts a command in a process group of its own and returns what interrupts it and waits until it has failed.
func (c clone) start(args ...string) (interrupt func()) {
	c.Helper()
	var out bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = c.dir, &out, &out, oneThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	return func() {
		c.Helper()
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
			c.Fatalf("%v\n%s", err, &out)
		}
		if err := cmd.Wait(); err == nil {
			c.Fatalf("it ended before it was interrupted:\n%s", &out)
		}
	}
}

// startQueue starts the queue's worker. When the test ends it kills the worker, and waits until neither it nor a stage
// is left to write into the clone: until then they hold the pipe of the command that started them open.
func (c clone) startQueue() {
	c.Helper()
	var out bytes.Buffer
	start := exec.Command("dvc", "queue", "start")
	start.Dir, start.Stdout, start.Stderr, start.Env = c.dir, &out, &out, oneThread()
	start.WaitDelay = time.Minute
	if err := start.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		c.run("dvc", "queue", "stop", "--kill")
		if err := start.Wait(); err != nil {
			c.Errorf("dvc queue start: %v\n%s", err, &out)
		}
	})
}

// oneThread leaves the other cores to DVC while a stage is at work.
func oneThread() []string { return append(os.Environ(), "GOMAXPROCS=1") }

// waitForSignal waits until a stage has shown something.
func (c clone) waitForSignal() {
	c.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if _, err := os.Stat(c.path(signal)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			c.Fatal("nothing is shown")
		}
	}
}

// A running experiment is one that `dvc exp show` shows as running, with its metrics by file.
type running struct {
	Name     string
	Executor struct{ State string }
	Revs     []struct {
		Data struct {
			Metrics map[string]struct{ Data json.RawMessage }
		}
	}
}

// wantRunning decodes what `dvc exp show` shows of a metrics file of an experiment, which must be running.
func (c clone) wantRunning(name, file string, into any) {
	c.Helper()
	var baselines []struct{ Experiments []running }
	out := c.run("dvc", "exp", "show", "--json")
	if err := json.Unmarshal([]byte(out), &baselines); err != nil {
		c.Fatalf("%v\n%s", err, out)
	}
	for _, b := range baselines {
		for _, e := range b.Experiments {
			if e.Name != name || e.Executor.State != "running" || len(e.Revs) != 1 {
				continue
			}
			if err := json.Unmarshal(e.Revs[0].Data.Metrics[file].Data, into); err != nil {
				c.Fatalf("%s of %s: %v", file, name, err)
			}
			return
		}
	}
	c.Fatalf("dvc exp show does not show %s running:\n%.3000s", name, out)
}

// wantStep checks the step that `dvc exp show` shows of a training, and returns it.
func (c clone) wantStep(name string, above int) int {
	c.Helper()
	var live struct {
		Step  int
		Train struct{ Loss float64 }
	}
	c.wantRunning(name, "experiments/live/metrics.json", &live)
	if live.Step <= above || live.Train.Loss <= 0 {
		c.Errorf("dvc exp show shows step %d of %s, want one after %d", live.Step, name, above)
	}
	return live.Step
}

// wantPoints checks that a figure of `dvc plots diff HEAD` has more than so many points of a revision.
func (c clone) wantPoints(title, revision string, above int, args ...string) {
	c.Helper()
	points := 0
	for _, row := range c.plots(append([]string{"diff", "HEAD"}, args...)...)[title] {
		if row["rev"] == revision {
			points++
		}
	}
	if points <= above {
		c.Errorf("dvc plots diff shows %d points of %s in %s, want more than %d", points, revision, title, above)
	}
}

// wantOldResults checks that a run that was stopped has left those of the run before.
func (c clone) wantOldResults() {
	c.Helper()
	if out := c.run("git", "status", "--porcelain", "experiments"); out != "" {
		c.Errorf("a run that was stopped leaves\n%s", out)
	}
	if _, err := os.Stat(c.path(signal)); err == nil {
		c.Error("the signal stays")
	}
}

func TestDVCSeesATrainingMove(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run("dvc", "repro", "prepare") // in case the lock is behind the code
	interrupt := c.start(append([]string{"dvc", "exp", "run", "-n", "long", "train"}, long...)...)
	c.waitForSignal()
	step := c.wantStep("long", 0)
	c.wantPoints("Loss", "workspace", 2*step)
	c.wantStep("long", step)
	interrupt()
	c.wantOldResults()
}

func TestDVCSeesATrainingInTheQueueMove(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run(append([]string{"dvc", "exp", "run", "--queue", "-n", "queued"}, long...)...)
	c.startQueue()
	c.waitForSignal()
	step := c.wantStep("queued", 0)
	c.wantPoints("Loss", "queued", 2*step, "queued")
	c.wantStep("queued", step)
	if out := c.run("git", "status", "--porcelain"); out != "" {
		t.Errorf("an experiment in the queue changes the workspace:\n%s", out)
	}
}

func TestDVCSeesACrossValidationMove(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	interrupt := c.start("dvc", "exp", "run", "-n", "folds", "crossvalidate", "-S", "train.epochs=10000")
	c.waitForSignal()
	folds := func() float64 {
		t.Helper()
		var report struct {
			Stratified struct {
				Accuracy struct {
					Mean, Folds float64
					Low         *float64
				}
			}
		}
		c.wantRunning("folds", "experiments/crossvalidation/metrics.json", &report)
		accuracy := report.Stratified.Accuracy
		if accuracy.Mean < 0.5 || accuracy.Low != nil {
			t.Errorf("dvc exp show shows %+v", accuracy)
		}
		return accuracy.Folds
	}
	before := folds()
	c.wantPoints("Cross-validated accuracy", "workspace", 0)
	if now := folds(); before < 1 || now <= before {
		t.Errorf("dvc exp show shows %v folds, then %v", before, now)
	}
	interrupt()
	c.wantOldResults()
}
