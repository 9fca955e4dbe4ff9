package main

import (
	"context"
	"math/rand/v2"

	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
)

// A learner is a recipe and the block of inputs that it sees. All data sets are drawn anew, and so are
// its seeds: two learners of one recipe differ by their seeds.
type learner struct {
	name   string
	inputs int
	equal  bool // as good as base: a test that finds a difference raises a false alarm
}

// base is what the others are compared with.
var base = learner{name: "base", inputs: first}

var heads = []learner{
	{name: "other seeds", inputs: first, equal: true},
	{name: "other inputs, as good", inputs: second, equal: true},
	{name: "better inputs", inputs: better},
}

// measurements are what is kept of a learner's cross-validation of one data set.
type measurements struct {
	folds []foldfile.Scores
	rows  map[int][]float64 // by metric, Accuracy and Loss: of each row, the mean over the repeats
}

// crossvalidate trains and tests a learner on all folds.
func (l learner) crossvalidate(ctx context.Context, table *dataset.Table, p params.Params, seed uint32) (measurements, error) {
	p.Train.Seed = seed
	rows := table.Rows()
	m := measurements{rows: map[int][]float64{foldfile.Accuracy: make([]float64, rows), foldfile.Loss: make([]float64, rows)}}
	tasks, err := crossval.SchemeTasks(ctx, foldfile.Schemes(table.Groups != nil)[0], table, nil, p.Data.Classes, p.Crossvalidate, 0)
	if err != nil {
		return m, err
	}
	share := 1 / float64(p.Crossvalidate.Repeats)
	for _, task := range tasks {
		record, err := task.Do(ctx, table, &p, crossval.Options{Workers: 1})
		if err != nil {
			return m, err
		}
		m.folds = append(m.folds, record.Scores)
		for i, row := range record.Rows {
			if label := table.Labels[row]; record.Predicted[i] == label {
				m.rows[foldfile.Accuracy][row] += share
			}
			m.rows[foldfile.Loss][row] += share * metrics.RowLoss(record.Probabilities[2*i:2*i+2], table.Labels[row])
		}
	}
	return m, nil
}

// A finding is what one test says of a head: its gain over base, and p.
type finding struct{ gain, p float64 }

// findings are those of both tests by each metric; rows are only of those that rows have.
type findings struct {
	folds, rows [len(foldfile.Scores{})]finding
}

// compare compares a head with base, both by the corrected resampled t test and by the row-wise one;
// groups has the number of each row's group, or is nil.
func compare(base, head measurements, groups []int, splits int) (f findings) {
	for metric, m := range foldfile.Metrics() {
		sign := 1.
		if m.LessIsBetter {
			sign = -1
		}
		gains := make([]float64, len(base.folds))
		for i := range gains {
			gains[i] = sign * (head.folds[i][metric] - base.folds[i][metric])
		}
		f.folds[metric] = found(metrics.NewResampled(gains, splits))
		if rows, ok := head.rows[metric]; ok {
			gains := make([]float64, len(rows))
			for i := range gains {
				gains[i] = sign * (rows[i] - base.rows[metric][i])
			}
			if groups == nil {
				f.rows[metric] = found(metrics.NewRowWise(gains, splits))
			} else {
				f.rows[metric] = found(metrics.NewGroupedRowWise(gains, groups, splits))
			}
		}
	}
	return f
}

func found(s metrics.Student) finding { return finding{s.Mean, s.P()} }

// compareAll draws one data set and compares every head with base on it.
func (d design) compareAll(ctx context.Context, from *population, p params.Params, rng *rand.Rand) ([]findings, error) {
	tables := from.draw(rng, d.rows, d.perGroup)
	var groups []int
	for row := range tables[first].Groups {
		groups = append(groups, row/d.perGroup)
	}
	p.Crossvalidate = params.Crossvalidate{Splits: d.splits, Repeats: d.repeats, RandomState: rng.Uint32()}
	if d.recipe.change != nil {
		d.recipe.change(&p.Train)
	}
	reference, err := base.crossvalidate(ctx, tables[base.inputs], p, rng.Uint32())
	if err != nil {
		return nil, err
	}
	var all []findings
	for _, head := range heads {
		m, err := head.crossvalidate(ctx, tables[head.inputs], p, rng.Uint32())
		if err != nil {
			return nil, err
		}
		all = append(all, compare(reference, m, groups, d.splits))
	}
	return all, nil
}
