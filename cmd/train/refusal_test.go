package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// edit replaces the first occurrence of old in a file.
func edit(path, old, new string) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		text := readFile(t, path)
		if !strings.Contains(text, old) {
			t.Fatalf("%s has no %q", path, old)
		}
		writeFile(t, path, strings.Replace(text, old, new, 1))
	}
}

func replace(path, text string) func(*testing.T) {
	return func(t *testing.T) { writeFile(t, path, text) }
}

func remove(path string) func(*testing.T) {
	return func(t *testing.T) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// cut keeps only the first bytes of a file.
func cut(path string, bytes int) func(*testing.T) {
	return func(t *testing.T) { writeFile(t, path, readFile(t, path)[:bytes]) }
}

// dropColumn removes the first column of a CSV file.
func dropColumn(path string) func(*testing.T) {
	return func(t *testing.T) {
		var kept strings.Builder
		for line := range strings.Lines(readFile(t, path)) {
			_, rest, _ := strings.Cut(line, ",")
			kept.WriteString(rest)
		}
		writeFile(t, path, kept.String())
	}
}

var atLine = regexp.MustCompile(`<\w+>`)

// lineOf finds the line of a <key> in params.yaml.
func lineOf(key string) string {
	text, _ := os.ReadFile("params.yaml")
	above, _, _ := strings.Cut(string(text), strings.Trim(key, "<>")+":")
	return strconv.Itoa(strings.Count(above, "\n") + 1)
}

func TestBadInputIsRefusedInOneLine(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(*testing.T)
		want string // the line that is printed contains this, <key> being the line of params.yaml that has the key
	}{
		{"no X", remove("data/X_train.csv"), "open data/X_train.csv: no such file"},
		{"no y", remove("data/y_test.csv"), "open data/y_test.csv: no such file"},
		{"empty X", replace("data/X_train.csv", ""), "data/X_train.csv: must hold rows of numbers, is empty"},
		{"empty y", replace("data/y_train.csv", "\n\n"), "data/y_train.csv: must hold labels, is empty"},
		{"binary X", replace("data/X_train.csv", "\x89PNG\r\n\x1a\n\x00\x00"), `data/X_train.csv:1: byte 1, in column 1, must be UTF-8, got "\x89"`},
		{"cut X", cut("data/X_test.csv", 5000), "data/X_test.csv:10: must have 60 columns as the first line has, got"},
		{"ragged X", edit("data/X_train.csv", "\n", ",0.5\n"), "data/X_train.csv:2: must have 61 columns as the first line has, got 60"},
		{"NaN", edit("data/X_train.csv", "\n0.", "\nNaN"), `data/X_train.csv:2: column 1 must be a finite number, got "NaN`},
		{"infinite", edit("data/X_test.csv", "\n0.", "\n1e999,0."), `data/X_test.csv:2: must have 60 columns`},
		{"overflow", edit("data/X_test.csv", "0.", "1e999"), `data/X_test.csv:1: column 1 must be a finite number, got "1e999`},
		{"a field too many", edit("data/X_test.csv", ",", ",,"), "data/X_test.csv:2: must have 61 columns as the first line has, got 60"},
		{"no number", edit("data/X_test.csv", "\n0.", "\nO."), `data/X_test.csv:2: column 1 must be a finite number, got "O.`},
		{"an unclosed quote", replace("data/X_test.csv", "\"1"), "data/X_test.csv:1: the quote at byte 1 must be closed"},
		{"another feature count", dropColumn("data/X_test.csv"), "data/X_test.csv:1: must have 60 columns as data/X_train.csv has, got 59"},
		{"an unknown label", edit("data/y_train.csv", "\n", "\nrock\n"), `data/y_train.csv:2: column 1 must be one of the labels R, M, got "rock"`},
		{"too many labels", edit("data/y_train.csv", "\n", "\nR\n"), "data/X_train.csv: must have 157 rows as data/y_train.csv has, got 156"},
		{"too few labels", edit("data/y_test.csv", "\n", ""), `data/y_test.csv:1: column 1 must be one of the labels R, M, got`},
		{"another row", edit("data/y_test.csv", "R\n", ""), "data/X_test.csv:52: must not be there, as data/y_test.csv has only 51 rows"},
		{"two label columns", edit("data/y_test.csv", "\n", ",R\n"), "data/y_test.csv:1: must have 1 column, the label, got 2"},

		{"no params", remove("params.yaml"), "open params.yaml: no such file"},
		{"an unknown key", edit("params.yaml", "  seed: 0", "  sead: 0"), `params.yaml:<sead>: unknown key "train.sead"`},
		{"a missing key", edit("params.yaml", "  momentum: 0.9\n", ""), "params.yaml:<train>: train.momentum is missing"},
		{"out of range", edit("params.yaml", "learning_rate: 0.01", "learning_rate: -1"), "params.yaml:<learning_rate>: train.learning_rate must be a float in the range (0, inf), got -1"},
		{"a wrong type", edit("params.yaml", "epochs: 80", "epochs: many"), `params.yaml:<epochs>: train.epochs must be an int of 1 or more, got "many"`},
		{"no such choice", edit("params.yaml", "activation: relu", "activation: swish"), `params.yaml:<activation>: train.activation must be relu, tanh, gelu or logistic, got "swish"`},
		{"binary on linear outputs", func(t *testing.T) {
			edit("params.yaml", "loss: cross_entropy", "loss: binary_cross_entropy")(t)
			edit("params.yaml", "output: sigmoid", "output: linear")(t)
		}, "params.yaml:<loss>: train.loss binary_cross_entropy needs train.output sigmoid, got linear"},
		{"more classes than the loss distinguishes", func(t *testing.T) {
			edit("params.yaml", "loss: cross_entropy", "loss: binary_cross_entropy")(t)
			edit("params.yaml", "  - M\n", "  - M\n  - F\n")(t)
		}, "train.loss binary_cross_entropy needs two data.classes, got 3"},
		{"no rows to stop early by", func(t *testing.T) {
			edit("params.yaml", "patience: 0", "patience: 5")(t)
			for _, side := range []string{"train", "test"} {
				writeFile(t, "data/X_"+side+".csv", "1,2\n3,4\n5,6\n")
				writeFile(t, "data/y_"+side+".csv", "R\nR\nM\n")
			}
		}, `params.yaml: train.patience holds out a tenth of the training rows: a stratified split needs 2 or more rows of each class, got 1 of "M"`},
		{"a column whose squares are infinite", edit("data/X_train.csv", "0.008400", "1e200"),
			"data/X_train.csv: column 1 must have numbers whose squares have a finite sum, got 1e+200"},
		{"a column that scaling makes infinite", func(t *testing.T) {
			edit("params.yaml", "scaling: none", "scaling: standard")(t)
			edit("data/X_train.csv", "0.008400", "1e200")(t)
		}, "data/X_train.csv: column 1 must have a finite mean and a finite variance for train.scaling, got "},
		{"a test row that scaling makes infinite", func(t *testing.T) {
			edit("params.yaml", "scaling: none", "scaling: standard")(t)
			edit("data/X_test.csv", "0.076200", "1.7e308")(t)
		}, "data/X_test.csv: column 1 must be finite once train.scaling has made it (x - "},
		{"more values than a model may have", func(t *testing.T) {
			edit("params.yaml", "hidden_sizes:\n  - 40", "hidden_sizes: [11600, 11600]")(t)
		}, "train.hidden_sizes [11600 11600] and train.ensemble 1 ask for 1.353e+08 values in 6 tensors, with 60 inputs: a model may have 134217728 values"},
		{"a diverging loss", func(t *testing.T) {
			edit("params.yaml", "optimizer: adam", "optimizer: sgd")(t)
			edit("params.yaml", "output: sigmoid", "output: linear")(t)
			edit("params.yaml", "learning_rate: 0.01", "learning_rate: 1.0e+200")(t)
		}, "the loss is not finite on the test rows after epoch 1: try a lower train.learning_rate, unless they have numbers far larger than those trained on"},
		{"a file for a folder", func(t *testing.T) {
			if err := os.RemoveAll("experiments"); err != nil {
				t.Fatal(err)
			}
			writeFile(t, "experiments", "")
		}, "experiments: not a directory"},
		{"a folder for a file", func(t *testing.T) {
			if err := os.MkdirAll("experiments/model.safetensors/x", 0o777); err != nil {
				t.Fatal(err)
			}
		}, "experiments/model.safetensors: cannot be written: is a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			workspace(t)
			writeFile(t, "experiments/live/metrics.json", "an earlier run's\n")
			c.harm(t)
			sealSplit(t)
			want := atLine.ReplaceAllStringFunc(c.want, lineOf)
			before := files(t, ".")
			status, stderr := train(t, "-log-level", "error", "-log", "")
			if status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			if !strings.HasPrefix(stderr, "train: ") || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
				t.Errorf("it prints %q, want one line with %q", stderr, want)
			}
			wantSameFiles(t, files(t, "."), before)
		})
	}
}

