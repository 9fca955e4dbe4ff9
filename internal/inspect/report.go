// Package inspect looks at a table before a model is trained on it: what each column contains, how the classes differ, and
// what would make the scores of a model look better than they are. It also guesses the description of a file that does not
// have one yet.
package inspect

import (
	"context"
	"runtime"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/plot"
)

// A Report is what a table is like.
type Report struct {
	Rows    int
	Classes []Class
	Shown   []int // the classes by which the columns are shown: the largest ones, ascending
	Columns []Column

	Gaps    Gaps
	Equal   Equal
	Groups  Groups
	Train   int // number of rows to train on; 0 without a split
	Test    int
	Overall metrics.Moments // of all numbers

	Warnings []string

	header bool // whether the columns have names
	counts map[finding]int
}

// A Class is a label and the number of its rows.
type Class struct {
	Label             string
	Rows, Train, Test int
}

// Gaps counts the missing values.
type Gaps struct{ Fields, Rows, Columns int }

// Groups are those of data.group; all counts are 0 without it.
type Groups struct {
	Number, Largest int
	Single          int    // groups with one row
	First           string // of these
}

// shownClasses is the number of classes for which the columns are described, so that the outputs stay small.
const shownClasses = 10

// Describe looks at a table that was read from a raw file. Train and test are the rows of the split, empty if there is none,
// and folds is the number of folds of the cross-validation. Work is linear in the rows and columns, except for sorting each
// column; besides the table, it holds a few columns and 16 bytes per row in memory. The error is the cause of ctx.
func Describe(ctx context.Context, t *dataset.Table, train, test []int, folds int) (*Report, error) {
	classes := t.Schema.Data.Classes
	r := &Report{
		Rows: t.Rows(), Classes: make([]Class, len(classes)), Train: len(train), Test: len(test),
		header: t.Schema.Data.Header, counts: map[finding]int{},
	}
	for c, label := range classes {
		r.Classes[c].Label = label
	}
	for _, c := range t.Labels {
		r.Classes[c].Rows++
	}
	for _, row := range train {
		r.Classes[t.Labels[row]].Train++
	}
	for _, row := range test {
		r.Classes[t.Labels[row]].Test++
	}
	all, rows := make([]int, len(classes)), make([]int, len(classes))
	for c := range all {
		all[c], rows[c] = c, r.Classes[c].Rows
	}
	r.Shown = plot.Largest(all, rows, shownClasses)
	if err := r.describeColumns(ctx, t); err != nil {
		return nil, err
	}
	if t.Groups == nil {
		if err := r.findJoining(ctx, t); err != nil {
			return nil, err
		}
	}
	r.countGaps(t)
	r.Equal = compareRows(t, train, test)
	r.Groups = countGroups(t.Groups)
	r.warn(t, folds)
	return r, ctx.Err()
}

func (r *Report) describeColumns(ctx context.Context, t *dataset.Table) error {
	d := describer{table: t, classes: r.Classes, shown: r.Shown, slots: slots(t)}
	return parallel.InOrder(ctx, runtime.GOMAXPROCS(0), len(t.Columns),
		func(_ context.Context, i int) (Column, error) { return d.column(i), nil },
		func(c Column) {
			r.Columns = append(r.Columns, c)
			r.Overall.Merge(c.Moments)
			if c.Gaps > 0 {
				r.Gaps.Columns++
			}
		})
}

// slots returns the index of each column of a table among those of its kind.
func slots(t *dataset.Table) []int {
	slots := make([]int, len(t.Columns))
	var next [2]int
	for i, c := range t.Columns {
		slots[i] = next[c.Kind]
		next[c.Kind]++
	}
	return slots
}

func (r *Report) countGaps(t *dataset.Table) {
	for row := range t.Rows() {
		gaps := 0
		for _, v := range t.Numbers(row) {
			if v != v {
				gaps++
			}
		}
		for _, code := range t.Codes(row) {
			if code == dataset.NoCode {
				gaps++
			}
		}
		r.Gaps.Fields += gaps
		if gaps > 0 {
			r.Gaps.Rows++
		}
	}
}

func countGroups(groups []string) Groups {
	rows := map[string]int{}
	for _, group := range groups {
		rows[group]++
	}
	g := Groups{Number: len(rows)}
	for _, group := range groups {
		n := rows[group]
		g.Largest = max(g.Largest, n)
		if n == 1 {
			if g.Single == 0 {
				g.First = group
			}
			g.Single++
		}
	}
	return g
}
