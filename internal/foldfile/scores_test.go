package foldfile

import (
	"reflect"
	"strings"
	"testing"
)

func TestScoresOfAnyProjectAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want ScoreTable
	}{
		"a metric of any sign":  {"repeat,fold,r2\n0,0,-1.5\n0,1,.25\n", ScoreTable{2, 1, []string{"r2"}, [][]float64{{-1.5, .25}}, nil}},
		"lines in any order":    {"b,fold,repeat,a\n4,1,1,.4\n1,0,0,.1\n2,1,0,.2\n3,0,1,.3\n", ScoreTable{2, 2, []string{"b", "a"}, [][]float64{{1, 2, 3, 4}, {.1, .2, .3, .4}}, nil}},
		"rows":                  {"repeat,fold,rows,a\n0,0,7,1\n0,1,8,2\n", ScoreTable{2, 1, []string{"a"}, [][]float64{{1, 2}}, []int{7, 8}}},
		"this project's table":  {"scheme,repeat,fold,rows,loss\nstratified,0,0,7,1\nstratified,0,1,7,2\nblocked,0,0,7,3\nblocked,0,1,7,4\n", ScoreTable{2, 1, []string{"loss"}, [][]float64{{1, 2}}, []int{7, 7}}},
		"names as people write": {"repeat,fold,precision@10,F1 (macro)\n0,0,1,2\n0,1,3,4\n", ScoreTable{2, 1, []string{"precision@10", "F1 (macro)"}, [][]float64{{1, 3}, {2, 4}}, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadScores(strings.NewReader(test.text), "f.csv")
			if err != nil || !reflect.DeepEqual(*got, test.want) {
				t.Errorf("read %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

func TestScoresThatCannotBePairedAreErrors(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":             {"", "f.csv: must hold a table, is empty"},
		"no repeat":           {"fold,a\n0,1\n", "f.csv:1: must have a column repeat, has none"},
		"no fold":             {"repeat,a\n0,1\n", "f.csv:1: must have a column fold, has none"},
		"no metric":           {"repeat,fold,rows\n0,0,1\n", "f.csv:1: must have a column of a metric, has none"},
		"an index":            {",repeat,fold,a\n0,0,0,1\n", "f.csv:1: column 1 must have a name: write the table without an index"},
		"a name twice":        {"repeat,fold,a,a\n0,0,1,1\n", "f.csv:1: column 4 must not be called a as column 3 is"},
		"markup":              {"repeat,fold,<b>\n0,0,1\n", `f.csv:1: column 3 must have a name of up to 64 letters, digits and _-.()%, got "<b>"`},
		"a mention":           {"repeat,fold,@all\n0,0,1\n", `got "@all"`},
		"an escape":           {"repeat,fold,a\x1b[31m\n0,0,1\n", `got "a\x1b[31m"`},
		"text":                {"repeat,fold,a\n0,0,x\n", `f.csv:2: column 3 must be a number, got "x"`},
		"an empty field":      {"repeat,fold,a\n0,0,\n", `f.csv:2: column 3 must be a number, got ""`},
		"infinity":            {"repeat,fold,a\n0,0,1e999\n", `f.csv:2: column 3 must be a number, got "1e999"`},
		"a score too large":   {"repeat,fold,a\n0,0,-1e101\n", `f.csv:2: column 3 must be a number, got "-1e101"`},
		"a fold below 0":      {"repeat,fold,a\n0,-1,1\n", `f.csv:2: column 2 must be a whole number of 0 or more, got "-1"`},
		"no rows tested":      {"repeat,fold,rows,a\n0,0,0,1\n", `f.csv:2: column 3 must be a whole number of 1 or more, got "0"`},
		"one fold":            {"repeat,fold,a\n0,0,1\n1,0,1\n", "f.csv: must have two folds or more, and as many in each repeat, both counted from 0, got 2 lines up to fold 0 and repeat 1"},
		"counted from 1":      {"repeat,fold,a\n1,1,1\n1,2,1\n", "counted from 0, got 2 lines up to fold 2 and repeat 1"},
		"a fold missing":      {"repeat,fold,a\n0,0,1\n0,1,1\n1,1,1\n", "got 3 lines up to fold 1 and repeat 1"},
		"a fold twice":        {"repeat,fold,a\n0,0,1\n0,1,1\n0,1,1\n1,0,1\n", "f.csv: fold 1 of repeat 0 appears twice"},
		"another missing":     {"repeat,fold,a\n0,1,1\n1,0,1\n1,1,1\n1,1,1\n", "f.csv: fold 1 of repeat 1 appears twice"},
		"more than can be":    {"repeat,fold,a\n2147483647,2147483647,1\n", "got 1 lines up to fold 2147483647 and repeat 2147483647"},
		"only a blocked part": {"scheme,repeat,fold,a\nblocked,0,0,1\nblocked,0,1,1\n", "got 0 lines"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadScores(strings.NewReader(test.text), "f.csv")
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("error %v, want one line that says %q", err, test.want)
			}
		})
	}
}

func FuzzReadScores(f *testing.F) {
	f.Add("repeat,fold,a\n0,0,1\n0,1,2\n")
	f.Add("scheme,repeat,fold,rows,loss,accuracy\nstratified,0,0,7,1,1\nstratified,0,1,7,2,1\nblocked,0,0,7,3,1\n")
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ReadScores(strings.NewReader(text), "f.csv")
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("%q is not one line", err)
			}
			return
		}
		for _, scores := range table.Scores {
			if table.Splits < 2 || len(scores) != table.Splits*table.Repeats {
				t.Errorf("%d scores for %d x %d folds", len(scores), table.Repeats, table.Splits)
			}
		}
	})
}
