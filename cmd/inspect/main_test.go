package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
)

// The parts of params.yaml that the program reads, and a section for another program.
const settings = `data:
  classes:
  - R
  - M
  header: false
  label: ''
  id: ''
  group: ''
  drop: []
  categorical: []
  missing: ['', NA]
prepare:
  test_size: 0.25
  random_state: 42
crossvalidate:
  splits: 10
  repeats: 10
  random_state: 0
train: of no concern here
`

const sonar = "../../internal/dataset/testdata/sonar.all-data"

// project creates a folder with params.yaml and the raw file and changes to it.
func project(t *testing.T) {
	t.Helper()
	raw := readFileOf(t, sonar)
	t.Chdir(t.TempDir())
	writeText(t, "params.yaml", settings)
	writeText(t, "data/sonar.all-data", raw)
}

func readFileOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func execute(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, log bytes.Buffer
	status = cli.Execute(ctx, "inspect", usage, run, args, &out, &log)
	return status, out.String(), log.String()
}

func TestSonarHasNothingToWarnOf(t *testing.T) {
	project(t)
	status, stdout, stderr := execute(t.Context())
	if status != 0 || stdout != "" || strings.Contains(stderr, "WRN") || !strings.Contains(stderr, "rows=208") {
		t.Fatalf("status %d, output %q, log\n%s", status, stdout, stderr)
	}
	report := readFileOf(t, "experiments/data/report.json")
	for _, want := range []string{`"rows": 208`, `"numeric": 60`, `"R": 97`, `"M": 111`, `"train": 156`, `"test": 52`, `"warnings": 0`} {
		if !strings.Contains(report, want) {
			t.Errorf("no %s in\n%s", want, report)
		}
	}
	if columns := readFileOf(t, "experiments/data/columns.csv"); strings.Count(columns, "\n") != 1+60 {
		t.Errorf("columns.csv:\n%s", columns)
	}
	means := readFileOf(t, "experiments/data/plots/means.csv")
	if strings.Count(means, "\n") != 1+2*60 || !strings.Contains(means, "\n1,,R,0.022497") {
		t.Errorf("means.csv:\n%s", means)
	}
	if log := readFileOf(t, "experiments/logs/inspect.log"); !strings.Contains(log, "rows=208") {
		t.Errorf("the log has\n%s", log)
	}
}

func TestWarningsAreLogged(t *testing.T) {
	project(t)
	raw := readFileOf(t, "data/sonar.all-data")
	writeText(t, "data/sonar.all-data", raw+raw)
	status, _, stderr := execute(t.Context())
	for _, want := range []string{"WRN ", "of 104 test rows equal a training row in all inputs", "208 of 416 rows equal an earlier one", "warnings=2"} {
		if status != 0 || !strings.Contains(stderr, want) {
			t.Errorf("status %d, no %q in\n%s", status, want, stderr)
		}
	}
}

// TestTheStageRefusesWhatPrepareRefuses compares the two programs' lines.
func TestTheStageRefusesWhatPrepareRefuses(t *testing.T) {
	prepare := build(t, "prepare")
	tests := []struct{ name, file, old, new string }{
		{"a label that is none", "data/sonar.all-data", "R\r\n", "Q\r\n"},
		{"a field that is no number", "data/sonar.all-data", "0.0200", "zero"},
		{"no file", "data/sonar.all-data", "", ""},
		{"an unknown key", "params.yaml", "header:", "headers:"},
		{"a missing section", "params.yaml", "data:", "train:"},
		{"a class without rows", "params.yaml", "  - M\n", "  - M\n  - X\n"},
		{"a test part that is too small", "params.yaml", "0.25", "0.001"},
		{"a column that plays two parts", "params.yaml", "id: ''", "id: 61"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			project(t)
			if test.old == "" {
				os.Remove(test.file)
			} else {
				writeText(t, test.file, strings.Replace(readFileOf(t, test.file), test.old, test.new, 1))
			}
			status, _, got := execute(t.Context())
			cmd := exec.Command(prepare)
			var want bytes.Buffer
			cmd.Stderr = &want
			if err := cmd.Run(); err == nil {
				t.Fatal("prepare takes it")
			}
			if status != 1 || strings.TrimPrefix(got, "inspect: ") != strings.TrimPrefix(want.String(), "prepare: ") {
				t.Errorf("status %d, %q, prepare says %q", status, got, want.String())
			}
			if _, err := os.Stat("experiments/data"); err == nil {
				t.Error("it has written to experiments/data")
			}
		})
	}
}

