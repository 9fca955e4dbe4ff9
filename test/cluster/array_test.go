//go:build cluster

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const outputs = "experiments/crossvalidation"

// newSite returns a clone whose slurm.sh is edited for the lab.
func newSite(t testing.TB, shards int) clone {
	t.Helper()
	c := newClone(t)
	c.set("cluster/slurm.sh", "shards=.*", fmt.Sprintf("shards=%d", shards))
	return c
}

// oneMachine returns the folder that crossvalidate has written on this machine alone.
func (c clone) oneMachine() string {
	c.Helper()
	c.run("go", "build", "-o", "bin/", "./cmd/crossvalidate")
	c.run("bin/crossvalidate", "-out", "one-machine", "-log", "")
	return "one-machine"
}

// found returns the one path that matches a pattern.
func (c clone) found(pattern string) string {
	c.Helper()
	paths, err := filepath.Glob(c.path(pattern))
	if err != nil || len(paths) != 1 {
		c.Fatalf("%s is %q: %v", pattern, paths, err)
	}
	return paths[0]
}

var submitted = regexp.MustCompile(`(?m)^slurm.sh: submitting the shards (\S+) of \d+$`)

// wantSubmitted fails the test unless slurm.sh has said that it submits just these shards, an array for each argument.
func (c clone) wantSubmitted(said string, arrays ...string) {
	c.Helper()
	var got []string
	for _, match := range submitted.FindAllStringSubmatch(said, -1) {
		got = append(got, match[1])
	}
	if strings.Join(got, " ") != strings.Join(arrays, " ") {
		c.Errorf("it submitted %q, want %q:\n%s", got, arrays, said)
	}
}

// tasksByNode counts the tasks that began on each node, by their logs.
func (c clone) tasksByNode() map[string]int {
	c.Helper()
	logs, err := filepath.Glob(c.path("experiments/logs/sonar-*/*.log"))
	if err != nil {
		c.Fatal(err)
	}
	began := regexp.MustCompile(`(?m)^task \d+ on (\w+)$`)
	counts := map[string]int{}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			c.Fatal(err)
		}
		for _, match := range began.FindAllStringSubmatch(string(text), -1) {
			counts[match[1]]++
		}
	}
	return counts
}

func TestAnArrayOnThreeNodesWritesTheBytesOfOneMachine(t *testing.T) {
	c := newSite(t, 12)
	c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "0-11")
	c.wantSame(outputs, c.oneMachine())
	if counts := c.tasksByNode(); len(counts) != len(nodeNames) {
		t.Errorf("the tasks ran on %v, want all of %v", counts, nodeNames)
	}

	t.Run("and only what is missing is submitted again", func(t *testing.T) {
		c := clone{t, c.dir}
		for _, shard := range []string{"3", "7", "8"} {
			if err := os.Remove(c.found("shards/crossvalidate-*/" + shard + ".records")); err != nil {
				t.Fatal(err)
			}
		}
		c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "3,7-8")
		c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"))
		c.wantSame(outputs, "one-machine")
	})

	t.Run("and another param runs every shard", func(t *testing.T) {
		c := clone{t, c.dir}
		c.param("learning_rate", "0.02")
		c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "0-11")
		c.wantSame(outputs, c.oneMachine())
	})
}

func TestMoreShardsThanAnArrayMayHaveAreSeveralPerTask(t *testing.T) {
	c := newSite(t, 3*maxArraySize+5)
	c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "0-64")
	if logs, _ := filepath.Glob(c.path("experiments/logs/sonar-*/*.log")); len(logs) != maxArraySize {
		t.Errorf("%d tasks, want %d", len(logs), maxArraySize)
	}
	c.wantSame(outputs, c.oneMachine())
}

func TestTuneOnThreeNodesWritesTheBytesOfOneMachine(t *testing.T) {
	c := newSite(t, 4)
	c.set("tuning/params.yaml", "  trials: .*", "  trials: 3")
	c.set("tuning/params.yaml", "  splits: 10", "  splits: 3")
	c.wantSubmitted(c.run("cluster/slurm.sh", "tune"), "0-3")
	c.run("bin/tune", "-out", "one-machine", "-log", "")
	c.wantSame("tuning/results", "one-machine")
	c.set("tuning/params.yaml", "  trials: .*", "  trials: 2")
	c.wantSubmitted(c.run("cluster/slurm.sh", "tune"), "0-3")
}

