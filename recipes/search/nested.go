package main

import (
	"context"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/recipe"
)

// A candidate is a recipe that may be chosen.
type candidate struct {
	recipe.Recipe
	train params.Train
}

// A scheme deals rows to folds: the outer ones, on which the choice is tested, and the inner ones of
// the rows that are left, by which it is made.
type scheme struct {
	name  string
	outer func(labels []int) ([]dataset.Folds, error)
	inner func(labels []int, number int) (dataset.Folds, error)
	svm   func(recipe.SVM) []float64 // its accuracies on the outer folds
	// byLoss has the candidate of the lowest loss chosen, and not that of the highest accuracy: where the folds
	// are so unlike that accuracy is mostly luck.
	byLoss bool
}

const (
	outerSplits  = recipe.Splits
	outerRepeats = 10 // of the stratified scheme; the blocked one has no more than one
	innerSplits  = 5
	members      = 5 // networks whose probabilities are averaged once the choice is made
)

var schemes = []scheme{
	{
		name: "stratified",
		outer: func(labels []int) ([]dataset.Folds, error) {
			return dataset.RepeatedStratifiedKFold(labels, outerSplits, outerRepeats, 0)
		},
		inner: func(labels []int, number int) (dataset.Folds, error) {
			folds, err := dataset.RepeatedStratifiedKFold(labels, innerSplits, 1, uint32(number))
			if err != nil {
				return nil, err
			}
			return folds[0], nil
		},
		svm: func(m recipe.SVM) []float64 { return m.Stratified },
	},
	{
		name: "blocked",
		outer: func(labels []int) ([]dataset.Folds, error) {
			folds, err := dataset.StratifiedKFold(labels, outerSplits)
			return []dataset.Folds{folds}, err
		},
		inner:  func(labels []int, _ int) (dataset.Folds, error) { return dataset.StratifiedKFold(labels, innerSplits) },
		svm:    func(m recipe.SVM) []float64 { return m.Blocked },
		byLoss: true,
	},
}

// Data is the rows that a search may look at.
type data struct {
	classes []string
	mlp.Data
}

// rows gathers some of them, in the order given.
func (d data) rows(rows []int) data {
	x := blas64.General{Rows: len(rows), Cols: d.X.Cols, Stride: d.X.Cols, Data: make([]float64, 0, len(rows)*d.X.Cols)}
	labels := make([]int, len(rows))
	for i, r := range rows {
		x.Data = append(x.Data, d.X.Data[r*d.X.Stride:r*d.X.Stride+d.X.Cols]...)
		labels[i] = d.Labels[r]
	}
	return data{d.classes, mlp.Data{X: x, Labels: labels}}
}

// A score is what a candidate reaches on the inner folds, all rows pooled.
type score struct{ Accuracy, Loss float64 }

// test trains on some rows and gives the score on others. Training j of a recipe has seeds of its
// own, as in cross-validation.
func test(ctx context.Context, train params.Train, j int, on, against data) (score, error) {
	train.Seed += uint32(j) * uint32(train.Ensemble)
	result, err := mlp.Fit(ctx, train, on.classes, on.Data, mlp.Data{}, mlp.Options{Workers: 1})
	if err != nil {
		return score{}, err
	}
	predictions := result.Ensemble.Predict(against.X)
	return score{
		Accuracy: metrics.Count(against.Labels, predictions.Classes, len(on.classes)).Accuracy(),
		Loss:     metrics.LogLoss(predictions.Probabilities, against.Labels),
	}, nil
}

// choose gives the scores of all candidates on the inner folds of d, which are those of outer fold
// number, and the candidate of the highest accuracy, unless the scheme goes by loss; of equals, that of the
// lowest loss.
func choose(ctx context.Context, s scheme, candidates []candidate, d data, number int) (best int, scores []score, err error) {
	folds, err := s.inner(d.Labels, number)
	if err != nil {
		return 0, nil, err
	}
	scores = make([]score, len(candidates))
	for k := range innerSplits {
		trainRows, testRows := folds.Rows(k)
		for i, c := range candidates {
			found, err := test(ctx, c.train, number*innerSplits+k, d.rows(trainRows), d.rows(testRows))
			if err != nil {
				return 0, nil, err
			}
			share := float64(len(testRows)) / float64(len(d.Labels))
			scores[i].Accuracy += share * found.Accuracy
			scores[i].Loss += share * found.Loss
		}
	}
	for i, found := range scores {
		// Counts of right rows differ by one row at least; what is closer is rounding.
		margin := 0.5 / float64(len(d.Labels))
		ahead := found.Accuracy - scores[best].Accuracy
		if ahead > margin && !s.byLoss || (ahead > -margin || s.byLoss) && found.Loss < scores[best].Loss {
			best = i
		}
	}
	return best, scores, nil
}

// An outcome is what came of one outer fold.
type outcome struct {
	chosen   int
	inner    []score // of each candidate
	accuracy float64 // of the choice, on the outer fold's test rows
}

// nested chooses inside the training rows of every outer fold, and tests the choice on the rows that
// were left out.
func nested(ctx context.Context, s scheme, candidates []candidate, d data) ([]outcome, error) {
	repeats, err := s.outer(d.Labels)
	if err != nil {
		return nil, err
	}
	outcomes := make([]outcome, len(repeats)*outerSplits)
	err = inParallel(len(outcomes), func(number int) error {
		trainRows, testRows := repeats[number/outerSplits].Rows(number % outerSplits)
		best, scores, err := choose(ctx, s, candidates, d.rows(trainRows), number)
		if err != nil {
			return err
		}
		final := candidates[best].train
		final.Ensemble = members
		found, err := test(ctx, final, number, d.rows(trainRows), d.rows(testRows))
		outcomes[number] = outcome{best, scores, found.Accuracy}
		return err
	})
	return outcomes, err
}

// inParallel calls work for 0 to n-1, several at a time, and gives one of the errors.
func inParallel(n int, work func(i int) error) error {
	var group sync.WaitGroup
	next, failed := make(chan int), make(chan error, n)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				failed <- work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}
