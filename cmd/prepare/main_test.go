package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/fileset"
)

// The test binary is the program itself if this variable is set.
const asProgram = "SONAR_PREPARE"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

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

train: of no concern here
`

// project creates a folder with params.yaml and the raw file and changes to it.
func project(t *testing.T) {
	t.Helper()
	raw, err := os.ReadFile("../../internal/dataset/testdata/sonar.all-data")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	writeFile(t, "params.yaml", settings)
	writeFile(t, "data/sonar.all-data", string(raw))
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// replace changes the only occurrence of old in a file.
func replace(t *testing.T, path, old, new string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(content), old); n != 1 {
		t.Fatalf("%q stands %d times in %s", old, n, path)
	}
	writeFile(t, path, strings.Replace(string(content), old, new, 1))
}

func prepare(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, log bytes.Buffer
	status = cli.Execute(ctx, "prepare", usage, run, args, &out, &log)
	return status, out.String(), log.String()
}

// tree maps each file below the working folder to its content, and each folder to "folder".
func tree(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			files[path] = "folder"
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var knownSums = map[string]string{
	"data/X_train.csv": "a2dc79edb235b82546c66caffc10519d",
	"data/X_test.csv":  "c66a1fe590fe7c8064e6bcd742638360",
	"data/y_train.csv": "b7a11251a54ab4211b888c8d93a778e9",
	"data/y_test.csv":  "e02533abf983f9c00137f65a119905e9",
}

func checkKnownFiles(t *testing.T) {
	t.Helper()
	files := tree(t)
	for path, want := range knownSums {
		if got := fmt.Sprintf("%x", md5.Sum([]byte(files[path]))); got != want {
			t.Errorf("%s has md5 %s, want %s", path, got, want)
		}
	}
	entries, err := os.ReadDir("data")
	if err != nil || len(entries) != len(knownSums)+2 { // the raw file and split.json
		t.Errorf("data holds %v, %v", entries, err)
	}
	split, err := fileset.Open("data/split.json", "prepare", "X_train.csv", "X_test.csv", "y_train.csv", "y_test.csv")
	if err != nil {
		t.Fatal(err)
	}
	split.Close()
}

func TestPrepareWritesTheKnownFiles(t *testing.T) {
	project(t)
	const line = "INF split features=60 folder=data rows=208 test=52 train=156\n"
	for _, when := range []string{"first", "again"} {
		status, stdout, stderr := prepare(t.Context())
		if status != 0 || stdout != "" || stderr != line {
			t.Fatalf("%s: status %d, stdout %q, stderr %q", when, status, stdout, stderr)
		}
		checkKnownFiles(t)
	}
	if log := tree(t)["experiments/logs/prepare.log"]; log != line {
		t.Errorf("the log holds %q, want %q", log, line)
	}
}

func TestPrepareTakesTheSameDataInAnotherShape(t *testing.T) {
	project(t)
	var rows strings.Builder
	names := make([]string, 60)
	for i := range names {
		names[i] = fmt.Sprint("band", i)
	}
	rows.WriteString("echo," + strings.Join(names, ",") + "\n")
	for line := range strings.Lines(tree(t)["data/sonar.all-data"]) {
		line = strings.TrimSpace(line)
		comma := strings.LastIndex(line, ",")
		fmt.Fprintf(&rows, "%s, %s\n", line[comma+1:], strings.ReplaceAll(line[:comma], ",", ", "))
	}
	writeFile(t, "data/sonar.all-data", rows.String())
	replace(t, "params.yaml", "header: false\n  label: ''\n", "header: true\n  label: echo\n")
	if status, _, stderr := prepare(t.Context()); status != 0 {
		t.Fatal(stderr)
	}
	header := strings.Join(names, ",") + "\n"
	for _, path := range []string{"data/X_train.csv", "data/X_test.csv"} {
		rows, found := strings.CutPrefix(tree(t)[path], header)
		if got := fmt.Sprintf("%x", md5.Sum([]byte(rows))); !found || got != knownSums[path] {
			t.Errorf("%s has a header: %v, and then md5 %s, want %s", path, found, got, knownSums[path])
		}
	}
	for _, path := range []string{"data/y_train.csv", "data/y_test.csv"} {
		if got := fmt.Sprintf("%x", md5.Sum([]byte(tree(t)[path]))); got != knownSums[path] {
			t.Errorf("%s has md5 %s, want %s", path, got, knownSums[path])
		}
	}
}

// put writes a raw file and describes it in params.yaml: the classes a and b, a header, and data in place of keys.
func put(t *testing.T, raw string, data ...string) {
	t.Helper()
	writeFile(t, "data/sonar.all-data", raw)
	replace(t, "params.yaml", "    - R\n    - M\n  header: false\n", "    - a\n    - b\n  header: true\n")
	for _, line := range data {
		key, _, _ := strings.Cut(line, ":")
		old := map[string]string{"label": "''", "id": "''", "group": "''", "drop": "[]", "categorical": "[]", "missing": "['', NA]"}[key]
		replace(t, "params.yaml", "  "+key+": "+old+"\n", "  "+line+"\n")
	}
}

func TestPrepareKeepsNamesTextsAndGaps(t *testing.T) {
	project(t)
	raw := "\"\",patient,age,colour,kind,note\n"
	for i := range 40 {
		raw += fmt.Sprintf("%d,p%d,%s,%s,%s,?\n", i, i, []string{"1.5", "NA"}[i%2], []string{"red", "\"a, b\"", ""}[i%3], []string{"a", "b"}[i/4%2])
	}
	put(t, raw, "label: kind", "id: patient", "drop: [1, note]", "categorical: [colour]")
	if status, _, stderr := prepare(t.Context()); status != 0 || strings.Contains(stderr, "WRN") {
		t.Fatal(stderr)
	}
	files := tree(t)
	rows := 0
	for _, side := range []string{"train", "test"} {
		x := strings.Split(strings.TrimSuffix(files["data/X_"+side+".csv"], "\n"), "\n")
		y := strings.Split(strings.TrimSuffix(files["data/y_"+side+".csv"], "\n"), "\n")
		if x[0] != "patient,age,colour" || len(x) != len(y)+1 {
			t.Errorf("X_%s.csv has the header %q and %d lines, for %d labels", side, x[0], len(x), len(y))
		}
		for k, label := range y {
			var i int
			fmt.Sscanf(x[k+1], "p%d,", &i)
			want := fmt.Sprintf("p%d,%s,%s", i, []string{"1.500000", ""}[i%2], []string{"red", "\"a, b\"", ""}[i%3])
			if x[k+1] != want || label != []string{"a", "b"}[i/4%2] {
				t.Errorf("%s row %d is %q, %q, want %q", side, k, x[k+1], label, want)
			}
			rows++
		}
	}
	if rows != 40 {
		t.Errorf("%d rows, want 40", rows)
	}
}

func TestPrepareKeepsGroupsTogether(t *testing.T) {
	project(t)
	raw := "site,x,kind\n"
	for i := range 60 {
		raw += fmt.Sprintf("s%d,%d,%s\n", i/5, i*i, []string{"a", "b"}[i%2])
	}
	put(t, raw, "group: site")
	if status, _, stderr := prepare(t.Context()); status != 0 || stderr != "INF split features=1 folder=data rows=60 test=15 train=45\n" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	files := tree(t)
	for line := range strings.Lines(files["data/X_test.csv"]) {
		site, _, _ := strings.Cut(line, ",")
		if site != "site" && strings.Contains(files["data/X_train.csv"], "\n"+site+",") {
			t.Errorf("site %s is on both sides", site)
		}
	}
}

func TestPrepareWarnsOfWhatIsSuspicious(t *testing.T) {
	for _, c := range []struct {
		name string
		row  func(i int) string
		data []string
		want string
	}{
		{"an index", func(i int) string { return fmt.Sprintf("%d,1,%s", i+1, []string{"a", "b"}[i%2]) }, nil,
			`WRN column 1 ("g") counts the rows: if it is an index, list it in data.drop, or make it data.id`},
		{"a class in one group", func(i int) string { return fmt.Sprintf("%d,1,%s", i/10, []string{"a", "b"}[i/30*(i%2)]) }, []string{"group: g"},
			`have none of class "b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			project(t)
			raw := "g,x,kind\n"
			for i := range 40 {
				raw += c.row(i) + "\n"
			}
			put(t, raw, c.data...)
			if status, _, stderr := prepare(t.Context()); status != 0 || strings.Count(stderr, "WRN") != 1 || !strings.Contains(stderr, c.want) {
				t.Errorf("status %d, stderr\n%s, want 0 and %s", status, stderr, c.want)
			}
		})
	}
}

