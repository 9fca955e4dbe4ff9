package main

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// The schemes by which rows are dealt to folds.
const (
	stratified = "stratified"
	blocked    = "blocked"
)

// A task is to train on all folds but one and to test on that one.
type task struct {
	scheme         string
	repeat, number int // of the fold within the repeat
	folds          dataset.Folds
	training       int // the number that its seeds follow from
}

// deal makes the tasks of both schemes, in the order of their outputs.
func deal(labels []int, p *params.Params) ([]task, error) {
	splits := p.Crossvalidate.Splits
	if err := checkClasses(labels, p.Data.Classes, splits); err != nil {
		return nil, err
	}
	repeats, err := dataset.RepeatedStratifiedKFold(labels, splits, p.Crossvalidate.Repeats, p.Crossvalidate.RandomState)
	if err != nil {
		return nil, err
	}
	blocks, err := dataset.StratifiedKFold(labels, splits)
	if err != nil {
		return nil, err
	}
	var tasks []task
	for repeat, folds := range repeats {
		for k := range splits {
			tasks = append(tasks, task{stratified, repeat, k, folds, repeat*splits + k})
		}
	}
	for k := range splits {
		tasks = append(tasks, task{blocked, 0, k, blocks, k})
	}
	return tasks, nil
}

// checkClasses sees that every fold tests on every class: without one there is no area under the
// ROC curve. (scikit-learn warns only.)
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

// A fold is what came of a task.
type fold struct {
	task
	rows        []int // tested, ascending
	predictions mlp.Predictions
	history     []mlp.Epoch // the curves on the rows trained on, and on those tested
	scores      scores
}

// Scores are what is measured of a fold's predictions. Loss is the plain log loss whatever the
// training minimised, so that recipes compare.
type scores struct {
	Loss, Accuracy, F1Macro, AUC float64
}

// trainFolds does the tasks in parallel and hands on what comes of each, in their order.
func trainFolds(ctx context.Context, tasks []task, table *dataset.Table, p *params.Params, take func(fold)) error {
	threads := runtime.GOMAXPROCS(0)
	options := mlp.Options{Workers: max(1, threads/len(tasks))}
	return inOrder(ctx, len(tasks), threads, func(ctx context.Context, i int) (fold, error) {
		f, err := tasks[i].do(ctx, table, p, options)
		if err != nil && ctx.Err() == nil {
			err = fmt.Errorf("scheme %s, repeat %d, fold %d: %w", f.scheme, f.repeat, f.number, err)
		}
		return f, err
	}, take)
}

func (t task) do(ctx context.Context, table *dataset.Table, p *params.Params, options mlp.Options) (fold, error) {
	trainRows, testRows := t.folds.Rows(t.number)
	var train, test mlp.Data
	train.X, train.Labels = table.Select(trainRows)
	test.X, test.Labels = table.Select(testRows)
	recipe := p.Train
	recipe.Seed += uint32(t.training) * uint32(recipe.Ensemble) // modulo 2^32
	result, err := mlp.Fit(ctx, recipe, p.Data.Classes, train, test, options)
	if err != nil {
		return fold{task: t}, err
	}
	f := fold{task: t, rows: testRows, history: result.History, predictions: result.Ensemble.Predict(test.X)}
	areas, _ := metrics.Areas(f.predictions.Probabilities, test.Labels)
	counts := metrics.Count(test.Labels, f.predictions.Classes, len(p.Data.Classes))
	f.scores = scores{
		Loss:     metrics.LogLoss(f.predictions.Probabilities, test.Labels),
		Accuracy: counts.Accuracy(),
		F1Macro:  counts.MacroF1(),
		AUC:      metrics.Macro(areas),
	}
	if math.IsNaN(f.scores.Loss) || math.IsInf(f.scores.Loss, 0) {
		return f, fmt.Errorf("the loss on the rows tested is not finite: try a lower train.learning_rate")
	}
	return f, nil
}
