package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/plot"
)

// guesses returns the evaluation of a model that guesses: all probabilities are different, with 17 digits. Of the
// classes, whose labels label makes, the later ones have more rows.
func guesses(t testing.TB, rows, classes int, label func(k int) string) *evaluation {
	t.Helper()
	table := dataset.NewTable(nil)
	rng := rand.New(rand.NewPCG(1, 2))
	p := blas64.General{Rows: rows, Cols: classes, Stride: classes, Data: make([]float64, rows*classes)}
	for i := range p.Data {
		p.Data[i] = rng.Float64() / 9
	}
	predicted := make([]int, rows)
	for i := range rows {
		k := int(float64(classes) * math.Sqrt(float64(i)/float64(rows)))
		table.Append(nil, nil, k)
		predicted[i] = rng.IntN(classes)
	}
	names := make([]string, classes)
	for k := range names {
		names[k] = label(k)
	}
	e, err := newEvaluation(t.Context(), table.All(), mlp.Predictions{Probabilities: p, Classes: predicted}, names, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestFilesInGitStayBelowAMegabyte, whatever the data: predictions.csv is not in git.
func TestFilesInGitStayBelowAMegabyte(t *testing.T) {
	for _, test := range []struct {
		name          string
		rows, classes int
		label         func(k int) string
	}{
		{"many rows", 250_000, 2, func(k int) string { return "RM"[k:][:1] }},
		{"ten classes", 20_000, 10, func(k int) string { return fmt.Sprint("class ", k) }},
		{"many classes", 4000, 1000, func(k int) string { return fmt.Sprint(k) }},
		{"many classes of long labels", 5000, 1000, func(k int) string { return fmt.Sprintf("%s%04d", strings.Repeat("x", 196), k) }},
		{"labels that are long in JSON", 2000, 300, func(k int) string { return fmt.Sprintf("%s%04d", strings.Repeat("\x01", 196), k) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := guesses(t, test.rows, test.classes, test.label)
			r := e.report(nil)
			for _, file := range e.outputs(t.Context(), r) {
				if file.Path == "predictions.csv" {
					continue
				}
				var text bytes.Buffer
				if err := file.Write(&text); err != nil {
					t.Fatal(err)
				}
				if n := text.Len(); n > plot.MaxBytes {
					t.Errorf("%s has %d bytes", file.Path, n)
				} else if file.Path == "plots/roc.json" && test.classes > 2 && n < plot.MaxBytes/3 {
					t.Errorf("%s has %d bytes only", file.Path, n)
				}
			}
			total := 0
			for _, row := range e.confusion() {
				total += row.Rows
			}
			if total != test.rows {
				t.Errorf("the confusion matrix has %d rows, want %d", total, test.rows)
			}
			points := map[string]int{}
			for _, row := range e.roc() {
				points[row.Class]++
			}
			for class, n := range points {
				if n < 3 {
					t.Errorf("class %.20q has %d points", class, n)
				}
			}
			last := e.classes[len(e.classes)-1] // has the most rows
			if _, reported := r.Test.Sensitivity[last]; points[last] == 0 || !reported || len(points) != len(e.drawn) {
				t.Errorf("%d classes of %d are drawn, the largest with %d points", len(points), len(e.drawn), points[last])
			}
		})
	}
}

func TestTheOtherClassesAreOneOfTheConfusionMatrix(t *testing.T) {
	e := guesses(t, 40_000, 200, func(k int) string { return fmt.Sprint(k) })
	all, kept := e.pairs(func(k int) int { return k }), map[string]bool{}
	rows := e.confusion()
	for _, row := range rows {
		kept[row.Actual] = true
	}
	others := fmt.Sprintf("%d other classes", 200-len(kept)+1)
	if !kept[others] || len(kept) < 50 {
		t.Fatalf("%d classes, %q among them: %v", len(kept), others, kept[others])
	}
	name := func(k int) string {
		if name := e.classes[k]; kept[name] {
			return name
		}
		return others
	}
	want := map[confusionRow]int{}
	for pair, n := range all {
		want[confusionRow{Actual: name(pair[0]), Predicted: name(pair[1])}] += n
	}
	if len(rows) != len(want) {
		t.Errorf("%d pairs, want %d", len(rows), len(want))
	}
	for _, row := range rows {
		if n := want[confusionRow{Actual: row.Actual, Predicted: row.Predicted}]; n != row.Rows {
			t.Errorf("%+v, want %d", row, n)
		}
	}
}
