// Package crossval is cross-validation: rows dealt to folds make tasks, what comes of a task is a
// record, and the records, in the order of their tasks, make the outputs. A record holds all that the
// outputs need of its task, so tasks may be done anywhere and in any order.
//
// It opens no file, reads no clock and logs nothing.
package crossval

import (
	"context"
	"fmt"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// An ID says which fold of which repeat of which scheme is tested.
type ID struct {
	Scheme string `json:"scheme"`
	Repeat int    `json:"repeat"`
	Fold   int    `json:"fold"` // within the repeat
}

func (id ID) String() string {
	return fmt.Sprintf("scheme %s, repeat %d, fold %d", id.Scheme, id.Repeat, id.Fold)
}

// Key names the task in a file of records.
func (id ID) Key() string { return fmt.Sprintf("%s/%d/%d", id.Scheme, id.Repeat, id.Fold) }

// A Task is to train on all folds of a repeat but one and to test on that one.
type Task struct {
	ID
	training int           // the number that its seeds follow from
	rows     []int         // of the table, which are dealt to folds; nil is all
	folds    dataset.Folds // of rows
}

// Rows returns the rows of the table to train on and those to test on.
func (t Task) Rows() (train, test []int) {
	train, test = t.folds.Rows(t.Fold)
	if t.rows != nil {
		choose(train, t.rows)
		choose(test, t.rows)
	}
	return train, test
}

// choose replaces positions in rows by the rows there.
func choose(positions, rows []int) {
	for i, position := range positions {
		positions[i] = rows[position]
	}
}

// Tasks returns the tasks of all schemes, in the order of the outputs.
//
// If the table has groups, they are dealt to folds whole, and a fold may lack a class, of which Warnings
// speaks. Otherwise each class needs as many rows as there are folds, so that every fold trains and tests
// on it. (scikit-learn only warns.)
func Tasks(ctx context.Context, table *dataset.Table, p *params.Params) ([]Task, error) {
	if table.Groups == nil {
		if err := checkClasses(table.Labels, p.Data.Classes, p.Crossvalidate.Splits); err != nil {
			return nil, err
		}
	}
	var all []Task
	for _, scheme := range schemesOf(table) {
		tasks, err := SchemeTasks(ctx, scheme, table, nil, p.Data.Classes, p.Crossvalidate, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, tasks...)
	}
	return all, nil
}

func schemesOf(table *dataset.Table) []string { return foldfile.Schemes(table.Groups != nil) }

func checkClasses(labels []int, classes []string, splits int) error {
	rows := make([]int, len(classes))
	for _, label := range labels {
		rows[label]++
	}
	for k, n := range rows {
		if n < splits {
			return fmt.Errorf("class %.40q must have as many rows as crossvalidate.splits says, %d, or more, got %d", classes[k], splits, n)
		}
	}
	return nil
}

// SchemeTasks deals rows of a table to folds by a scheme and returns a task for each, by repeat and fold.
// Rows names those to deal, nil being all; classes has the labels' texts. The scheme grouped needs a
// table with groups.
//
// The number of a training is first for the first task and one more for each that follows. Training j
// has the seeds from recipe.Seed + j*recipe.Ensemble on, modulo 2^32, one for each network.
func SchemeTasks(ctx context.Context, scheme string, table *dataset.Table, rows []int, classes []string, c params.Crossvalidate, first int) ([]Task, error) {
	dealt := dataset.Grouped{Labels: table.Labels, Classes: classes, Groups: table.Groups}
	if rows != nil {
		rows = slices.Clone(rows)
		dealt.Labels = chosen(table.Labels, rows)
		if table.Groups != nil {
			dealt.Groups = chosen(table.Groups, rows)
		}
	}
	repeats, err := schemeFolds(ctx, scheme, dealt, c)
	if err != nil {
		return nil, err
	}
	var tasks []Task
	for repeat, folds := range repeats {
		for k := range c.Splits {
			tasks = append(tasks, Task{ID{scheme, repeat, k}, first + len(tasks), rows, folds})
		}
	}
	return tasks, nil
}

// chosen returns the values of rows.
func chosen[T any](values []T, rows []int) []T {
	some := make([]T, len(rows))
	for i, row := range rows {
		some[i] = values[row]
	}
	return some
}

// schemeFolds returns the folds of each repeat of a scheme.
func schemeFolds(ctx context.Context, scheme string, rows dataset.Grouped, c params.Crossvalidate) ([]dataset.Folds, error) {
	switch scheme {
	case foldfile.Stratified:
		return dataset.RepeatedStratifiedKFold(rows.Labels, c.Splits, c.Repeats, c.RandomState)
	case foldfile.Grouped:
		return dataset.RepeatedStratifiedGroupKFold(ctx, rows, c.Splits, c.Repeats, c.RandomState)
	case foldfile.Blocked:
		folds, err := dataset.StratifiedKFold(rows.Labels, c.Splits)
		return []dataset.Folds{folds}, err
	}
	panic("crossval: unknown scheme")
}
