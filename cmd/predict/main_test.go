package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"example.com/sonar/internal/cli"
)

// The test binary is the program itself if this variable is set.
const asProgram = "SONAR_PREDICT"

// temp is a folder for all tests: the other programs, and what they have made.
var temp string

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	var err error
	if temp, err = os.MkdirTemp("", "sonar-predict-"); err != nil {
		panic(err)
	}
	status := m.Run()
	os.RemoveAll(temp)
	os.Exit(status)
}

// programs are those that come before predict, built.
var programs = sync.OnceValues(func() (string, error) {
	folder := filepath.Join(temp, "programs")
	build := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "./cmd/prepare", "./cmd/train", "./cmd/evaluate")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return folder, nil
})

// A project is a folder in which prepare, train and evaluate have run.
type project struct{ dir string }

func (p project) path(name string) string { return filepath.Join(p.dir, name) }

func (p project) model() string { return p.path("experiments/model.safetensors") }

// The projects that the tests share.
var (
	sonar  = sync.OnceValues(func() (project, error) { return newProject("sonar") })
	tableA = sync.OnceValues(func() (project, error) { return newProject("table_a") })
	tableB = sync.OnceValues(func() (project, error) { return newProject("table_b") })
)

// rawFiles are the raw files of the projects.
var rawFiles = map[string]string{
	"sonar": "../../internal/dataset/testdata/sonar.all-data", "table_a": "../../internal/model/testdata/table_a.csv",
	"table_b": "../../internal/dataset/testdata/table_b.csv",
}

func newProject(name string) (project, error) {
	folder, err := programs()
	if err != nil {
		return project{}, err
	}
	p := project{filepath.Join(temp, name)}
	settings, err := settingsOf(name)
	if err != nil {
		return p, err
	}
	raw, err := os.ReadFile(rawFiles[name])
	if err != nil {
		return p, err
	}
	if err := os.MkdirAll(p.path("cases"), 0o777); err != nil {
		return p, err
	}
	for path, text := range map[string][]byte{"params.yaml": settings, "raw.csv": raw} {
		if err := os.WriteFile(p.path(path), text, 0o666); err != nil {
			return p, err
		}
	}
	for _, args := range [][]string{{"prepare", "-raw", "raw.csv"}, {"train"}, {"evaluate"}} {
		command := exec.Command(filepath.Join(folder, args[0]), args[1:]...)
		command.Dir = p.dir
		if out, err := command.CombinedOutput(); err != nil {
			return p, fmt.Errorf("%s: %w: %s", args[0], err, out)
		}
	}
	return p, nil
}

// A reference is a training by PyTorch, and what it predicts for new rows.
type reference struct {
	Data, Prepare, Train map[string]any
	Probabilities        [][]float64 `json:"new_probabilities"`
	Predictions          []string    `json:"new_predictions"`
}

