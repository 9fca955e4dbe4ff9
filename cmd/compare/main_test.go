package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/compare"
	"example.com/sonar/internal/compare/comparetest"
)

// A project is a git repository in a temporary folder, which becomes the current one.
type project struct{ t *testing.T }

func newProject(t *testing.T) project {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	p := project{t}
	p.git("init", "-q", "-b", "main")
	return p
}

func (p project) git(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "gc.auto=0", "-c", "user.name=n", "-c", "user.email=n@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (p project) write(files map[string]string) {
	p.t.Helper()
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p project) commit(files map[string]string) {
	p.t.Helper()
	p.write(files)
	p.git("add", "-A")
	p.git("commit", "-q", "--allow-empty", "-m", "results")
}

// branch makes a branch off main with files, and checks it out.
func (p project) branch(name string, files map[string]string) {
	p.t.Helper()
	p.git("checkout", "-q", "-b", name, "main")
	p.commit(files)
}

func execute(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = cli.Execute(context.Background(), "compare", usage, run, args, &out, &errs)
	return status, out.String(), errs.String()
}

// models returns results of models that are wrong about this many rows in a hundred.
func models(percent int) map[string]string {
	return comparetest.Random(1, float64(percent)/100).Files()
}

// changed returns files with one text of one file replaced.
func changed(files map[string]string, path, old, new string) map[string]string {
	files = maps.Clone(files)
	files[path] = strings.Replace(files[path], old, new, 1)
	return files
}

func TestABareRepositoryHasNoWorkspace(t *testing.T) {
	p := newProject(t)
	p.commit(models(18))
	p.branch("better", models(5))
	p.git("clone", "-q", "--bare", ".", "bare.git")
	_, want, _ := execute("main", "better")
	t.Chdir("bare.git")
	if status, stdout, stderr := execute("main", "better"); status != 0 || stdout != want {
		t.Errorf("status %d, %s%s, want %s", status, stdout, stderr, want)
	}
	const refusal = "compare: a second revision must be named, as a bare repository has no work tree to compare\n"
	if status, _, stderr := execute("main"); status != 2 || stderr != refusal {
		t.Errorf("status %d, %q, want %q", status, stderr, refusal)
	}
}

func TestExitStatusIsTheVerdicts(t *testing.T) {
	p := newProject(t)
	p.commit(models(18))
	p.branch("better", models(5))
	p.branch("worse", models(40))
	p.branch("alike", comparetest.Random(2, .18).Files())
	p.branch("docs", map[string]string{"README.md": "more\n"})
	p.branch("other-data", changed(models(18), "data/sonar.all-data.dvc", "0f", "1f"))
	p.branch("other-folds", changed(models(18), "params.yaml", "random_state: 0", "random_state: 3"))
	p.branch("broken", changed(models(18), "experiments/crossvalidation/folds.csv", "stratified,0,0,21", "stratified,0,0,x"))
	p.branch("nothing", nil)
	p.git("rm", "-q", "-r", "experiments")
	p.git("commit", "-q", "-m", "no results")
	p.git("branch", "same-as-main", "main")
	p.git("tag", "v1", "main")

	tests := []struct {
		args   string
		status int
		says   string // on standard output, or on standard error if there is no verdict
	}{
		{"main better", 0, "improved: accuracy rose"},
		{"main worse", 1, "regressed: accuracy fell"},
		{"worse main", 0, "improved: accuracy rose"},
		{"v1 worse -metric loss", 1, "regressed: loss rose"},
		{"main alike", 0, "inconclusive: no difference in accuracy was found, but a drop"},
		{"main alike -margin 0.01 -require non-inferior", 1, "Required to be non-inferior: failed"},
		{"-margin 0.15 -require non-inferior main alike", 0, "Required to be non-inferior: passed"},
		{"main docs", 0, "identical: every score"},
		{"main docs -format markdown", 0, "### identical: every score"},
		{"main docs -format json", 0, `"verdict": "identical"`},

		{"main main", 2, "compare: main and main are one commit"},
		{"main v1", 2, "compare: main and v1 are one commit"},
		{"same-as-main main", 2, "compare: same-as-main and main are one commit"},
		{"nothing main", 2, "compare: nothing has no experiments/crossvalidation/folds.csv: without it nothing can be compared"},
		{"main nothing", 2, "compare: nothing has no experiments/crossvalidation/folds.csv"},
		{"main other-data", 2, "compare: the raw data of main and other-data differ"},
		{"main other-folds", 2, `compare: crossvalidate.random_state is "0" in main but "3" in other-folds`},
		{"main broken", 2, `compare: broken:experiments/crossvalidation/folds.csv:2: column 4 must be a whole number of 1 or more, got "x"`},
		{"nowhere", 3, `compare: git knows no revision "nowhere"`},
		{"main nowhere", 3, `compare: git knows no revision "nowhere"`},
		{"-- -h", 3, `compare: git knows no revision "-h"`},

		{"", 2, "BASE is missing"},
		{"main better worse", 2, `unexpected argument "worse"`},
		{"main better -metric precision", 2, "-metric must be one of"},
		{"main better -format html", 2, "-format must be text, markdown or json"},
		{"main better -require non-inferior", 2, "needs a -margin"},
		{"main better -alpha 5%", 2, "invalid value"},
	}
	for _, test := range tests {
		t.Run(test.args, func(t *testing.T) {
			status, stdout, stderr := execute(strings.Fields(test.args)...)
			said := stdout
			if test.status >= 2 {
				said = stderr
			} else if stderr != "" {
				t.Errorf("standard error: %q", stderr)
			}
			if status != test.status || !strings.Contains(said, test.says) {
				t.Errorf("status %d, want %d; want %q in\n%s", status, test.status, test.says, said)
			}
			if strings.HasPrefix(stderr, "compare: ") && strings.Count(stderr, "\n") != 1 {
				t.Errorf("the error is not one line: %q", stderr)
			}
		})
	}
}

