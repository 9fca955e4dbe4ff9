//go:build pipeline && !windows

package torture

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each program refuses, before it writes anything, to replace what it reads.
func TestNoProgramReplacesItsInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, s := range stages {
		w.mustRun(s)
	}
	w.mustRun(stage{name: "crossvalidate", args: []string{"-shard", "0/1"}})
	w.mustRun(stage{name: "tune", args: []string{"-shard", "0/1", "-space", "other/space.yaml"}})
	w.write("input.log", "precious")
	w.write("experiments/checkpoints/network-0.checkpoint", "precious")
	w.write("tuned/checkpoints/run.json", "precious")
	w.write("cases/predictions.csv", read(t, w.path("other/rows.csv")))
	w.write("predicted/input.log", "precious")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(w.path("predicted"), link); err != nil {
		t.Fatal(err)
	}
	inputs := map[string][]string{ // the flags that name a file or folder to read
		"prepare": {"params", "raw"}, "train": {"params"}, "evaluate": {"params", "model"}, "export": {"model"}, "predict": {"model", "in"},
		"crossvalidate": {"params", "raw"}, "tune": {"params", "space", "raw"}, "inspect": {"params", "raw"},
	}
	var commands []string
	for _, s := range stages { // every input as the log, by its path and by another, and as each file that the program has written
		for _, flag := range inputs[s.name] {
			if s.name != "predict" { // it has no log
				commands = append(commands,
					fmt.Sprintf("%s -%s input.log -log input.log", s.name, flag),
					fmt.Sprintf("%s -%s predicted/input.log -log %s/input.log", s.name, flag, link))
			}
			written := s.writes(w)
			if len(written) == 0 {
				t.Fatalf("%s has written nothing", s.name)
			}
			for _, name := range written {
				commands = append(commands, strings.Join(slices.Concat([]string{s.name}, s.args, []string{"-" + flag, name}), " "))
			}
		}
	}
	commands = append(commands,
		"inspect -log input.log input.log",
		"inspect -log input.log -csv new.csv -like input.log other/raw.csv",
		"inspect -log new.log -csv new.log other/raw.csv",
		"inspect -csv other/raw.csv other/raw.csv",
		"evaluate -out cases",
		"train -params experiments/checkpoints/network-0.checkpoint",
		"crossvalidate -raw shards/crossvalidate/0.records -shard 0/5",
		"crossvalidate -params shards/crossvalidate/run.json -shard 0/5",
		"tune -raw shards/tune/0.records -shard 0/5",
		"tune -space tuned/checkpoints/run.json -checkpoints tuned/checkpoints",
	)
	before := w.files(".")
	for _, command := range commands {
		args := strings.Fields(command)
		end := w.run("", program(t, args[0]), args[1:]...)
		refused := strings.Contains(end.stderr, " must not replace ") || strings.Contains(end.stderr, " must not be one file")
		if end.status != 2 || !refused || strings.Count(end.stderr, "\n") != 1 {
			t.Errorf("%s: status %d: %s", command, end.status, end.stderr)
		}
		if after := w.files("."); !maps.Equal(before, after) {
			w.wantSame(after, before)
			t.Fatalf("%s: has written", command)
		}
	}
}

// writes lists the files that a stage has written to its folder.
func (s stage) writes(w world) []string {
	w.Helper()
	var written []string
	for name := range w.files(s.out) {
		belongs := !slices.ContainsFunc(stages, func(other stage) bool { // not to another stage, whose folder is in this one
			return other.out != s.out && strings.HasPrefix(name, other.out+"/") && strings.HasPrefix(other.out, s.out+"/")
		})
		if belongs && !strings.HasSuffix(name, ".log") && !strings.HasPrefix(name, "data/sonar.all-data") {
			written = append(written, name)
		}
	}
	slices.Sort(written)
	return written
}