// build builds a program.
func build(t *testing.T, name string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", path, "../"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// TestPrepareTakesTheSectionThatIsPasted inspects every public table, pastes the section and runs prepare.
func TestPrepareTakesTheSectionThatIsPasted(t *testing.T) {
	prepare := build(t, "prepare")
	for name, want := range publicTables {
		t.Run(name, func(t *testing.T) {
			table, err := filepath.Abs("testdata/tables/" + name)
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			status, stdout, stderr := execute(t.Context(), "-csv", "data/table.csv", table)
			if status != 0 || stderr != "" {
				t.Fatalf("status %d: %s", status, stderr)
			}
			_, section, found := strings.Cut(stdout, "\ndata:\n")
			if !found {
				t.Fatalf("no section in\n%s", stdout)
			}
			for _, line := range []string{"label: " + want.label, "id: " + want.id, "group: " + want.group} {
				if !strings.Contains(section, "\n  "+line+"\n") {
					t.Errorf("no %q in\n%s", line, section)
				}
			}
			if got := listed(section, "drop"); got != want.drop {
				t.Errorf("drops %q, want %q", got, want.drop)
			}
			if got := listed(section, "categorical"); got != want.categorical {
				t.Errorf("takes %q for categorical, want %q", got, want.categorical)
			}
			_, rest, _ := strings.Cut(settings, "prepare:\n")
			writeText(t, "params.yaml", "data:\n"+section+"prepare:\n"+rest)
			out, err := exec.Command(prepare, "-raw", "data/table.csv").CombinedOutput()
			if err != nil {
				t.Errorf("prepare: %s\n%s", out, section)
			}
			if status, _, stderr := execute(t.Context(), "-raw", "data/table.csv"); status != 0 {
				t.Errorf("as a stage: %s", stderr)
			}
			if entries, err := filepath.Glob("experiments/logs/*"); err != nil || len(entries) != 2 {
				t.Errorf("logs %q, %v: want those of the two stages", entries, err)
			}
		})
	}
	if entries, err := os.ReadDir("testdata/tables"); err != nil || len(entries) != len(publicTables) {
		t.Errorf("%d tables, %v, want %d", len(entries), err, len(publicTables))
	}
}

// listed returns the items of a list of the section, with spaces between.
func listed(section, key string) string {
	var items []string
	inside := false
	for line := range strings.Lines(section) {
		item, isItem := strings.CutPrefix(line, "  - ")
		if inside && isItem {
			items = append(items, strings.TrimSpace(item))
		}
		inside = inside && isItem || line == "  "+key+":\n"
	}
	return strings.Join(items, " ")
}

// TestDocsShowRealOutput runs the command whose output docs/inspect.md shows.
func TestDocsShowRealOutput(t *testing.T) {
	block := regexp.MustCompile("(?s)<!-- output: inspect (\\S+) -->\n```\n(.*?)```\n<!-- end -->").FindStringSubmatch(readFileOf(t, "../../docs/inspect.md"))
	if block == nil {
		t.Fatal("docs/inspect.md shows no output")
	}
	t.Chdir("../..")
	if status, stdout, stderr := execute(t.Context(), block[1]); status != 0 || stdout != block[2] {
		t.Errorf("status %d: %s\n%s", status, stderr, stdout)
	}
}

func TestByHandNothingIsWritten(t *testing.T) {
	table, err := filepath.Abs("testdata/tables/iris.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	status, stdout, stderr := execute(t.Context(), table)
	if status != 0 || stderr != "" || !strings.Contains(stdout, "class setosa: 12 rows") {
		t.Errorf("status %d: %s\n%s", status, stderr, stdout)
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("there are %v, %v", entries, err)
	}
}

func TestByHandAFileOfAnotherFormIsConvertedIfAskedTo(t *testing.T) {
	const advice = "convert it with -csv"
	tests := []struct {
		name, text    string
		args          []string
		want, wantNot string
	}{
		{name: "commas", text: "x,kind\n", want: "guessed separator: commas", wantNot: advice},
		{name: "semicolons", text: "x;kind\n", want: advice, wantNot: "wrote"},
		{name: "commas, written", text: "x,kind\n", args: []string{"-csv", "new/t.csv"}, want: "\nwrote new/t.csv: UTF-8, commas, decimal points\n", wantNot: advice},
		{name: "semicolons, written", text: "x;kind\n", args: []string{"-csv", "new/t.csv"}, want: "\nwrote new/t.csv: UTF-8, commas, decimal points\n", wantNot: advice},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			separator := test.text[1:2]
			writeText(t, "t.csv", test.text+strings.ReplaceAll(strings.Repeat("1,lily\n2,rose\n", 6), ",", separator))
			status, stdout, stderr := execute(t.Context(), append(test.args, "t.csv")...)
			if status != 0 || !strings.Contains(stdout, test.want) || strings.Contains(stdout, test.wantNot) {
				t.Errorf("status %d: %s\n%s", status, stderr, stdout)
			}
			if test.args != nil && !strings.HasPrefix(readFileOf(t, "new/t.csv"), "x,kind\n1,lily\n") {
				t.Errorf("wrote\n%s", readFileOf(t, "new/t.csv"))
			}
		})
	}
}