// A prepare that was killed in between, or a hand that edits: the files are not of one split.
func TestHalfOfANewSplitIsRefused(t *testing.T) {
	const half, remedy = ": must be the file that data/split.json lists, has another SHA-256 (edited, or half of a new set)", ": run prepare, or `dvc repro`\n"
	for name, c := range map[string]struct {
		harm func(*testing.T)
		want string
	}{
		"other labels":     {edit("data/y_train.csv", "R\n", "M\n"), "data/y_train.csv" + half},
		"other features":   {edit("data/X_test.csv", "0.", "1."), "data/X_test.csv" + half},
		"an older split":   {edit("data/split.json", `": "`, `": "0`), "data/X_test.csv" + half},
		"no split at all":  {remove("data/split.json"), "open data/split.json: no such file or directory"},
		"no list of files": {replace("data/split.json", "{}"), "data/split.json: must list X_train.csv"},
	} {
		t.Run(name, func(t *testing.T) {
			workspace(t)
			c.harm(t)
			before := files(t, ".")
			if status, stderr := train(t, "-log", ""); status != 1 || stderr != "train: "+c.want+remedy {
				t.Errorf("status %d, it prints %q, want %q", status, stderr, c.want+remedy)
			}
			wantSameFiles(t, files(t, "."), before)
		})
	}
}

func TestWrongFlagsHaveAStatusOfTheirOwn(t *testing.T) {
	workspace(t)
	for name, args := range map[string][]string{
		"unknown flag":     {"-epochs", "5"},
		"argument":         {"params.yaml"},
		"unknown level":    {"-log-level", "loud"},
		"no such resuming": {"-resume=perhaps"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, stderr := train(t, args...); status != 2 || stderr == "" {
				t.Errorf("status %d, want 2; it prints %q", status, stderr)
			}
			if got := files(t, "experiments"); len(got) > 0 {
				t.Errorf("it writes %v", got)
			}
		})
	}
}
