package main

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/tune"
)

// TestTheCommittedResultsAreWhatTheSearchFinds holds one contest of the committed space again.
func TestTheCommittedResultsAreWhatTheSearchFinds(t *testing.T) {
	t.Chdir("../..")
	j := job{Command: &cli.Command{Name: "tune"}, raw: "internal/dataset/testdata/sonar.all-data"}
	if err := j.load(t.Context(), "params.yaml", spacePath); err != nil {
		t.Fatal(err)
	}
	const fold = 7
	contests, err := j.study.Hold(t.Context(), func(contest int) bool { return contest == fold }, runtime.GOMAXPROCS(0), tune.NoRecords{}, tune.Progress{})
	if err != nil {
		t.Fatal(err)
	}
	text := readFile(t, outPath+"/plots/outer.csv")
	want := fmt.Sprintf("\n%d,%d,outer,%v,", fold, contests[0].Winner, contests[0].Nested.Scores[foldfile.Accuracy])
	if !strings.Contains(text, want) {
		t.Errorf("no line %q in\n%s\nrun `make tune` and commit the results", want[1:], text)
	}
}
