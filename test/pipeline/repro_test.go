//go:build pipeline

package pipeline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFreshCloneIsCleanAfterPull(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	c.run("dvc", "pull")
	c.wantClean()
}

// TestReproMakesTheCommittedOutputs starts from only the raw file, as `make repro` does.
func TestReproMakesTheCommittedOutputs(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	c.run("dvc", "pull", "data/sonar.all-data.dvc")
	if _, err := os.Stat(c.path("data/X_train.csv")); err == nil {
		t.Fatal("the split is there before the pipeline ran")
	}
	if got, want := c.repro(), []string{"prepare", "train", "evaluate", "export"}; !slices.Equal(got, want) {
		t.Errorf("the first dvc repro ran %q, want %q: git has the outputs of the other stages", got, want)
	}
	c.wantClean() // so dvc.lock is up to date
	if got := c.repro(); len(got) != 0 {
		t.Errorf("the second dvc repro ran %q, want nothing", got)
	}
	if got := c.repro("--force"); len(got) != len(readStages(t)) {
		t.Errorf("dvc repro --force ran %q, want every stage", got)
	}
	c.wantClean() // so the committed results are this machine's, to the byte
}

func TestMakeSetsUpAFreshClone(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	if err := os.Remove(c.path(".dvc/config.local")); err != nil {
		t.Fatal(err)
	}
	out := c.run(makeHere("repro")...)
	for _, want := range []string{"Running stage 'train'", "train.accuracy", "val.f1_macro"} {
		if !strings.Contains(out, want) {
			t.Errorf("make repro does not show %q:\n%s", want, out)
		}
	}
	if url, want := c.run("dvc", "config", "--local", "remote.origin.url"), c.path(".dvc/store"); strings.TrimSpace(url) != want {
		t.Errorf("the remote's address is %q, want %q", url, want)
	}
	c.wantClean()
	if out := c.run(makeHere("setup")...); !strings.Contains(out, "Nothing to be done") {
		t.Errorf("the second make setup:\n%s", out)
	}
}

func TestMakeMovesTheRemoteAndBack(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	shared := t.TempDir()
	c.setOption("url", "s3://bucket/folder")
	c.setOption("endpointurl", "http://127.0.0.1:1")
	c.run(makeHere("remote", "URL="+shared)...)
	c.run("dvc", "push")
	if _, err := os.Stat(filepath.Join(shared, "files/md5")); err != nil {
		t.Error(err)
	}
	c.run(makeHere("remote")...)
	if url, want := c.run("dvc", "config", "--local", "remote.origin.url"), c.path(".dvc/store"); strings.TrimSpace(url) != want {
		t.Errorf("without URL the remote's address is %q, want %q", url, want)
	}
}

// If a project has moved its remote for everybody, set-up does not return a clone to the old one.
func TestSetupLeavesTheRemoteOfTheProject(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	if err := os.Remove(c.path(".dvc/config.local")); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(t.TempDir(), "shared")
	if err := os.Rename(c.path(".dvc/store"), shared); err != nil {
		t.Fatal(err)
	}
	c.run("dvc", "remote", "modify", "origin", "url", shared)
	c.run(makeHere("setup")...)
	c.read("data/sonar.all-data")
	if local := c.read(".dvc/config.local"); local != "" {
		t.Errorf("set-up wrote to .dvc/config.local:\n%s", local)
	}
}

func TestReproRunsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	appendTo := func(name, text string) func(clone) {
		return func(c clone) { c.write(name, c.read(name)+text) }
	}
	setParam := func(old, new string) func(clone) {
		return func(c clone) { c.edit("params.yaml", old, new) }
	}
	for _, test := range []struct {
		name   string
		change func(clone)
		want   []string
	}{
		{"a comment in params.yaml", appendTo("params.yaml", "# A remark.\n"), nil},
		{"a Go test", func(c clone) { c.write("internal/params/new_test.go", "package params\n") }, nil},
		{"prose", func(c clone) { c.write("internal/params/NOTES.md", "A remark.\n") }, nil},
		{"the level of the intervals", setParam("confidence: 0.95", "confidence: 0.9"), []string{"crossvalidate", "evaluate"}},
		{"a functional case", func(c clone) { c.write("cases/new.json", functionalCase(c)) }, []string{"evaluate"}},
		{"the code of one program", appendTo("cmd/prepare/main.go", "\n// A remark.\n"), []string{"prepare"}},
		{"a hyperparameter", setParam("learning_rate: 0.01", "learning_rate: 0.03"), []string{"crossvalidate", "evaluate", "export", "train"}},
		{"the number of folds", setParam("splits: 10", "splits: 5"), []string{"crossvalidate", "inspect"}},
		{"the split's seed", setParam("  random_state: 42", "  random_state: 43"), []string{"evaluate", "export", "inspect", "prepare", "train"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := pulledClone(t)
			test.change(c)
			if got := c.repro(); !slices.Equal(slices.Sorted(slices.Values(got)), test.want) {
				t.Errorf("dvc repro ran %q, want %q", got, test.want)
			}
			if got := c.repro(); len(got) != 0 {
				t.Errorf("the second dvc repro ran %q, want nothing", got)
			}
		})
	}
}

// functionalCase returns the text of a case that the clone already has.
func functionalCase(c clone) string {
	c.Helper()
	return c.read("cases/rock.json")
}