// Whatever is wrong: one line, status 1, the old outputs as they were and nothing beside them.
func TestPrepareRefusesBadInput(t *testing.T) {
	const raw = "data/sonar.all-data"
	replaceRaw := func(content string) func(*testing.T) {
		return func(t *testing.T) { writeFile(t, raw, content) }
	}
	edit := func(old, new string) func(*testing.T) {
		return func(t *testing.T) { replace(t, "params.yaml", old, new) }
	}
	remove := func(path string) func(*testing.T) {
		return func(t *testing.T) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*testing.T)
		args  []string
		want  string
	}{
		{"raw file missing", remove(raw), nil, `open data/sonar.all-data: no such file or directory`},
		{"raw file is a folder", nil, []string{"-raw", "data"}, `data: must be a regular file, is a folder`},
		{"raw file empty", replaceRaw(""), nil, `data/sonar.all-data: must hold rows of numbers and a label, is empty`},
		{"raw file cut short", replaceRaw("0.1,0.2,R\n0.3,0.4,M\n0.5,0."), nil, `data/sonar.all-data:3: must have 3 columns as the first line has, got 2`},
		{"raw file binary", replaceRaw("\x7fELF\x02\x01\x01\x00\x00"), nil, `data/sonar.all-data:1: byte 8, in column 1, must be text, got NUL: this is a binary file, or damaged`},
		{"ragged row", replaceRaw("1,2,R\n3,4,5,M\n"), nil, `data/sonar.all-data:2: must have 3 columns as the first line has, got 4`},
		{"NaN", replaceRaw("1,2,R\nnan,4,M\n"), nil, `data/sonar.all-data:2: column 1 must be a finite number, got "nan": a gap that is not in data.missing, so list it there; the file has 1 gap in column 1`},
		{"Inf", replaceRaw("1,2,R\n3,+Inf,M\n"), nil, `data/sonar.all-data:2: column 2 must be a finite number, got "+Inf": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 2`},
		{"empty field", func(t *testing.T) {
			edit("missing: ['', NA]", "missing: []")(t)
			replaceRaw("1,2,R\n,4,M\n")(t)
		}, nil, `data/sonar.all-data:2: column 1 must be a finite number, got "": a gap that is not in data.missing, so list it there; the file has 1 gap in column 1`},
		{"a word in place of a number", replaceRaw("1,2,R\n3,four,M\n"), nil, `data/sonar.all-data:2: column 2 must be a finite number, got "four": text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value; the file has 1 text in column 2`},
		{"label outside data.classes", replaceRaw("1,2,R\n3,4,Q\n"), nil, `data/sonar.all-data:2: column 3 must be one of the labels R, M, got "Q": if it is a label too, list it in data.classes`},
		{"a class without rows", replaceRaw("1,2,R\n3,4,R\n"), nil, `data/sonar.all-data: must have rows of every class of data.classes, got none of "M"`},
		{"a class with one row", replaceRaw("1,2,R\n3,4,R\n5,6,R\n7,8,M\n"), nil, `data/sonar.all-data: a stratified split needs 2 or more rows of each class, got 1 of "M"`},
		{"too few rows for test_size", edit("test_size: 0.25", "test_size: 0.001"), nil, `data/sonar.all-data: a stratified split needs a row of each of 2 classes to train on and one to test on, got 207 and 1 rows`},
		{"params missing", remove("params.yaml"), nil, `open params.yaml: no such file or directory`},
		{"params empty", func(t *testing.T) { writeFile(t, "params.yaml", "") }, nil, `params.yaml: must hold params, is empty`},
		{"params not YAML", edit("  test_size: 0.25", "\t test_size: 0.25"), nil, `params.yaml:14: not YAML: found character that cannot start any token`},
		{"key missing", edit("  test_size: 0.25\n", ""), nil, `params.yaml:13: prepare.test_size is missing`},
		{"key misspelt", edit("test_size:", "testsize:"), nil, `params.yaml:14: unknown key "prepare.testsize"`},
		{"value out of range", edit("test_size: 0.25", "test_size: 1"), nil, `params.yaml:14: prepare.test_size must be a float in the range (0, 1), got 1`},
		{"value of another type", edit("test_size: 0.25", "test_size: a quarter"), nil, `params.yaml:14: prepare.test_size must be a float in the range (0, 1), got "a quarter"`},
		{"output folder is a file", nil, []string{"-out", "params.yaml"}, `mkdir params.yaml: not a directory`},
		{"output folder is below a file", nil, []string{"-out", "params.yaml/split"}, `mkdir params.yaml: not a directory`},
		{"an output is a folder", func(t *testing.T) {
			remove("data/y_test.csv")(t)
			writeFile(t, "data/y_test.csv/file", "")
		}, nil, `data/y_test.csv: cannot be written: is a directory`},
		{"log is a folder", nil, []string{"-log", "data"}, `data: cannot be written: is a directory`},
	} {
		t.Run(c.name, func(t *testing.T) {
			project(t)
			for path := range knownSums {
				writeFile(t, path, "old")
			}
			if c.spoil != nil {
				c.spoil(t)
			}
			before := tree(t)
			status, stdout, stderr := prepare(t.Context(), c.args...)
			if want := "prepare: " + c.want + "\n"; status != 1 || stdout != "" || stderr != want {
				t.Errorf("status %d, stdout %q, stderr\n%swant\n%s", status, stdout, stderr, want)
			}
			checkUntouched(t, before)
		})
	}
}