// The power of a node goes while its shard is being trained. Slurm notices, and gives the task to another node.
func TestAPowerCutChangesNothing(t *testing.T) {
	c := newSite(t, 6)
	c.param("epochs", "2000") // so that a shard takes a while
	cmd := exec.Command("cluster/slurm.sh", "crossvalidate")
	var said strings.Builder
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	if err := within(2*time.Minute, "n3 has a task", func() bool { return c.tasksByNode()["n3"] > 0 }); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	lab.powerOff("n3")
	cut := time.Now()
	// Slurm finds out by itself and waits for two minutes before it starts the task elsewhere. The test does not wait.
	scontrol(t, "update", "NodeName=n3", "State=DOWN", "Reason=power")
	requeued := regexp.MustCompile(`(?m)^(\d+) BeginTime$`)
	var task []string
	if err := within(2*time.Minute, "the task is in the queue again", func() bool {
		task = requeued.FindStringSubmatch(c.run("squeue", "-h", "-r", "-t", "PENDING", "-o", "%A %r"))
		return task != nil
	}); err != nil {
		t.Fatal(err)
	}
	scontrol(t, "update", "JobId="+task[1], "StartTime=now")
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	t.Logf("the power went when %v had begun; done %.0f s later", c.tasksByNode(), time.Since(cut).Seconds())
	c.wantSubmitted(said.String(), "0-5")
	if total := c.tasksByNode(); total["n1"]+total["n2"]+total["n3"] < 7 {
		t.Errorf("tasks began %v times, want one more than there are shards", total)
	}
	if err := lab.powerOn("n3"); err != nil {
		t.Fatal(err)
	}
	scontrol(t, "update", "NodeName=n3", "State=RESUME")
	if err := lab.waitIdle(); err != nil {
		t.Fatal(err)
	}
	c.wantSame(outputs, c.oneMachine())
}

// startUntilTasks starts slurm.sh and returns when its first task has begun.
func (c clone) startUntilTasks() (cmd *exec.Cmd, said *strings.Builder) {
	c.Helper()
	cmd, said = exec.Command("cluster/slurm.sh", "crossvalidate"), new(strings.Builder)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, said, said
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { cmd.Process.Kill() })
	if err := within(2*time.Minute, "a task has begun", func() bool { return len(c.tasksByNode()) > 0 }); err != nil {
		c.Fatalf("%v: %s", err, said.String())
	}
	return cmd, said
}

func TestTheArrayOfAKilledCallRunsOnAndTheNextCallWaitsForIt(t *testing.T) {
	c := newSite(t, 5)
	c.param("epochs", "1000") // so that a shard takes a while
	cmd, said := c.startUntilTasks()
	cmd.Process.Kill()
	cmd.Wait()
	c.wantSubmitted(said.String(), "0-4")
	c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"))
	c.wantSame(outputs, c.oneMachine())
}

func TestAnInterruptedCallCancelsItsArray(t *testing.T) {
	c := newSite(t, 5)
	c.param("epochs", "100000") // for longer than the test
	cmd, said := c.startUntilTasks()
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	if status := cmd.ProcessState.ExitCode(); status != 128+int(syscall.SIGTERM) {
		t.Errorf("status %d: %s", status, said.String())
	}
	if err := within(time.Minute, "the queue is empty", func() bool { return c.run("squeue", "-h") == "" }); err != nil {
		t.Error(err)
	}
}

// apptainer stands in for Apptainer, as slurm.sh calls it, and runs the programs of bin/. It fails, once for each, the
// shards of which there is a file.
const apptainer = `#!/bin/sh
set -eu
[ "$1 $2 $3 $4 $5 $6" = "exec --bind $PWD --pwd $PWD sonar.sif" ]
shift 6
for last; do :; done
rm "fail-${last%/*}" 2>/dev/null && exit 1
exec "bin/$@"
`

func TestAShardThatFailsIsRunAgainUnlessNoneSucceeds(t *testing.T) {
	c := newSite(t, 5)
	c.write("path/apptainer", apptainer, 0o755)
	c.write("sonar.sif", "", 0o644)
	c.set("cluster/slurm.sh", "image=", "image=sonar.sif")
	t.Setenv("PATH", c.path("path")+string(os.PathListSeparator)+os.Getenv("PATH"))
	want := c.oneMachine()
	c.write("fail-3", "", 0o644)
	c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "0-4", "3")
	c.wantSame(outputs, want)

	if err := os.Remove(c.found("shards/crossvalidate-*/3.records")); err != nil {
		t.Fatal(err)
	}
	c.write("fail-3", "", 0o644)
	said := c.fails("cluster/slurm.sh", "crossvalidate")
	c.wantSubmitted(said, "3")
	if want := "slurm.sh: none of the shards 3 has succeeded; the logs of the tasks are in experiments/logs/sonar-crossvalidate-"; !strings.Contains(said, want) {
		t.Errorf("it says\n%s", said)
	}
	c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "3")
}

