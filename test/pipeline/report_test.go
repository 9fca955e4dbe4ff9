//go:build pipeline

package pipeline

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// branch makes a branch off main, on which change is committed.
func (c clone) branch(name string, change func()) {
	c.Helper()
	c.run("git", "checkout", "-q", "-b", name, "main")
	change()
	c.run("git", "add", "-A")
	c.run("git", "commit", "-q", "-m", name)
}

// makeAs returns the command of a workflow's step: make, with the environment that GitHub sets.
func makeAs(target string, environment ...string) []string {
	return append(append([]string{"env"}, environment...), makeHere(target)...)
}

// A gate is what make gate must do if a pull request has the labels, which are in GitHub's form.
type gate struct {
	labels string
	passes bool
	says   string
}

func (g gate) check(c clone, base string) {
	c.Helper()
	command, said := makeAs("gate", "BASE="+base, "LABELS="+g.labels), ""
	if g.passes {
		said = c.run(command...)
	} else {
		said = c.fails(command...)
	}
	if !strings.Contains(said, g.says) {
		c.Errorf("with labels %s make gate does not say %q:\n%s", g.labels, g.says, said)
	}
}

// TestPullRequestsAreReportedAndGated runs the workflow's commands on the branches of a clone.
func TestPullRequestsAreReportedAndGated(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.branch("docs", func() { c.write("NOTES.md", "A remark.\n") })
	c.branch("no-results", func() { c.run("git", "rm", "-q", "-r", "experiments/crossvalidation") })
	c.branch("not-run", func() { c.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.0001") })
	c.branch("worse", func() {
		c.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.0001")
		c.repro()
	})
	for _, test := range []struct {
		branch, base string
		report       string // its verdict
		gates        []gate
	}{
		{"docs", "main", "identical", []gate{{"[]", true, "identical: "}}},
		{"worse", "main", "regressed", []gate{
			{"[]", false, "give the pull request the label accept-regression"},
			{`["bug", "accept-regression"]`, true, "let through"},
			{`["accept-new-baseline", "do not accept-regression"]`, false, "regressed: accuracy fell"},
		}},
		{"main", "worse", "improved", []gate{{"[]", true, "improved: "}}},
		{"worse", "no-results", "not compared", []gate{
			{"[]", false, "give the pull request the label accept-new-baseline"},
			{`["accept-new-baseline"]`, true, "let through"},
		}},
		{"no-results", "main", "not compared", []gate{{"[]", false, "folds.csv is missing"}}},
		{"docs", "nowhere", "not compared", []gate{{`["accept-new-baseline"]`, false, `git knows no revision "nowhere"`}}},
		{"docs", "-h", "not compared", []gate{{`["accept-new-baseline"]`, false, `git knows no revision "-h"`}}},
		{"docs", "", "not compared", []gate{{`["accept-new-baseline"]`, false, `"" is not the name of a revision`}}},
		{"not-run", "main", "identical", []gate{{"[]", true, "has changed in params.yaml since the results were made"}}},
	} {
		t.Run(test.branch+" onto "+test.base, func(t *testing.T) {
			c := clone{t, c.dir}
			c.run("git", "checkout", "-q", "-f", test.branch)
			summary := filepath.Join(t.TempDir(), "summary.md")
			c.run(makeAs("report", "BASE="+test.base, "GITHUB_STEP_SUMMARY="+summary)...)
			report, err := os.ReadFile(summary)
			if err != nil || !strings.HasPrefix(string(report), "### "+test.report) {
				t.Errorf("the job's summary is %v:\n%s", err, report)
			}
			if test.report == "regressed" && !strings.Contains(string(report), "stratified.accuracy.mean") {
				t.Errorf("the report has no dvc metrics diff:\n%s", report)
			}
			for _, g := range test.gates {
				g.check(c, test.base)
			}
		})
	}
	t.Run("the comment", func(t *testing.T) {
		var posted string
		hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/user" { // a workflow's token belongs to no user
				w.WriteHeader(http.StatusForbidden)
				return
			}
			if r.Method == http.MethodPost {
				body, _ := io.ReadAll(r.Body)
				posted = string(body)
			}
			io.WriteString(w, "[]")
		}))
		defer hub.Close()
		c := clone{t, c.dir}
		c.run("git", "checkout", "-q", "-f", "worse")
		c.run(makeAs("report", "BASE=main")...)
		c.run(makeAs("comment", "PR=7", "GITHUB_API_URL="+hub.URL, "GITHUB_REPOSITORY=owner/project", "GITHUB_TOKEN=secret")...)
		if !strings.Contains(posted, "### regressed") {
			t.Errorf("posted %.200q", posted)
		}
	})
}

// TestStaleResultsAreDetected covers the workflow's other guard: params.yaml was edited, but the results in git
// are the old ones.
func TestStaleResultsAreDetected(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run(makeAs("reproduce")...)
	c.branch("not-run", func() { c.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.0001") })
	if said := c.fails(makeAs("reproduce")...); !strings.Contains(said, "git diff --exit-code") {
		t.Errorf("make reproduce fails for another reason:\n%s", said)
	}
}

// TestWorkflowStepsAreMakeTargets checks that everything GitHub runs can be run on any machine.
func TestWorkflowStepsAreMakeTargets(t *testing.T) {
	t.Parallel()
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Run string }
		}
	}
	readYAML(t, ".github/workflows/ci.yml", &workflow)
	targets := regexp.MustCompile(`^make [a-z-]+$`)
	c := freshClone(t)
	seen := map[string]bool{}
	for _, job := range workflow.Jobs {
		for _, step := range job.Steps {
			if step.Run == "" || seen[step.Run] {
				continue
			}
			seen[step.Run] = true
			if !targets.MatchString(step.Run) {
				t.Errorf("a step runs %q, want one make target", step.Run)
				continue
			}
			c.run("make", "VENV="+root+"/.venv", "-n", strings.TrimPrefix(step.Run, "make "))
		}
	}
	for _, want := range []string{"make test", "make pull", "make reproduce", "make report", "make comment", "make gate"} {
		if !seen[want] {
			t.Errorf("no step runs %q", want)
		}
	}
}

// TestAnExperimentIsComparedByItsName has DVC itself write the experiment that compare finds by name, from the
// commit that it is based on and from a later one.
func TestAnExperimentIsComparedByItsName(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run("dvc", "exp", "run", "-q", "-n", "slow", "-S", "train.learning_rate=0.0001")
	c.run("git", "checkout", "-q", ".")
	c.run("go", "build", "-o", "bin/", "./cmd/compare")
	compare := c.path("bin/compare")
	if said := c.fails(compare, "main", "slow"); !strings.Contains(said, "regressed: accuracy fell") || strings.Contains(said, "Caution") {
		t.Errorf("compare main slow:\n%s", said)
	}
	if said := c.run(compare, "slow"); !strings.Contains(said, "improved: accuracy rose") { // the workspace is main
		t.Errorf("compare slow:\n%s", said)
	}
	c.run("git", "commit", "-q", "--allow-empty", "-m", "more")
	if said := c.fails(compare, "HEAD", "slow"); !strings.Contains(said, "regressed: accuracy fell") {
		t.Errorf("compare HEAD slow, on a later commit:\n%s", said)
	}
}
