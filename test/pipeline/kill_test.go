//go:build pipeline && unix

package pipeline

import (
	"bytes"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// finished returns the outputs without what a killed training leaves for the next one: checkpoints, the curves that it was
// showing, which that one puts back, its lock and its temporary files, whose names begin with a dot.
func (c clone) finished() map[string]string {
	c.Helper()
	files := c.outputs()
	maps.DeleteFunc(files, func(name, _ string) bool {
		return isUnder(name, "experiments/checkpoints") || isUnder(name, "experiments/live") ||
			isUnder(name, "experiments/.before") || strings.HasPrefix(filepath.Base(name), ".")
	})
	return files
}

// TestAKilledReproResumes kills DVC and everything it runs during a training: DVC has recorded nothing of it, and the
// next `dvc repro` resumes from the last checkpoint and ends with the bytes of an undisturbed training.
func TestAKilledReproResumes(t *testing.T) {
	t.Parallel()
	const checkpoint = "experiments/checkpoints/network-0.checkpoint"
	c := pulledClone(t)
	c.edit("params.yaml", "epochs: 80", "epochs: 15000")
	c.edit("params.yaml", "checkpoint_every: 0", "checkpoint_every: 100")
	c.run("dvc", "repro", "prepare") // in case the lock is behind the code, so that only the train stage is left to run
	before, lock := c.finished(), c.read("dvc.lock")
	for range 3 {
		c.killRepro(checkpoint)
		if now := c.finished(); !maps.Equal(now, before) {
			t.Error("the killed training has changed its outputs")
		}
		if c.read("dvc.lock") != lock {
			t.Error("the killed training has changed dvc.lock")
		}
	}
	c.run("dvc", "repro", "train")
	log := c.read("experiments/logs/train.log")
	match := regexp.MustCompile(`resumed .*epoch=(\d+)`).FindStringSubmatch(log)
	if match == nil {
		t.Fatalf("the training started over:\n%s", log)
	}
	if epoch, _ := strconv.Atoi(match[1]); epoch < 300 {
		t.Errorf("the training resumed at epoch %d, though it was killed three times after a checkpoint", epoch)
	}
	if out := c.run("dvc", "status", "train"); !strings.Contains(out, "up to date") {
		t.Errorf("dvc status:\n%s", out)
	}
	got := c.read("experiments/model.safetensors")
	c.run("go", "run", "./cmd/train", "-resume=false")
	if c.read("experiments/model.safetensors") != got {
		t.Error("an undisturbed training ends with another model")
	}
}

// killRepro starts `dvc repro` and kills its whole process group once a new checkpoint is written.
func (c clone) killRepro(checkpoint string) {
	c.Helper()
	var out bytes.Buffer
	cmd := exec.Command("dvc", "repro", "train")
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.run("touch", "started")
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if newer, _ := command(c.dir, "find", checkpoint, "-newer", "started"); newer != "" {
			break
		}
		select {
		case err := <-ended:
			c.Fatalf("it ended before it wrote a checkpoint: %v\n%s", err, &out)
		default:
		}
		if time.Now().After(deadline) {
			c.Fatal("there is no checkpoint")
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		c.Fatal(err)
	}
	if err := <-ended; err == nil {
		c.Fatal("the killed dvc repro succeeded")
	}
}