// checkUntouched compares all but the log with what was there before.
func checkUntouched(t *testing.T, before map[string]string) {
	t.Helper()
	after := tree(t)
	for _, path := range []string{"experiments", "experiments/logs", "experiments/logs/prepare.log"} {
		delete(after, path)
	}
	if !maps.Equal(before, after) {
		t.Errorf("before %v, after %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}
}

func TestPrepareRefusesWrongFlags(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"-seed", "1"}, "prepare: flag provided but not defined: -seed; see prepare -h\n"},
		{"an argument", []string{"data.csv"}, "prepare: unexpected argument \"data.csv\"; see prepare -h\n"},
		{"log level", []string{"-log-level", "loud"}, "prepare: -log-level must be debug, info, warn or error, got \"loud\"; see prepare -h\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			project(t)
			before := tree(t)
			status, _, stderr := prepare(t.Context(), c.args...)
			if status != 2 || stderr != c.want {
				t.Errorf("status %d, stderr %q, want 2 and %q", status, stderr, c.want)
			}
			checkUntouched(t, before)
		})
	}
}

func TestPrepareReplacesNoInput(t *testing.T) {
	project(t)
	if err := os.Rename("data/sonar.all-data", "data/X_train.csv"); err != nil {
		t.Fatal(err)
	}
	before := tree(t)
	status, _, stderr := prepare(t.Context(), "-raw", "./data/X_train.csv")
	if want := "prepare: -out must not replace \"data/X_train.csv\", which prepare reads; see prepare -h\n"; status != 2 || stderr != want {
		t.Errorf("status %d, stderr %q, want 2 and %q", status, stderr, want)
	}
	checkUntouched(t, before)
}

func TestPrepareStopsWithItsContext(t *testing.T) {
	project(t)
	before := tree(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, stderr := prepare(ctx); status != 1 || stderr != "prepare: context canceled\n" {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
	checkUntouched(t, before)
}
