package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/fileset"
	"example.com/sonar/internal/params"
)

// workspace makes a new folder the current one and puts the split of Sonar and the params.yaml of
// the repository into it, with some of its keys set to other values: set("epochs", "5").
func workspace(t *testing.T, changes ...func(t *testing.T, text string) string) {
	t.Helper()
	makeWorkspace(t, readFile(t, "../../internal/dataset/testdata/sonar.all-data"), changes)
}

// mixedWorkspace is workspace for a table with what Sonar has not: a header, an id, groups, texts and gaps.
func mixedWorkspace(t *testing.T, changes ...func(t *testing.T, text string) string) {
	t.Helper()
	raw := "i,g,d,n,k,t,y\n"
	for i := range 80 {
		number, text := fmt.Sprintf("%d.%d", i*7%13, i%4), string(rune('p'+i*i%5))
		if i%9 == 4 {
			number = "NA"
		}
		if i%7 == 3 {
			text = ""
		}
		raw += fmt.Sprintf("%d,%d,0,%s,%d,%s,%c\n", i, i/4, number, i*5%3, text, 'a'+i*i%3%2)
	}
	makeWorkspace(t, raw, slices.Concat([]func(*testing.T, string) string{
		set("classes", "[a, b]"), set("header", "true"), set("label", "y"), set("id", "i"), set("group", "g"), set("drop", "[d]"),
		set("categorical", "[k, t]"), set("scaling", "standard"),
	}, changes))
}

func makeWorkspace(t *testing.T, raw string, changes []func(t *testing.T, text string) string) {
	t.Helper()
	text := readFile(t, "../../params.yaml")
	for _, change := range changes {
		text = change(t, text)
	}
	t.Chdir(t.TempDir())
	writeFile(t, "raw", raw)
	writeFile(t, "params.yaml", text)
	prepare(t, "raw")
}

// set changes the value of a key of the data or the train section.
func set(key, value string) func(*testing.T, string) string {
	line := regexp.MustCompile(`(?m)^  ` + key + `:.*(\n  - .*)*$`)
	return func(t *testing.T, text string) string {
		t.Helper()
		if n := len(line.FindAllString(text, -1)); n != 1 {
			t.Fatalf("params.yaml has %q %d times", key, n)
		}
		return line.ReplaceAllString(text, "  "+key+": "+value)
	}
}

// prepare does what cmd/prepare does.
func prepare(t *testing.T, raw string) {
	t.Helper()
	p, err := params.Load("params.yaml", params.SectionData, params.SectionPrepare)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := dataset.Read(t.Context(), f, p.Data)
	if err != nil {
		t.Fatal(err)
	}
	train, test, err := dataset.StratifiedSplit(table.Labels, p.Data.Classes, p.Prepare.TestSize, p.Prepare.RandomState)
	if err != nil {
		t.Fatal(err)
	}
	for side, rows := range map[string][]int{"train": train, "test": test} {
		var x, y bytes.Buffer
		if err := dataset.WriteFeatures(t.Context(), &x, table, rows); err != nil {
			t.Fatal(err)
		}
		if err := dataset.WriteLabels(t.Context(), &y, table, rows, p.Data.Classes); err != nil {
			t.Fatal(err)
		}
		writeFile(t, "data/X_"+side+".csv", x.String())
		writeFile(t, "data/y_"+side+".csv", y.String())
	}
	sealSplit(t)
}

// sealSplit makes whatever files are in data a split, as prepare does.
func sealSplit(t *testing.T) {
	t.Helper()
	split := fileset.Manifest{}
	for _, name := range []string{"X_test.csv", "X_train.csv", "y_test.csv", "y_train.csv"} {
		text, err := os.ReadFile("data/" + name)
		if err != nil {
			continue
		}
		if err := split.Record(name, func(w io.Writer) error { _, err := w.Write(text); return err })(io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := split.Encode(&file); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "data/split.json", file.String())
}

// train runs the program in this process and returns its exit status and what it printed.
func train(t *testing.T, args ...string) (status int, stderr string) {
	t.Helper()
	return trainUntil(t, t.Context(), args...)
}

func trainUntil(t *testing.T, ctx context.Context, args ...string) (status int, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Execute(ctx, "train", usage, run, args, &out, &errs)
	if out.Len() > 0 {
		t.Errorf("standard output has %q", &out)
	}
	return status, errs.String()
}

// mustTrain is like train, but nothing may go wrong.
func mustTrain(t *testing.T, args ...string) (stderr string) {
	t.Helper()
	status, stderr := train(t, args...)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	return stderr
}

// files reads every file below a folder, except logs and checkpoints; none if there is no folder.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == folder:
			return fs.SkipAll
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "logs" || entry.Name() == "checkpoints"):
			return fs.SkipDir
		case !entry.IsDir():
			all[path] = readFile(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// wantSameFiles compares names and bytes.
func wantSameFiles(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path := range got {
		if _, known := want[path]; !known {
			t.Errorf("%s should not be there", path)
		}
	}
	for path, text := range want {
		if other, there := got[path]; !there {
			t.Errorf("%s is missing", path)
		} else if other != text {
			t.Errorf("%s has other bytes", path)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestTheDefaultRunGivesThePublishedLine(t *testing.T) {
	workspace(t)
	log := mustTrain(t)
	for _, want := range []string{
		"INF train accuracy=0.923 f1_macro=0.922 loss=0.409\n",
		"INF val accuracy=0.827 f1_macro=0.819 loss=0.507\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no line %q:\n%s", want, log)
		}
	}
	if kept := readFile(t, "experiments/logs/train.log"); kept != log {
		t.Errorf("the log's file has other lines than the terminal:\n%s", kept)
	}
}

// Every source of difference between threads is in it: members, batches, dropout, noise, stopping.
func TestOutputsDoNotDependOnThreads(t *testing.T) {
	workspace(t, set("epochs", "12"), set("batch_size", "32"), set("ensemble", "3"), set("dropout", "0.2"),
		set("input_noise", "0.3"), set("scaling", "standard"), set("patience", "8"), set("checkpoint_every", "5"))
	mustTrain(t)
	want := files(t, "experiments")
	if len(want) != 8 {
		t.Fatalf("%d files, want the model, the metrics and six curves", len(want))
	}
	for _, threads := range []int{1, 2, 7} {
		before := runtime.GOMAXPROCS(threads)
		mustTrain(t, "-out", "again")
		runtime.GOMAXPROCS(before)
		got := map[string]string{}
		for path, text := range files(t, "again") {
			got[strings.Replace(path, "again", "experiments", 1)] = text
		}
		wantSameFiles(t, got, want)
	}
}

func TestATrainingThatEndsWorseThanAConstantPredictionIsWarnedOf(t *testing.T) {
	workspace(t)
	const warning = "WRN the training ends with a loss of "
	if stderr := mustTrain(t); strings.Contains(stderr, "WRN") {
		t.Errorf("the default recipe is warned of: %s", stderr)
	}
	edit("params.yaml", "optimizer: adam", "optimizer: sgd")(t)
	edit("params.yaml", "output: sigmoid", "output: linear")(t)
	edit("params.yaml", "learning_rate: 0.01", "learning_rate: 10.0")(t)
	edit("params.yaml", "epochs: 80", "epochs: 3")(t)
	if stderr := mustTrain(t); strings.Count(stderr, warning) != 1 {
		t.Errorf("it prints %q, want %q in it", stderr, warning)
	}
}