func readReference(name string) (r reference, err error) {
	text, err := os.ReadFile("../../internal/model/testdata/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

// settingsOf returns a params.yaml: for the tables of the references, theirs. JSON is YAML too.
func settingsOf(name string) ([]byte, error) {
	if name == "sonar" {
		return os.ReadFile("../../params.yaml")
	}
	r, err := readReference(name)
	if err != nil {
		return nil, err
	}
	train := map[string]any{ // what the references leave out
		"loss": "cross_entropy", "momentum": 0, "schedule": "constant", "dropout": 0, "input_noise": 0, "label_smoothing": 0,
		"class_weight": "none", "ensemble": 1, "patience": 0, "checkpoint_every": 0,
	}
	maps.Copy(train, r.Train)
	return json.Marshal(map[string]any{
		"data": r.Data, "prepare": r.Prepare, "train": train, "evaluate": map[string]any{"confidence": 0.95},
	})
}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func opened(t testing.TB, make func() (project, error)) project {
	t.Helper()
	p, err := make()
	return must(t, p, err)
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	return string(must(t, text, err))
}

// rowsFile writes rows to a file called rows.csv.
func rowsFile(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// execute runs predict in this process.
func execute(t testing.TB, args ...string) (status int, stdout, stderr string) {
	var out, log bytes.Buffer
	status = cli.Execute(t.Context(), "predict", usage, run, args, &out, &log)
	return status, out.String(), log.String()
}

// predictions returns what is predicted for rows.
func predictions(t testing.TB, p project, rows string) string {
	t.Helper()
	status, stdout, stderr := execute(t, "-model", p.model(), "-in", rowsFile(t, rows))
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	return stdout
}

func records(t testing.TB, text string) [][]string {
	t.Helper()
	list, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	return must(t, list, err)
}

func text(t testing.TB, records [][]string) string {
	t.Helper()
	var b strings.Builder
	if err := csv.NewWriter(&b).WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// without returns a table without some of its columns.
func without(table [][]string, columns ...int) [][]string {
	var kept [][]string
	for _, record := range table {
		var fields []string
		for i, field := range record {
			if !slices.Contains(columns, i) {
				fields = append(fields, field)
			}
		}
		kept = append(kept, fields)
	}
	return kept
}

// unseenTexts are the warnings about the new rows of each reference.
var unseenTexts = map[string]string{
	"table_a": "WRN column \"size\" has texts that the model was not trained on, such as \"XXL\": they count as none of those that it knows\n",
	"table_b": "WRN column \"kind\" has texts that the model was not trained on, such as \"unseen\": they count as none of those that it knows\n",
}

// From a raw file to new rows, with the built programs: prepare, train, predict.
func TestProgramsPredictTheReferencesProbabilities(t *testing.T) {
	for name, make := range map[string]func() (project, error){"table_a": tableA, "table_b": tableB} {
		t.Run(name, func(t *testing.T) {
			p := opened(t, make)
			r, err := readReference(name)
			want := must(t, r, err)
			rows := readFile(t, "../../internal/model/testdata/"+name+"_new.csv")
			status, stdout, stderr := execute(t, "-model", p.model(), "-in", rowsFile(t, rows))
			if status != 0 || stderr != unseenTexts[name] {
				t.Fatalf("status %d, stderr %q, want %q", status, stderr, unseenTexts[name])
			}
			got := records(t, stdout)
			header := []string{"row", "visit", "prediction"}
			for _, class := range want.Data["classes"].([]any) {
				header = append(header, fmt.Sprint("probability_", class))
			}
			if !slices.Equal(got[0], header) || len(got) != len(want.Predictions)+1 {
				t.Fatalf("%d lines, the first is %q, want %q", len(got), got[0], header)
			}
			given := records(t, rows)
			id := slices.Index(given[0], "visit")
			for i, line := range got[1:] {
				if line[0] != strconv.Itoa(i) || line[1] != given[i+1][id] || line[2] != want.Predictions[i] {
					t.Errorf("row %d is %q, want %q of %s", i, line[:3], want.Predictions[i], given[i+1][id])
				}
				for k, v := range want.Probabilities[i] {
					got, err := strconv.ParseFloat(line[3+k], 64)
					if err != nil || !(math.Abs(got-v) <= 1e-9) {
						t.Errorf("row %d: probability %d is %v, want %v", i, k, line[3+k], v)
					}
				}
			}
		})
	}
}

// The raw test rows are predicted as evaluate has predicted them.
func TestPredictAgreesWithEvaluate(t *testing.T) {
	p := opened(t, sonar)
	evaluated := records(t, readFile(t, p.path("experiments/evaluation/predictions.csv")))
	label := slices.Index(evaluated[0], "label")
	want := text(t, without(evaluated, label))
	if got := predictions(t, p, readFile(t, p.path("data/X_test.csv"))); got != want {
		t.Errorf("predict writes\n%s\nevaluate without the label\n%s", got, want)
	}
}

func TestColumnsWithoutNamesAreThoseOfTheRawFile(t *testing.T) {
	p := opened(t, sonar)
	raw := records(t, readFile(t, p.path("raw.csv")))
	with, none := predictions(t, p, text(t, raw)), predictions(t, p, text(t, without(raw, 60)))
	if with != none {
		t.Error("the label's column makes a difference")
	}
	if lines := strings.Count(with, "\n"); lines != 209 {
		t.Errorf("%d lines, want a header and 208", lines)
	}
}

// The rows of table_a as its raw file has them, and in other shapes.
func TestColumnsAreFoundByName(t *testing.T) {
	p := opened(t, tableA)
	raw := records(t, readFile(t, p.path("raw.csv")))[:50]
	column := func(name string) int { return slices.Index(raw[0], name) }
	want := predictions(t, p, text(t, raw))
	if header, _, _ := strings.Cut(want, "\n"); header != "row,visit,prediction,probability_no,probability_yes" {
		t.Errorf("the header is %q", header)
	}
	reversed := without(raw)
	for _, record := range reversed {
		slices.Reverse(record)
	}
	added := without(raw)
	for i := range added {
		added[i] = append([]string{"new " + strconv.Itoa(i)}, added[i]...)
	}
	otherLabels := without(raw)
	for _, record := range otherLabels[1:] {
		record[column("outcome")] = "never seen"
	}
	repeated := without(raw)
	for _, record := range repeated[1:] {
		record[column("visit")] = "the same"
	}
	for _, c := range []struct {
		name  string
		table [][]string
		want  string
	}{
		{"in another order", reversed, want},
		{"with another column", added, want},
		{"without the label and what is dropped", without(raw, column("outcome"), column("site"), column("remark")), want},
		{"with labels that the model does not know", otherLabels, want},
		{"without the id", without(raw, column("visit")), text(t, without(records(t, want), 1))},
		{"with one id for all", repeated, withColumn(t, want, 1, "the same")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := predictions(t, p, text(t, c.table)); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// withColumn is a CSV file with the same value in all rows of a column.
func withColumn(t *testing.T, file string, column int, value string) string {
	table := records(t, file)
	for _, record := range table[1:] {
		record[column] = value
	}
	return text(t, table)
}

func TestNoRowsArePredictedAsNone(t *testing.T) {
	a, s := opened(t, tableA), opened(t, sonar)
	names, _, _ := strings.Cut(readFile(t, a.path("raw.csv")), "\n")
	for _, c := range []struct {
		name       string
		project    project
		rows, want string
	}{
		{"an empty file without a header", s, "", "row,prediction,probability_R,probability_M\n"},
		{"a header", a, names + "\n", "row,visit,prediction,probability_no,probability_yes\n"},
		{"a header without the id", a, "m0,m1,m2,m3,kind,colour,size\n", "row,prediction,probability_no,probability_yes\n"},
	} {
		if got := predictions(t, c.project, c.rows); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// One line, status 1, and the file of old predictions as it was.
func TestRowsThatCannotBeReadAreRefused(t *testing.T) {
	a, s := opened(t, tableA), opened(t, sonar)
	const names = "m0,m1,m2,m3,kind,colour,size,visit\n"
	const row = "1,2,3,4,A,green,M,1\n"
	raw := readFile(t, s.path("raw.csv"))
	for _, c := range []struct {
		name    string
		project project
		rows    string
		want    string // after the file's name
	}{
		{"a text for a number", a, names + row + "1,2,x,4,A,green,M,2\n", `:3: column 3 ("m2") must be a finite number, got "x"`},
		{"infinity", a, names + "1,2,inf,4,A,green,M,2\n", `:2: column 3 ("m2") must be a finite number, got "inf"`},
		{"a number that scaling makes infinite", a, names + row + "1,2,3,4,\"A\n\",green,M,2\n\n1.7e308,1.7e308,1.7e308,1.7e308,A,green,M,3\n", `:6: column "m0" must be finite once train.scaling has made it (x - `},
		{"a ragged row", a, names + row + "1,2\n", `:3: must have 8 columns as the first line has, got 2`},
		{"no header", a, "", ": must have a line with the names of the columns, is empty"},
		{"no column of an input", a, "m0,m1,m2,kind,colour,size\n", `:1: must have a column called "m3", an input of the model, got "m0", "m1", "m2", "kind", "colour", "size"`},
		{"an empty id", a, names + "1,2,3,4,A,green,M,\n", `:2: column 8 ("visit"), data.id, must have a value in every row, got ""`},
		{"columns by position", s, "1,2,3\n", `:1: must have 61 columns as the raw file of the model had, or 60 without the label's, got 3`},
		{"a bad row after many", s, strings.Repeat(raw, 100) + strings.Replace(raw, "0.", "?", 1), `:20801: column 1 must be a finite number, got "?0200"`},
		{"a quote that nothing closes", s, "\"1", `:1: `},
		{"binary", s, "\x00\x01\x02\x03\x04", `:1: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := rowsFile(t, c.rows)
			out := filepath.Join(t.TempDir(), "predictions.csv")
			for _, old := range []string{"", "old"} {
				if old != "" {
					if err := os.WriteFile(out, []byte(old), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				status, stdout, stderr := execute(t, "-model", c.project.model(), "-in", in, "-out", out)
				if status != 1 || stdout != "" || !strings.HasPrefix(stderr, "predict: "+in+c.want) || strings.Count(stderr, "\n") != 1 {
					t.Errorf("status %d, stdout %q, stderr\n%s want\npredict: %s", status, stdout, stderr, in+c.want)
				}
				left, err := os.ReadDir(filepath.Dir(out))
				if err != nil || old == "" && len(left) != 0 || old != "" && (len(left) != 1 || readFile(t, out) != old) {
					t.Errorf("left are %v, %v", left, err)
				}
			}
		})
	}
}

func TestPredictReplacesNoInput(t *testing.T) {
	p := opened(t, sonar)
	before, row := readFile(t, p.model()), newRows(1)[0]
	in := rowsFile(t, row)
	link := filepath.Join(t.TempDir(), "link.csv")
	if err := os.Symlink(in, link); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"the model": p.model(), "the rows": in, "a link to the rows": link} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := execute(t, "-model", p.model(), "-in", in, "-out", out)
			want := fmt.Sprintf("predict: -out must not replace %q, which predict reads; see predict -h\n", out)
			if status != 2 || stdout != "" || stderr != want {
				t.Errorf("status %d, stdout %q, stderr %q, want %q", status, stdout, stderr, want)
			}
			if readFile(t, p.model()) != before || readFile(t, in) != row {
				t.Error("an input was replaced")
			}
		})
	}
}

func TestPredictRefusesWrongFlagsAndFiles(t *testing.T) {
	p := opened(t, sonar)
	bad := rowsFile(t, "no model")
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"an argument", []string{"rows.csv"}, 2, `predict: unexpected argument "rows.csv"; see predict -h`},
		{"no model", []string{"-model", "missing"}, 1, "predict: open missing: no such file or directory"},
		{"another file", []string{"-model", bad}, 1, "predict: " + bad + ": "},
		{"no rows", []string{"-model", p.model(), "-in", "missing"}, 1, "predict: open missing: no such file or directory"},
		{"a folder", []string{"-model", p.model(), "-in", temp}, 1, "predict: " + temp + ": must be a regular file, is a folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, stdout, stderr := execute(t, c.args...)
			if status != c.status || stdout != "" || !strings.HasPrefix(stderr, c.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("status %d, stdout %q, stderr %q, want %q", status, stdout, stderr, c.want)
			}
		})
	}
}
