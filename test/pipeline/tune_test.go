//go:build pipeline

package pipeline

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// A tuneStage is the stage in tuning/dvc.yaml. Its params are sections of params.yaml, and an object of those of
// tuning/params.yaml.
type tuneStage struct {
	Wdir          string
	Cmd           string
	Deps          []string
	Params        []yaml.Node
	Outs, Metrics []output
}

func readTuneStage(t *testing.T) tuneStage {
	t.Helper()
	var file struct{ Stages map[string]tuneStage }
	readYAML(t, "tuning/dvc.yaml", &file)
	stage, found := file.Stages["tune"]
	if !found || len(file.Stages) != 1 {
		t.Fatalf("tuning/dvc.yaml has the stages %v", slices.Collect(maps.Keys(file.Stages)))
	}
	return stage
}

func TestTheSearchIsAStageLikeTheOthers(t *testing.T) {
	t.Parallel()
	stage := readTuneStage(t)
	if stage.Wdir != ".." || stage.Cmd != "go run ./cmd/tune" {
		t.Errorf("it runs %q in %q", stage.Cmd, stage.Wdir)
	}
	got := slices.DeleteFunc(slices.Clone(stage.Deps), func(dep string) bool { return !isCode(dep) })
	if want := codeOf(t, "tune"); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("it depends on\n%q\ngo list -deps says\n%q", got, want)
	}
	for _, out := range slices.Concat(stage.Outs, stage.Metrics) {
		if _, err := command(pulled, "git", "check-ignore", "-q", out.path); out.cache || !out.persist || err == nil {
			t.Errorf("%s must be persistent, and in git", out.path)
		}
	}
}

// TestTheSearchReadsOnlyWhatItsStageDeclares runs the program with the declared sections and data alone, and without any one.
func TestTheSearchReadsOnlyWhatItsStageDeclares(t *testing.T) {
	t.Parallel()
	stage := readTuneStage(t)
	program := filepath.Join(t.TempDir(), "tune")
	if _, err := command(pulled, "go", "build", "-o", program, "./cmd/tune"); err != nil {
		t.Fatal(err)
	}
	sections := map[string][]string{}
	for _, p := range stage.Params {
		if p.Kind == yaml.ScalarNode {
			sections["params.yaml"] = append(sections["params.yaml"], p.Value)
			continue
		}
		var other map[string][]string
		if err := p.Decode(&other); err != nil {
			t.Fatal(err)
		}
		maps.Copy(sections, other)
	}
	world := func(missing string) string {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "tuning"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, declared := range sections {
			var all map[string]any
			readYAML(t, name, &all)
			maps.DeleteFunc(all, func(section string, _ any) bool {
				return name+":"+section == missing || !slices.Contains(declared, section)
			})
			if search, ok := all["search"].(map[string]any); ok { // the declared search would take long
				search["trials"], search["splits"] = 2, 2
				all["outer"].(map[string]any)["repeats"] = 0
			}
			text, err := yaml.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			clone{t, dir}.write(name, string(text))
		}
		if missing != "data" {
			if err := copyAll(filepath.Join(pulled, "data/sonar.all-data"), filepath.Join(dir, "data/sonar.all-data")); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	dir := world("")
	if _, err := command(dir, program); err != nil {
		t.Fatalf("with everything that the stage declares: %v", err)
	}
	for _, out := range slices.Concat(stage.Outs, stage.Metrics) {
		if _, err := os.Stat(filepath.Join(dir, out.path)); err != nil {
			t.Error(err)
		}
	}
	for name, declared := range sections {
		for _, section := range append(declared, "") {
			missing := name + ":" + section
			if section == "" {
				missing = "data"
			}
			if missing == "tuning/params.yaml:search" || missing == "tuning/params.yaml:outer" {
				continue // world needs them
			}
			if _, err := command(world(missing), program); err == nil {
				t.Errorf("without %s, which the stage declares, it succeeds", missing)
			}
		}
	}
}

// TestTheChoiceIsTakenOver searches with the real DVC, and runs the command that is printed.
func TestTheChoiceIsTakenOver(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.write("tuning/params.yaml", `search:
  candidates: random
  trials: 3
  random_state: 0
  scheme: stratified
  metric: accuracy
  halving: 1
  splits: 2
outer:
  splits: 2
  repeats: 1
  random_state: 0
refit:
  train:
    ensemble: 2
space:
  train:
    hidden_sizes:
      choice:
      - []
      - - 5
        - 4
    learning_rate:
      log_uniform:
      - 0.00001
      - 0.0001
    epochs:
      int:
      - 2
      - 9
    activation:
      choice:
      - tanh
      - gelu
`)
	out := c.run("dvc", "repro", "tuning/dvc.yaml")
	at := strings.Index(out, "dvc exp run -S ")
	if at < 0 {
		t.Fatalf("it prints\n%s", out)
	}
	line, _, _ := strings.Cut(out[at:], "\n")
	var best struct{ Train map[string]any }
	if err := yaml.Unmarshal([]byte(c.read("tuning/results/best.yaml")), &best); err != nil || len(best.Train) != 5 {
		t.Fatalf("best.yaml sets %v, %v", best.Train, err)
	}
	before := c.train()
	c.run("git", "add", "-A")
	c.run("git", "commit", "-q", "-m", "Search")
	c.run("sh", "-c", line)
	maps.Copy(before, best.Train)
	if got := c.train(); !maps.EqualFunc(got, before, equalYAML) {
		t.Errorf("%s makes the settings %v, want %v", line, got, before)
	}
	if out := c.run("dvc", "repro"); strings.Contains(out, "tune") {
		t.Errorf("dvc repro at the top:\n%s", out)
	}
	if out := c.run("dvc", "status", "dvc.yaml"); !strings.Contains(out, "up to date") {
		t.Errorf("dvc status dvc.yaml:\n%s", out)
	}
}

func equalYAML(a, b any) bool {
	x, errX := yaml.Marshal(a)
	y, errY := yaml.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// train returns the train section of params.yaml.
func (c clone) train() map[string]any {
	c.Helper()
	var file struct{ Train map[string]any }
	if err := yaml.Unmarshal([]byte(c.read("params.yaml")), &file); err != nil {
		c.Fatal(err)
	}
	return file.Train
}
