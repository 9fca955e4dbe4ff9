//go:build !windows

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/sonar/test/selfkill"
)

var thorough = flag.Bool("thorough", false, "kill the program 200 times and at every step, not 6 times and at every 13th")

// here is the folder of this package, whatever folder a test has made the current one.
var here = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

// build compiles the program.
func build(t *testing.T, flags ...string) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "train")
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", program}, flags, []string{"."})...)
	cmd.Dir = here
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// A process is a running program, and what it prints.
type process struct {
	*exec.Cmd
	log bytes.Buffer
}

// start starts the program in the current folder, with additions to the environment.
func start(t *testing.T, environment []string, program string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(program, args...)}
	p.Stderr = &p.log
	p.Env = append(os.Environ(), environment...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// wasKilled waits for the end of a program, which must be SIGKILL's or success.
func (p *process) wasKilled(t *testing.T) bool {
	t.Helper()
	err := p.Wait()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%v: %s", err, &p.log)
	}
	return true
}

// finish runs the program to its end and returns what it printed.
func finish(t *testing.T, program string, args ...string) (log string) {
	t.Helper()
	p := start(t, nil, program, args...)
	if p.wasKilled(t) {
		t.Fatalf("killed: %s", &p.log)
	}
	return p.log.String()
}

var resumedAt = regexp.MustCompile(`INF resumed .*epoch=(\d+)`)

// resumedEpoch returns the epoch at which a program resumed, according to its log; 0 if it started afresh.
func resumedEpoch(log string) int {
	epoch := 0
	if match := resumedAt.FindStringSubmatch(log); match != nil {
		epoch, _ = strconv.Atoi(match[1])
	}
	return epoch
}

// unfinished returns the temporary files among the checkpoints.
func unfinished() []string {
	names, _ := filepath.Glob("experiments/checkpoints/.network-*")
	return names
}

const earlierModel = "an earlier training's"

// begin makes experiments a folder that an earlier training has left.
func begin(t *testing.T) {
	t.Helper()
	if err := os.RemoveAll("experiments"); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "experiments/model.safetensors", earlierModel)
}

// wantOldOrNew checks that anyone who looks now finds a whole model.
func wantOldOrNew(t *testing.T, want map[string]string) {
	t.Helper()
	if now := readFile(t, "experiments/model.safetensors"); now != earlierModel && now != want["experiments/model.safetensors"] {
		t.Errorf("model.safetensors is neither the old one nor the new one")
	}
}