func TestNewRowsAreConvertedLikeAnotherFile(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "table.csv", "dose;cells;kind\n"+strings.Repeat("1,5;5.618;lily\n2,5;7.201;rose\n", 6))
	writeText(t, "new.csv", "cells;dose\n7.896;2\n")
	status, stdout, stderr := execute(t.Context(), "-csv", "rows.csv", "-like", "table.csv", "new.csv")
	if want := "wrote rows.csv: UTF-8, commas, decimal points\n"; status != 0 || stdout != want || stderr != "" {
		t.Errorf("status %d, %q, %q, want %q", status, stdout, stderr, want)
	}
	if got, want := readFileOf(t, "rows.csv"), "cells,dose\n7896,2\n"; got != want {
		t.Errorf("wrote\n%s, want\n%s", got, want)
	}
	for _, args := range [][]string{{"-like", "table.csv", "new.csv"}, {"-like", "table.csv", "-csv", "x.csv", "-label", "kind", "new.csv"}} {
		if status, _, stderr := execute(t.Context(), args...); status != 2 || stderr != "inspect: -like needs -csv, and no -label; see inspect -h\n" {
			t.Errorf("%q: status %d, %q", args, status, stderr)
		}
	}
}

func TestAGuessEndsAtOnceIfItIsInterrupted(t *testing.T) {
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	never := make(chan int)
	if _, err := interruptible(ctx, func() (int, error) { return <-never, nil }); err != stopped {
		t.Errorf("got %v, want %v", err, stopped)
	}
}

func TestAFileThatIsLargerThanTheMemoryIsNotRead(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "huge.csv", "1,2\n")
	if err := os.Truncate("huge.csv", 1<<43); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := execute(t.Context(), "huge.csv")
	if status != 1 || !strings.HasPrefix(stderr, "inspect: huge.csv: a file of 8796.09 GB takes some 35184.37 GB of memory to guess what it is, and there are ") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestByHandTextFromTheFileIsMadeSafe(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "t.csv", "a\x1b[31m,kind\u202e\n1,x\x1b[0m\n2,y\n3,x\x1b[0m\n4,y\n5,x\x1b[0m\n6,y\n")
	if status, stdout, stderr := execute(t.Context(), "t.csv"); status != 0 || strings.ContainsAny(stdout, "\x1b\u202e") {
		t.Errorf("status %d: %s\n%q", status, stderr, stdout)
	}
}

func TestFlagsByHandNeedAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	status, stdout, stderr := execute(t.Context(), "-csv", "x.csv")
	if want := "inspect: -label, -csv and -like need a FILE; see inspect -h\n"; status != 2 || stdout != "" || stderr != want {
		t.Errorf("status %d, %q, %q, want %q", status, stdout, stderr, want)
	}
}

func TestByHandWhatCannotBeReadIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "empty.csv", "")
	writeText(t, "t.csv", "1.5,x\n2,y\n3,x\n4,y\n5,x\n6,y\n")
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no file", []string{"no.csv"}, "inspect: open no.csv: no such file or directory\n"},
		{"a folder", []string{"."}, "inspect: .: must be a regular file, is a folder\n"},
		{"an empty file", []string{"empty.csv"}, "inspect: empty.csv: is empty\n"},
		{"no such label", []string{"-label", "kind", "t.csv"}, "inspect: t.csv: must have a column called \"kind\", the label's, got 2 without names\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, stdout, stderr := execute(t.Context(), test.args...)
			if status != 1 || stdout != "" || stderr != test.want {
				t.Errorf("status %d, output %q, %q, want %q", status, stdout, stderr, test.want)
			}
		})
	}
}