func TestWhatCannotSucceedIsRefusedBeforeAnythingIsSubmitted(t *testing.T) {
	c := newSite(t, 5)
	for _, test := range []struct {
		name string
		edit func()
		args []string
		want string
	}{
		{"no program", func() {}, nil, "usage: cluster/slurm.sh crossvalidate|tune [FLAG...], got ''"},
		{"another program", func() {}, []string{"train"}, "usage: cluster/slurm.sh crossvalidate|tune [FLAG...], got 'train'"},
		{"a wrong flag", func() {}, []string{"crossvalidate", "-fast"}, "crossvalidate: flag provided but not defined: -fast"},
		{"a wrong param", func() { c.param("epochs", "0") }, []string{"crossvalidate"}, "params.yaml:"},
		{"no image", func() { c.set("cluster/slurm.sh", "image=", "image=none.sif") }, []string{"crossvalidate"}, "slurm.sh: none.sif: there is no such image"},
		{"no partition", func() {
			c.run("git", "checkout", "-q", ".")
			c.set("cluster/slurm.sh", "options=.*", "options=(--partition=none)")
		}, []string{"crossvalidate"}, "sbatch: error: invalid partition specified: none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.edit()
			said := clone{t, c.dir}.fails(append([]string{"cluster/slurm.sh"}, test.args...)...)
			if !strings.Contains(said, test.want) || strings.Contains(said, "Submitted") {
				t.Errorf("it says\n%s", said)
			}
		})
	}
	t.Run("no Slurm", func(t *testing.T) {
		path := t.TempDir()
		for _, name := range []string{"bash", "dirname"} {
			program, err := exec.LookPath(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(program, filepath.Join(path, name)); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", path)
		said := clone{t, c.dir}.fails(c.path("cluster/slurm.sh"), "crossvalidate")
		if want := "slurm.sh: there is no sbatch here: run this on a login node of the cluster"; !strings.Contains(said, want) {
			t.Errorf("it says\n%s", said)
		}
	})
}

// A stage whose command is slurm.sh: DVC waits for it and takes what it writes, and its outputs are those in git.
func TestDVCRunsAStageOnTheCluster(t *testing.T) {
	c := newSite(t, 6)
	c.set("dvc.yaml", `    cmd: go run ./cmd/crossvalidate`, "    cmd: cluster/slurm.sh crossvalidate")
	said := c.run("dvc", "repro", "-s", "crossvalidate")
	c.wantSubmitted(said, "0-5")
	if changed := c.run("git", "diff", "--name-only", "--", outputs); changed != "" {
		t.Errorf("these are not what one machine has written:\n%s", changed)
	}
	if said := c.run("dvc", "repro", "-s", "crossvalidate"); strings.Contains(said, "Running stage") {
		t.Errorf("it ran again:\n%s", said)
	}
	for _, shard := range []string{"1", "4"} {
		if err := os.Remove(c.found("shards/crossvalidate-*/" + shard + ".records")); err != nil {
			t.Fatal(err)
		}
	}
	c.wantSubmitted(c.run("dvc", "repro", "-f", "-s", "crossvalidate"), "1,4")
	if said := c.run("dvc", "exp", "run", "-s", "-S", "train.learning_rate=0.02", "crossvalidate"); !submitted.MatchString(said) {
		t.Errorf("the experiment submitted nothing:\n%s", said)
	}
	c.wantSame(outputs, c.oneMachine())
}

// BenchmarkTenThousandTrainings measures the default recipe's on the cluster, all of it beside this machine alone.
func BenchmarkTenThousandTrainings(b *testing.B) {
	c := newSite(b, 18)
	c.param("repeats", "1000") // 10 x 1000 folds, and 10 blocked ones
	for b.Loop() {
		c.wantSubmitted(c.run("cluster/slurm.sh", "crossvalidate"), "0-17")
	}
	for node, tasks := range c.tasksByNode() {
		b.ReportMetric(float64(tasks), "tasks/"+node)
	}
	began := time.Now()
	want := c.oneMachine()
	b.ReportMetric(time.Since(began).Seconds(), "s/one-machine")
	c.wantSame(outputs, want)
}