// wantEnd checks that a training has ended like an undisturbed one.
func wantEnd(t *testing.T, want map[string]string) {
	t.Helper()
	wantSameFiles(t, files(t, "experiments"), want)
	if left, _ := os.ReadDir("experiments/checkpoints"); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

// A training of some seconds is killed at random times, again and again until it is done; then the
// next one, until there are enough kills. Every second kill waits for a checkpoint to begin, so
// that many fall into its writing: a temporary file stays behind, which proves it.
func TestATrainingThatIsKilledEndsTheSame(t *testing.T) {
	const epochs, checkpoints = 20000, 100
	kills := 6
	if *thorough {
		kills = 200
	}
	program := build(t)
	workspace(t, set("epochs", fmt.Sprint(epochs)))
	begin(t)
	started := time.Now()
	finish(t, program)
	alone := time.Since(started)
	want := files(t, "experiments") // of a training without checkpoints

	edit("params.yaml", "checkpoint_every: 0", fmt.Sprintf("checkpoint_every: %d", epochs/checkpoints))(t)
	var killed, resumed, inside, done int
	enough := func() bool { return killed >= kills && resumed >= kills/2 && inside >= kills/8 && done > 0 }
	for begin(t); !enough() && killed < 10*kills; {
		before := unfinished()
		p := start(t, nil, program)
		time.Sleep(rand.N(alone / 8))
		if killed%2 == 0 {
			waitForCheckpoint(before, alone/8)
		}
		p.Process.Kill()
		if !p.wasKilled(t) {
			wantEnd(t, want)
			begin(t)
			done++
			continue
		}
		killed++
		wantOldOrNew(t, want)
		if resumedEpoch(p.log.String()) > 0 {
			resumed++
		}
		if len(unfinished()) > 0 && !slices.Equal(unfinished(), before) {
			inside++
		}
	}
	t.Logf("%d kills, %d of a training that had been resumed above epoch 0, %d inside the writing of a checkpoint; %d trainings came to their end",
		killed, resumed, inside, done)
	if !enough() {
		t.Error("that is too little to prove anything")
	}
}

// waitForCheckpoint waits until one is begun, and then a random while within the time of its writing.
func waitForCheckpoint(before []string, most time.Duration) {
	for deadline := time.Now().Add(most); time.Now().Before(deadline); {
		if now := unfinished(); len(now) > 0 && !slices.Equal(now, before) {
			time.Sleep(rand.N(time.Millisecond))
			return
		}
	}
}

// killedAt runs the program until it kills itself at a step; false if it ended before.
func killedAt(t *testing.T, program string, step int) bool {
	t.Helper()
	return start(t, []string{selfkill.At(step)}, program).wasKilled(t)
}

// The short form tries every 13th step.
func TestATrainingThatKillsItselfEndsTheSame(t *testing.T) {
	program := selfkill.Build(t, t.TempDir(), "train")
	type changes = []func(*testing.T, string) string
	few := changes{set("hidden_sizes", "[3]"), set("batch_size", "50"), set("input_noise", "0.1"), set("checkpoint_every", "5")}
	for _, c := range []struct {
		name      string
		workspace func(*testing.T, ...func(*testing.T, string) string)
		changes   changes
	}{
		{"one network", workspace, changes{set("epochs", "12")}},
		{"ensemble", workspace, changes{set("epochs", "8"), set("ensemble", "3"), set("optimizer", "adamw")}},
		{"early stopping", workspace, changes{set("epochs", "500"), set("patience", "2"), set("learning_rate", "0.3"), set("dropout", "0.2")}},
		{"texts and gaps", mixedWorkspace, changes{set("epochs", "8"), set("ensemble", "3"), set("patience", "6"), set("dropout", "0.2")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.workspace(t, slices.Concat(few, c.changes)...)
			begin(t)
			finish(t, program)
			want := files(t, "experiments")
			stride := 13
			if *thorough {
				stride = 1
			}
			steps, resumed := 0, 0
			for step := 1; ; step += stride {
				begin(t)
				if !killedAt(t, program, step) {
					break
				}
				steps++
				wantOldOrNew(t, want)
				if resumedEpoch(finish(t, program)) > 0 {
					resumed++
				}
				wantEnd(t, want)
				if t.Failed() {
					t.Fatalf("after it killed itself at step %d", step)
				}
			}
			t.Logf("killed at %d steps, resumed after %d of them", steps, resumed)
			if steps*stride < 100 || resumed < steps/2 || resumed == steps {
				t.Errorf("killed at %d steps, resumed after %d of them: that is not all there is to kill at", steps, resumed)
			}
		})
	}
}

// What is in the folder may be of another training, or half of what it was.
func TestOnlyTheSameTrainingIsResumed(t *testing.T) {
	program := selfkill.Build(t, t.TempDir(), "train")
	other := build(t, "-ldflags=-w") // the same code in other bytes
	ofAnother := "WRN ignored: it is of other params, other data, another network or another program"
	for _, c := range []struct {
		name    string
		program string
		args    []string
		between func(*testing.T)
		log     string // has this line, and "resumed" only if that is it
	}{
		{"the same", program, nil, func(*testing.T) {}, "INF resumed"},
		{"other params", program, nil, edit("params.yaml", "seed: 0", "seed: 1"), ofAnother},
		{"other data", program, nil, func(t *testing.T) {
			edit("data/X_test.csv", "0.", "1.")(t)
			sealSplit(t)
		}, ofAnother},
		{"another program", other, nil, func(*testing.T) {}, ofAnother},
		{"damaged", program, nil, cut("experiments/checkpoints/network-0.checkpoint", 4000), "WRN ignored: it is damaged"},
		{"unwanted", program, []string{"-resume=false"}, func(*testing.T) {}, "INF training"},
		{"turned off", program, nil, edit("params.yaml", "checkpoint_every: 5", "checkpoint_every: 0"), "INF training"},
	} {
		t.Run(c.name, func(t *testing.T) {
			workspace(t, set("hidden_sizes", "[3]"), set("epochs", "12"), set("checkpoint_every", "5"))
			if !killedAt(t, program, 30) {
				t.Fatal("came to its end")
			}
			if got := checkpoints(t); len(got) != 1 {
				t.Fatalf("there are %v", slices.Sorted(maps.Keys(got)))
			}
			c.between(t)
			log := finish(t, c.program, c.args...)
			if !strings.Contains(log, c.log) || strings.Contains(log, "resumed") != (c.log == "INF resumed") {
				t.Errorf("the log has no line %q, or another as well:\n%s", c.log, log)
			}
			got := files(t, "experiments")
			begin(t)
			finish(t, c.program)
			wantEnd(t, got)
		})
	}
}

// checkpoints are the finished ones.
func checkpoints(t *testing.T) map[string]string {
	all := map[string]string{}
	names, _ := filepath.Glob("experiments/checkpoints/network-*")
	for _, name := range names {
		all[name] = readFile(t, name)
	}
	return all
}