// TestWorkspaceIsTheHead: edits need no commit to be compared.
func TestWorkspaceIsTheHead(t *testing.T) {
	p := newProject(t)
	p.commit(models(18))

	status, _, stderr := execute("main")
	if status != 2 || !strings.Contains(stderr, "the workspace is main unchanged") {
		t.Errorf("unchanged: status %d, %q", status, stderr)
	}
	p.write(models(40))
	status, stdout, _ := execute("main")
	if status != 1 || !strings.Contains(stdout, "workspace") || !strings.Contains(stdout, "regressed: ") {
		t.Errorf("worse: status %d\n%s", status, stdout)
	}
	if err := os.Remove("experiments/crossvalidation/predictions.csv"); err != nil {
		t.Fatal(err)
	}
	status, _, stderr = execute("main")
	if status != 2 || !strings.Contains(stderr, "experiments/crossvalidation/predictions.csv is missing: without it nothing can be compared") {
		t.Errorf("incomplete: status %d, %q", status, stderr)
	}
}

// TestAnyFolderOfTheProjectWillDo: the project itself may be a folder of a larger repository.
func TestAnyFolderOfTheProjectWillDo(t *testing.T) {
	p := newProject(t)
	files := map[string]string{"with space/notes/x": "", "with space/dvc.yaml": ""}
	for path, text := range models(18) {
		files["with space/"+path] = text
	}
	p.commit(files)
	for _, folder := range []string{"with space", "with space/notes"} {
		t.Run(folder, func(t *testing.T) {
			t.Chdir(folder)
			status, _, stderr := execute("main")
			if status != 2 || !strings.Contains(stderr, "the workspace is main unchanged") {
				t.Errorf("status %d, %q", status, stderr)
			}
		})
	}
}

// TestOutdatedResultsAreNotSilent: params.yaml was edited, and nobody ran the pipeline.
func TestOutdatedResultsAreNotSilent(t *testing.T) {
	p := newProject(t)
	files := models(18)
	files["dvc.lock"] = comparetest.Lock(files)
	p.commit(files)
	p.branch("edited", changed(files, "params.yaml", "0.01", "0.03"))
	for _, format := range compare.FormatNames() {
		status, stdout, _ := execute("main", "edited", "-format", format)
		if status != 0 || !strings.Contains(stdout, "has changed in params.yaml since the results were made") {
			t.Errorf("%s: status %d\n%s", format, status, stdout)
		}
	}
}

