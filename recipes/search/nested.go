package main

import (
	"context"
	"runtime"

	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/params"
	"example.com/sonar/recipes/internal/recipe"
)

// A candidate is a recipe that may be chosen, with the settings that it makes.
type candidate struct {
	recipe.Recipe
	params *params.Params
}

// The outer folds, on which the choice is tested, are those by which recipes and the SVM are measured; the blocked
// scheme has no more than one repeat of them.
var outer = params.Crossvalidate{Splits: 10, Repeats: 10, RandomState: 0}

const (
	innerSplits = 5
	members     = 5 // networks whose probabilities are averaged once the choice is made
)

// A search looks for the best candidate by nested cross-validation: in every outer fold one is chosen
// by cross-validation on inner folds of the rows to train on, and tested on the others.
type search struct {
	scheme     string
	candidates []candidate
	table      *dataset.Table
}

// A score is what a candidate reaches on the inner folds, all rows pooled.
type score struct{ Accuracy, Loss float64 }

// choose returns the best candidate on inner folds of rows, which are those to train on in the outer
// task of a number, and the scores of all.
func (s search) choose(ctx context.Context, rows []int, number, workers int) (best int, scores []score, err error) {
	inner := params.Crossvalidate{Splits: innerSplits, Repeats: 1, RandomState: uint32(number)}
	tasks, err := crossval.SchemeTasks(ctx, s.scheme, s.table, rows, nil, inner, number*innerSplits)
	if err != nil {
		return 0, nil, err
	}
	scores = make([]score, len(s.candidates))
	i := 0
	err = parallel.InOrder(ctx, workers, len(tasks)*len(s.candidates), func(ctx context.Context, i int) (crossval.Record, error) {
		return tasks[i/len(s.candidates)].Do(ctx, s.table, s.candidates[i%len(s.candidates)].params, crossval.Options{Workers: 1})
	}, func(record crossval.Record) {
		share := float64(len(record.Rows)) / float64(len(rows))
		pooled := &scores[i%len(s.candidates)]
		pooled.Accuracy += float64(share * record.Scores[foldfile.Accuracy])
		pooled.Loss += float64(share * record.Scores[foldfile.Loss])
		i++
	})
	return s.best(scores, len(rows)), scores, err
}

// best returns the candidate of the highest accuracy on so many rows, and of equals that of the lowest loss. On
// blocks it goes by the loss alone, as the folds are so unlike that accuracy is mostly luck.
func (s search) best(scores []score, rows int) (best int) {
	byLoss := s.scheme == foldfile.Blocked
	// Counts of right rows differ by one row at least; what is closer is rounding.
	margin := 0.5 / float64(rows)
	for i, found := range scores {
		ahead := found.Accuracy - scores[best].Accuracy
		if ahead > margin && !byLoss || (ahead > -margin || byLoss) && found.Loss < scores[best].Loss {
			best = i
		}
	}
	return best
}

// An outcome is what comes of one outer task.
type outcome struct {
	chosen   int
	inner    []score // of each candidate
	accuracy float64 // of the choice, on the outer fold's test rows
}

// outerTasks returns the tasks on which the choice is tested.
func (s search) outerTasks(ctx context.Context) ([]crossval.Task, error) {
	return crossval.SchemeTasks(ctx, s.scheme, s.table, nil, nil, outer, 0)
}

// nested returns the outcome of every outer task, and calls progress with the number of those that
// are done.
func (s search) nested(ctx context.Context, tasks []crossval.Task, progress func(done int)) ([]outcome, error) {
	var outcomes []outcome
	err := parallel.InOrder(ctx, runtime.GOMAXPROCS(0), len(tasks), func(ctx context.Context, number int) (outcome, error) {
		rows, _ := tasks[number].Rows()
		best, scores, err := s.choose(ctx, rows, number, 1)
		if err != nil {
			return outcome{}, err
		}
		final := *s.candidates[best].params
		final.Train.Ensemble = members
		record, err := tasks[number].Do(ctx, s.table, &final, crossval.Options{Workers: 1})
		return outcome{best, scores, record.Scores[foldfile.Accuracy]}, err
	}, func(o outcome) {
		outcomes = append(outcomes, o)
		progress(len(outcomes))
	})
	return outcomes, err
}

// onAllRows returns the candidate that the same rule chooses when no row is held out.
func (s search) onAllRows(ctx context.Context) (int, error) {
	all := make([]int, s.table.Rows())
	for row := range all {
		all[row] = row
	}
	best, _, err := s.choose(ctx, all, 0, runtime.GOMAXPROCS(0))
	return best, err
}
