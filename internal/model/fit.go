package model

import (
	"context"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A Training is how a model was trained.
type Training struct {
	*mlp.Result
	Warnings []string // what the user should look at, one line each
}

// heldShare is the share of the training rows that early stopping holds out.
const heldShare = 0.1

// Fit fits the features on the rows of train and trains a model on them, by a recipe. The rows of test, with the same
// columns, change nothing but the scores; there may be none. With train.patience, rows are held out after the features and the
// weights of the classes are fitted, in whole groups if the table has groups.
//
// A column that cannot be turned into inputs is a *features.Error, and rows too few to hold some out are a *PatienceError, before
// anything is trained. A model too large for its file, or
// a training that needs more than options.Memory, is an error before anything is allocated. Other errors are those of
// mlp.Fit.
func Fit(ctx context.Context, train, test dataset.Sample, data params.Data, recipe params.Train, options mlp.Options) (*Model, *Training, error) {
	fitted, warnings, err := features.Fit(train, recipe.Scaling)
	if err != nil {
		return nil, nil, err
	}
	if err := weigh(fitted, train.Len(), test.Len(), data, recipe, options); err != nil {
		return nil, nil, err
	}
	problem := mlp.Problem{Classes: len(data.Classes), Numeric: fitted.Numeric()}
	if problem.Train, err = rows(fitted, train); err != nil {
		return nil, nil, err
	}
	if problem.Test, err = rows(fitted, test); err != nil {
		return nil, nil, err
	}
	if recipe.ClassWeight == params.Balanced {
		problem.Weights = balancedWeights(problem.Train.Labels, problem.Classes)
	}
	if problem.Holdouts, err = holdouts(ctx, train, data.Classes, recipe); err != nil {
		return nil, nil, err
	}
	result, err := mlp.Fit(ctx, recipe, problem, options)
	if err != nil {
		return nil, nil, err
	}
	warnings = append(warnings, absences(problem, data.Classes)...)
	warnings = append(warnings, failures(result)...)
	return &Model{Data: data, Features: fitted, Members: result.Members}, &Training{result, warnings}, nil
}

func rows(f *features.Features, s dataset.Sample) (mlp.Data, error) {
	x, err := f.Inputs(s)
	return mlp.Data{X: x, Labels: s.Labels()}, err
}

// balancedWeights returns n / (K * rows) for each class, where n is the number of all rows and K that of the classes that have
// any. The weight of a class without rows, which only the validation loss can meet, is 1.
func balancedWeights(labels []int, classes int) []float64 {
	weights, present := make([]float64, classes), 0
	for _, label := range labels {
		if weights[label]++; weights[label] == 1 {
			present++
		}
	}
	for c, rows := range weights {
		weights[c] = 1
		if rows > 0 {
			weights[c] = float64(len(labels)) / (float64(present) * rows)
		}
	}
	return weights
}

// A PatienceError is about training rows too few for train.patience. The caller knows which file has that key.
type PatienceError struct {
	Groups bool // whether whole groups are held out
	Err    error
}

func (e *PatienceError) Error() string {
	if e.Groups {
		return "train.patience holds out whole groups of the training rows: " + e.Err.Error()
	}
	return "train.patience holds out a tenth of the training rows: " + e.Err.Error()
}

func (e *PatienceError) Unwrap() error { return e.Err }

// holdouts chooses the rows that early stopping holds out, for each network with its own seed.
func holdouts(ctx context.Context, train dataset.Sample, classes []string, recipe params.Train) ([]mlp.Holdout, error) {
	if recipe.Patience == 0 {
		return nil, nil
	}
	labels, groups := train.Labels(), train.Groups()
	list := make([]mlp.Holdout, recipe.Ensemble)
	for i := range list {
		h, seed, err := &list[i], recipe.Seed+uint32(i), error(nil)
		if groups == nil {
			h.Train, h.Held, err = dataset.StratifiedSplit(labels, classes, heldShare, seed)
		} else {
			h.Train, h.Held, err = dataset.StratifiedGroupHoldout(ctx, dataset.Grouped{Labels: labels, Classes: classes, Groups: groups}, seed)
		}
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			return nil, &PatienceError{groups != nil, err}
		}
	}
	return list, nil
}
