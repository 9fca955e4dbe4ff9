//go:build pipeline

package pipeline

import (
	"strings"
	"testing"
)

// TestMakeMergedFinishesAMerge merges branches that changed one setting each, so that whatever the pipeline writes is in
// conflict, and the settings are not. What comes of it is what a branch with both settings has.
func TestMakeMergedFinishesAMerge(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	rate := func() { c.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.02") }
	repeats := func() { c.edit("params.yaml", "  repeats: 10", "  repeats: 2") }
	c.branch("both", func() { rate(); repeats(); c.repro() })
	c.branch("repeats", func() { repeats(); c.repro() })
	c.branch("rate", func() { rate(); c.repro() })
	c.run("dvc", "checkout")

	if said := c.fails(makeHere("merged")...); !strings.Contains(said, "merged: no merge is under way") {
		t.Errorf("without a merge:\n%s", said)
	}
	if said := c.fails("git", "merge", "repeats"); !strings.Contains(said, "conflict in dvc.lock") || !strings.Contains(said, "folds.csv") {
		t.Fatalf("the merge has other conflicts:\n%s", said)
	}
	if said := c.fails(makeAs("gate", "BASE=main")...); !strings.Contains(said, "a merge is unfinished") || !strings.Contains(said, "run `make merged`") {
		t.Errorf("make gate in the merge:\n%s", said)
	}
	if said := c.run(makeAs("report", "BASE=main", "GITHUB_STEP_SUMMARY=/dev/stdout")...); !strings.Contains(said, "a merge is unfinished") {
		t.Errorf("make report in the merge:\n%s", said)
	}
	c.run(makeHere("merged")...)
	c.run("git", "commit", "-q", "--no-edit")
	c.wantClean()
	if parents := strings.Fields(c.run("git", "log", "-1", "--format=%p")); len(parents) != 2 {
		t.Errorf("the commit has the parents %q", parents)
	}
	if diff := c.run("git", "diff", "both"); diff != "" {
		t.Errorf("a branch with both settings has other results:\n%.3000s", diff)
	}

	c.branch("other-rate", func() { c.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.03") })
	c.fails("git", "merge", "rate")
	if said := c.fails(makeHere("merged")...); !strings.Contains(said, "resolve these by hand") || !strings.Contains(said, "\nparams.yaml\n") {
		t.Errorf("with params.yaml in conflict:\n%s", said)
	}
	c.run("git", "checkout", "--theirs", "params.yaml")
	c.run("git", "add", "params.yaml")
	c.run(makeHere("merged")...)
	c.run("git", "commit", "-q", "--no-edit")
	c.wantClean()
	if diff := c.run("git", "diff", "rate"); diff != "" {
		t.Errorf("the settings of branch rate have other results:\n%.3000s", diff)
	}
}
