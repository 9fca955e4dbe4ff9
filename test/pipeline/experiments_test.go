//go:build pipeline

package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A difference is one line of `dvc metrics diff` or `dvc params diff`.
type difference struct{ Old, New any }

// diff runs `dvc metrics diff` or `dvc params diff` and returns the lines of one file by key.
func (c clone) diff(what, file string, revisions ...string) map[string]difference {
	c.Helper()
	files := map[string]map[string]difference{}
	out := c.run(append([]string{"dvc", what, "diff", "--json"}, revisions...)...)
	if err := json.Unmarshal([]byte(out), &files); err != nil {
		c.Fatalf("dvc %s diff: %v\n%s", what, err, out)
	}
	return files[file]
}

// wantLearningRate fails the test unless revisions differ only in the learning rate, and therefore in the loss.
func (c clone) wantLearningRate(want float64, revisions ...string) {
	c.Helper()
	params := c.diff("params", "params.yaml", revisions...)
	if got := (difference{0.01, want}); len(params) != 1 || params["train.learning_rate"] != got {
		c.Errorf("dvc params diff %v shows %v, want train.learning_rate %v alone", revisions, params, got)
	}
	loss, ok := c.diff("metrics", "experiments/live/metrics.json", revisions...)["train.loss"]
	if !ok || loss.Old == loss.New {
		c.Errorf("dvc metrics diff %v shows train.loss %v", revisions, loss)
	}
}

// TestAnExperimentIsTriedAndKept follows the README: run, look, apply, push, git add, commit.
func TestAnExperimentIsTriedAndKept(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run("dvc", "exp", "run", "-n", "warm", "-S", "train.learning_rate=0.03")
	c.wantLearningRate(0.03)
	if stat := c.run("git", "diff", "--shortstat", "params.yaml"); !strings.Contains(stat, " 1 insertion(+), 1 deletion(-)") {
		t.Errorf("the experiment changed more than one line of params.yaml:\n%s", c.run("git", "diff", "params.yaml"))
	}
	c.run("git", "checkout", "-q", ".")
	c.run("dvc", "checkout", "-q")
	c.wantClean()

	c.run("git", "checkout", "-q", "-b", "warmer")
	c.run("dvc", "exp", "apply", "warm")
	c.run("dvc", "push")
	c.run("git", "add", ".")
	c.run("git", "commit", "-q", "-m", "Learn faster")
	c.wantClean()
	c.wantLearningRate(0.03, "main", "warmer")

	other := clone{t, t.TempDir()}
	other.run("git", "clone", "-q", "-b", "warmer", c.dir, ".")
	other.useRemote(other.path(".dvc/store"))
	other.run("dvc", "pull")
	other.wantClean()
}

func TestAnExperimentInATempFolderLeavesTheWorkspace(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run("dvc", "exp", "run", "--temp", "-n", "aside", "-S", "train.learning_rate=0.03")
	c.wantClean()
	c.wantLearningRate(0.03, "main", "aside")
}

func TestAQueueOfFourIsRunByTwoWorkers(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	rates := []float64{0.02, 0.03, 0.04, 0.05}
	for _, rate := range rates {
		c.run("dvc", "exp", "run", "--queue", "-n", experimentName(rate), "-S", fmt.Sprint("train.learning_rate=", rate))
	}
	c.run("dvc", "queue", "start", "-j", "2")
	c.waitForQueue(len(rates), 3*time.Minute)
	c.wantClean()
	for _, rate := range rates {
		c.wantLearningRate(rate, "main", experimentName(rate))
	}
}

func experimentName(rate float64) string { return fmt.Sprint("rate-", rate*100) }

// waitForQueue waits until n experiments have succeeded and the workers are gone.
func (c clone) waitForQueue(n int, limit time.Duration) {
	c.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Second) {
		status := c.run("dvc", "queue", "status")
		if strings.Count(status, "Success") == n && strings.Contains(status, "Worker status: 0 active, 0 idle") {
			return
		}
		if strings.Contains(status, "Failed") || time.Now().After(deadline) {
			c.run("dvc", "queue", "stop", "--kill")
			c.Fatalf("the queue did not finish:\n%s", status)
		}
	}
}

// TestExperimentsTravelBetweenClones exchanges them through git and a DVC remote that both clones can reach.
func TestExperimentsTravelBetweenClones(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	here, there := pulledClone(t), freshClone(t)
	for _, c := range []clone{here, there} {
		c.useRemote(folder)
	}
	here.run("dvc", "push")
	here.run("dvc", "exp", "run", "-n", "shared", "-S", "train.learning_rate=0.03")
	here.run("dvc", "exp", "push", "origin", "shared")

	there.run("dvc", "pull")
	there.run("dvc", "exp", "pull", "origin", "shared")
	there.run("dvc", "exp", "apply", "shared")
	wantSameOutputs(here, there)
	if out := there.run("dvc", "status", "dvc.yaml"); !strings.Contains(out, "up to date") {
		t.Errorf("dvc status of the clone that pulled:\n%s", out)
	}
}

// TestAnExperimentTravelsByGitAlone uses the remote in the repository, of which each clone has its own: what git
// carries arrives, and `dvc repro` makes the rest, byte for byte.
func TestAnExperimentTravelsByGitAlone(t *testing.T) {
	t.Parallel()
	here, there := pulledClone(t), pulledClone(t)
	here.run("dvc", "exp", "run", "-n", "remade", "-S", "train.learning_rate=0.02")
	here.run("dvc", "exp", "push", "origin", "remade")

	there.run("dvc", "exp", "pull", "origin", "remade")
	if out := there.fails("dvc", "exp", "apply", "remade"); !strings.Contains(out, "experiments/model.safetensors") {
		t.Errorf("dvc exp apply does not name the file that is missing:\n%s", out)
	}
	there.repro()
	wantSameOutputs(here, there)
}

// wantSameOutputs compares what an experiment changes; dvc.lock has the hash of every output.
func wantSameOutputs(a, b clone) {
	a.Helper()
	for _, name := range []string{"params.yaml", "dvc.lock", "experiments/model.safetensors", "experiments/live/metrics.json"} {
		if a.read(name) != b.read(name) {
			a.Errorf("%s differs between the clones", name)
		}
	}
}