// TestAnUnfinishedMergeIsNamed: files in conflict are nobody's results.
func TestAnUnfinishedMergeIsNamed(t *testing.T) {
	p := newProject(t)
	p.commit(models(18))
	p.branch("better", models(5))
	p.git("checkout", "-q", "main")
	p.commit(models(10))
	if out, err := exec.Command("git", "-c", "user.name=n", "-c", "user.email=n@example.com", "merge", "better").CombinedOutput(); err == nil {
		t.Fatalf("the merge has no conflict:\n%s", out)
	}
	const want = "compare: a merge is unfinished, with 3 files in conflict, such as \"experiments/crossvalidation/folds.csv\": "
	for args, remedy := range map[string]string{
		"better": "run `make merged`\n", "better -folds experiments/crossvalidation/folds.csv": "finish it first\n",
	} {
		status, _, stderr := execute(strings.Fields(args)...)
		if status != 2 || stderr != want+remedy {
			t.Errorf("%s: status %d, %q, want %q", args, status, stderr, want+remedy)
		}
	}
	if status, _, stderr := execute("main", "better"); status != 0 {
		t.Errorf("two commits: status %d, %q", status, stderr)
	}
	p.commit(models(5))
	if status, _, stderr := execute("main~", "-format", "json"); status != 0 {
		t.Errorf("after the merge: status %d, %q", status, stderr)
	}
}

// TestAnyProjectsFoldsAreCompared has a repository with nothing but one table.
func TestAnyProjectsFoldsAreCompared(t *testing.T) {
	table := func(add float64, more string) map[string]string {
		text := "repeat,fold,r2,rmse" + more + "\n"
		for i := range 10 {
			wobble := float64(i*i%7) / 100
			text += fmt.Sprintf("%d,%d,%g,%g%s\n", i/5, i%5, .5+wobble+add*(1+wobble), 2-wobble-add*(1+wobble), strings.Repeat(",1", strings.Count(more, ",")))
		}
		return map[string]string{"results/scores.csv": text}
	}
	p := newProject(t)
	p.commit(table(0, ""))
	p.branch("better", table(.3, ""))
	p.branch("alike", map[string]string{"NOTES": "no change of results"})
	p.branch("more", table(.3, ",mae"))
	p.branch("fewer-folds", map[string]string{"results/scores.csv": "repeat,fold,r2,rmse\n0,0,1,1\n0,1,1,1\n"})
	p.branch("text", map[string]string{"results/scores.csv": "repeat,fold,r2,rmse\n0,0,1,x\n0,1,1,1\n"})
	p.git("checkout", "-q", "better")
	const folds = " -folds results/scores.csv -lower rmse"
	for _, test := range []struct {
		args   string
		status int
		says   string // on standard output, or on standard error if there is no verdict
	}{
		{"main better -metric r2" + folds, 0, "improved: r2 rose from 0.5"},
		{"better main -metric r2" + folds, 1, "regressed: r2 fell from"},
		{"main better -metric rmse" + folds, 0, "improved: rmse fell from"},
		{"main better -metric rmse -folds results/scores.csv", 1, "regressed: rmse fell from"},
		{"main -metric r2" + folds, 0, "improved: r2 rose from 0.5"},
		{"main alike -metric r2" + folds, 0, "identical: every score is the same"},
		{"main more -metric r2" + folds, 0, "Caution: only one side has scores of the metric mae."},
		{"main better -metric r2" + folds, 0, "over 10 folds (2 repeats of 5): t = "},
		{"main better -metric r2" + folds, 0, "Caution: results/scores.csv does not say of which data and folds it is: that they are the same on both sides is not checked."},
		{"main better -metric r2 -margin .1 -require non-inferior -format json" + folds, 0, `"non_inferior": true`},
		{"main better -metric r2 -format markdown" + folds, 0, "| **r2**, decides |"},

		{"main better" + folds, 2, `compare: main has no column "accuracy" in results/scores.csv: nothing can be compared by this metric; -metric may be one of r2, rmse`},
		{"main better -metric r2 -lower mae -folds results/scores.csv", 2, `main has no column "mae" in results/scores.csv: -lower must be one of r2, rmse`},
		{"main fewer-folds -metric r2" + folds, 2, "results/scores.csv has 2 repeats of 5 folds in main but 1 of 2 in fewer-folds"},
		{"main text -metric r2" + folds, 2, `text:results/scores.csv:2: column 4 must be a number, got "x"`},
		{"main better -metric r2 -folds scores.csv", 2, "main:scores.csv is missing"},
		{"better -metric r2 -folds results/scores.csv", 2, "the workspace is better unchanged, as to results/scores.csv: nothing is compared with itself"},
		{"main main -metric r2" + folds, 2, "main and main are one commit"},
		{"main nowhere -metric r2" + folds, 3, `git knows no revision "nowhere"`},
		{"main better -folds ../scores.csv", 2, "-folds must be the path of a file below the current folder"},
		{"main better -folds /scores.csv", 2, "-folds must be the path of a file below the current folder"},
		{"main better -lower loss", 2, "-lower needs -folds"},
	} {
		t.Run(test.args, func(t *testing.T) {
			status, stdout, stderr := execute(strings.Fields(test.args)...)
			said := stdout
			if test.status >= 2 {
				said = stderr
			}
			if status != test.status || !strings.Contains(said, test.says) {
				t.Errorf("status %d, want %d; want %q in\n%s%s", status, test.status, test.says, stdout, stderr)
			}
		})
	}
}

