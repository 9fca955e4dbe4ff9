package exactness

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/cpu"
)

// shardPrograms are those whose work several machines can share, with the folder of their outputs.
var shardPrograms = map[string]string{"crossvalidate": "experiments/crossvalidation", "tune": "tuning/results"}

// A machine is a way to run one of them.
type machine struct {
	programs string // their folder
	variant  Variant
}

func (m machine) run(t *testing.T, work, program string, args ...string) {
	t.Helper()
	words := append(append([]string{}, m.variant.Under...), filepath.Join(m.programs, program), "-log", "")
	words = append(words, args...)
	command := exec.Command(words[0], words[1:]...)
	command.Dir, command.Env = work, append(os.Environ(), m.variant.Env...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", command.Args, err, out)
	}
}

func buildShardPrograms(t *testing.T, v Variant) string {
	t.Helper()
	folder := t.TempDir()
	args := append([]string{"build", "-o", folder + string(filepath.Separator)}, v.Build...)
	for program := range shardPrograms {
		args = append(args, "./cmd/"+program)
	}
	build := exec.Command("go", args...)
	build.Dir, build.Env = root, append(os.Environ(), v.BuildEnv...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
	return folder
}

// checkShards compares what the first machine makes of shards, of which each machine does one, with what it makes alone.
func checkShards(t *testing.T, machines []machine) {
	t.Helper()
	if len(machines) < 2 {
		t.Fatal("there is one machine")
	}
	for program, outputs := range shardPrograms {
		t.Run(program, func(t *testing.T) {
			work := shardWorld(t)
			machines[0].run(t, work, program)
			want := map[string]string{}
			if err := addSums(want, work, outputs); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(work, outputs)); err != nil {
				t.Fatal(err)
			}
			for i, m := range machines {
				m.run(t, work, program, "-shard", fmt.Sprintf("%d/%d", i, len(machines)))
			}
			machines[0].run(t, work, program, "-merge")
			got := map[string]string{}
			if err := addSums(got, work, outputs); err != nil {
				t.Fatal(err)
			}
			if len(want) < 5 || !maps.Equal(got, want) {
				t.Errorf("merged are other bytes than those of one machine: %v, want %v", got, want)
			}
		})
	}
}

// shardWorld is a folder with small work, which emulated machines do too.
func shardWorld(t *testing.T) string {
	t.Helper()
	work := t.TempDir()
	if err := prepareFolder(root, work, Recipes["folds"].Params); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(work, "tuning"), 0o777); err != nil {
		t.Fatal(err)
	}
	const space = `search:
  candidates: random
  trials: 4
  random_state: 0
  scheme: stratified
  metric: accuracy
  halving: 2
  splits: 2
outer:
  splits: 3
  repeats: 1
  random_state: 0
refit: {}
space:
  train:
    learning_rate:
      log_uniform: [0.001, 0.1]
    input_noise:
      uniform: [0, 1]
`
	if err := os.WriteFile(filepath.Join(work, "tuning/params.yaml"), []byte(space), 0o666); err != nil {
		t.Fatal(err)
	}
	return work
}

// TestShardsOfDifferentKernelsMerge: a cluster may have nodes of different CPUs.
func TestShardsOfDifferentKernelsMerge(t *testing.T) {
	programs := buildShardPrograms(t, Variant{})
	machines := []machine{{programs, Variant{}}, {programs, Variant{Env: []string{"SONAR_KERNEL=generic"}}}}
	if runtime.GOARCH == "amd64" {
		machines = append(machines, machine{programs, Variant{Env: []string{"SONAR_KERNEL=avx2"}}})
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			machines = append(machines, machine{programs, Variant{Env: []string{"SONAR_KERNEL=avx512", "GOMAXPROCS=7"}}})
		}
	}
	checkShards(t, machines)
}