// TestWhatTheDocumentedLinesWriteIsCompared: docs/comparing.md has the script that wrote the tables, and the command.
func TestWhatTheDocumentedLinesWriteIsCompared(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const command = "compare -folds folds.csv -lower loss main"
	document := read("../../docs/comparing.md")
	for _, part := range []string{"```python\n" + read("../../reference/any_project.py") + "```\n", "    " + command + "\n"} {
		if !strings.Contains(document, part) {
			t.Errorf("docs/comparing.md does not have\n%s", part)
		}
	}
	main, branch := read("testdata/any_project/main.csv"), read("testdata/any_project/branch.csv")
	p := newProject(t)
	p.commit(map[string]string{"folds.csv": main})
	p.write(map[string]string{"folds.csv": branch})
	args := strings.Fields(command)[1:]
	for metric, says := range map[string]string{
		"accuracy": "regressed: accuracy fell from 0.9526 to 0.9104", "loss": "regressed: loss rose from 0.1128 to 0.2346",
	} {
		if status, stdout, stderr := execute(append(args, "-metric", metric)...); status != 1 || !strings.Contains(stdout, says) || !strings.Contains(stdout, "20 folds (4 repeats of 5)") {
			t.Errorf("%s: status %d, want %q in\n%s%s", metric, status, says, stdout, stderr)
		}
	}
}

// TestExperimentsGoByName has a ref such as `dvc exp run -n lower-rate` writes.
func TestExperimentsGoByName(t *testing.T) {
	p := newProject(t)
	p.commit(models(18))
	p.branch("temporary", models(5))
	main, better := p.git("rev-parse", "main"), p.git("rev-parse", "temporary")
	p.git("update-ref", "refs/exps/"+main[:2]+"/"+main[2:]+"/lower-rate", better)
	p.git("checkout", "-q", "main")
	p.git("branch", "-q", "-D", "temporary")
	status, stdout, stderr := execute("main", "lower-rate")
	if status != 0 || !strings.Contains(stdout, "improved") {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

// TestFailuresReplaceTheLastVerdict: the comment of an earlier run must not stay as it was.
func TestFailuresReplaceTheLastVerdict(t *testing.T) {
	p := newProject(t)
	p.commit(models(18))
	status, stdout, _ := execute("nowhere", "-format", "markdown")
	if status != 3 || !strings.HasPrefix(stdout, "### not compared\n") || !strings.Contains(stdout, compare.Marker) {
		t.Errorf("status %d\n%s", status, stdout)
	}
	status, stdout, _ = execute("nowhere", "-format", "json")
	if status != 3 || !strings.Contains(stdout, `"verdict": "not compared"`) {
		t.Errorf("status %d\n%s", status, stdout)
	}
}

func TestOutsideAGitRepository(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	status, _, stderr := execute("main")
	if status != 3 || !strings.Contains(stderr, "not a git repository") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// TestTimeDoesNotGrowWithTheHistory compares at the end of 5,000 commits.
func TestTimeDoesNotGrowWithTheHistory(t *testing.T) {
	p := newProject(t)
	var stream strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter n <n@example.com> %d +0000\ndata 1\nx\nM 644 inline n\ndata %d\n%d\n",
			1700000000+i, len(fmt.Sprint(i)), i)
	}
	load := exec.Command("git", "fast-import", "--quiet")
	load.Stdin = strings.NewReader(stream.String())
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("git fast-import: %v: %s", err, out)
	}
	p.git("checkout", "-q", "-f", "main")
	p.commit(models(18))
	p.branch("worse", models(40))

	fastest := time.Hour
	for range 5 {
		started := time.Now()
		if status, _, stderr := execute("main", "worse"); status != 1 {
			t.Fatalf("status %d: %s", status, stderr)
		}
		fastest = min(fastest, time.Since(started))
	}
	t.Logf("%v", fastest)
	if fastest > 200*time.Millisecond {
		t.Errorf("a comparison takes %v, want at most 0.2 s", fastest)
	}
}
