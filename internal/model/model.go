// Package model is the trained model: what turns a raw row into probabilities, fitted, applied and written to a file in one
// place.
//
// # The file
//
// The model file is a safetensors file of 64-bit floats that PyTorch opens, and that
// is the same bytes for the same model.
//
// The file is the length of the header (8 bytes, little-endian), the header (JSON with sorted keys,
// padded with spaces to a multiple of 8 bytes) and the tensors' values, one tensor after another in
// the order of their names. See https://huggingface.co/docs/safetensors for the format.
//
// Tensors have the names that they have in a torch.nn.Sequential of Linear, activation, Linear, ...:
// 0.weight [out][in], 0.bias [out], 2.weight, 2.bias, ... An ensemble is a torch.nn.ModuleList of
// those: 0.0.weight, 0.0.bias, 0.2.weight, ..., 1.0.weight, ... If the inputs are scaled to
// (x - offset) / divisor, each network has the tensors scaling.offset and scaling.divisor too: they are the same for
// all of an ensemble, and there for each so that it can be used alone.
//
// The metadata are texts, most of them JSON: classes, data (what a reader of raw rows must know of them), features (an object
// for each column, in the order of the table), scaling, layers, activation, output, members and version.
//
// The metadata also hold the SHA-256 of the file as it is with 64 zeros in place of that sum. So a file
// that is altered anywhere is refused. One that another program has written anew from the same tensors and metadata, in
// whatever order, is taken: the sum is that of the file as Encode would write it.
package model

import (
	"context"
	"fmt"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A Model is all that is needed to predict the class of a raw row.
type Model struct {
	Classes  []string // the labels, in the order of their indices
	Data     Data
	Features *features.Features
	Members  []*mlp.Network // whose probabilities are averaged
}

// Data is what a reader of raw rows must know of the data section of params.yaml.
type Data struct {
	Columns int    `json:"columns"` // of the raw file, the label's included
	Header  bool   `json:"header"`
	Label   string `json:"label"`
}

// heldShare is the share of the training rows that early stopping holds out.
const heldShare = 0.1

// Fit fits the features to the rows of train and trains a model on them, by a recipe. The rows of test, of the same
// columns, change nothing but the scores; there may be none. The errors are those of features.Fit and mlp.Fit; with train.patience
// it is also an error if train is too small for rows to be held out.
func Fit(ctx context.Context, train, test dataset.Sample, data params.Data, recipe params.Train, options mlp.Options) (*Model, *mlp.Result, error) {
	fitted, err := features.Fit(train, recipe.Scaling)
	if err != nil {
		return nil, nil, err
	}
	problem := mlp.Problem{
		Classes: len(data.Classes),
		Train:   mlp.Data{X: fitted.Inputs(train), Labels: train.Labels()},
		Test:    mlp.Data{X: fitted.Inputs(test), Labels: test.Labels()},
		Numeric: fitted.Numeric(),
	}
	if problem.Holdouts, err = holdouts(problem.Train.Labels, data.Classes, recipe); err != nil {
		return nil, nil, err
	}
	result, err := mlp.Fit(ctx, recipe, problem, options)
	if err != nil {
		return nil, nil, err
	}
	return &Model{
		Classes:  data.Classes,
		Data:     Data{Columns: len(train.Table.Columns) + 1, Header: data.Header, Label: data.Label.String()},
		Features: fitted,
		Members:  result.Members,
	}, result, nil
}

// holdouts deals the rows that early stopping holds out, for each network by its own seed.
func holdouts(labels []int, classes []string, recipe params.Train) ([]mlp.Holdout, error) {
	if recipe.Patience == 0 {
		return nil, nil
	}
	list := make([]mlp.Holdout, recipe.Ensemble)
	for i := range list {
		var err error
		list[i].Train, list[i].Held, err = dataset.StratifiedSplit(labels, classes, heldShare, recipe.Seed+uint32(i))
		if err != nil {
			return nil, fmt.Errorf("train.patience: %w", err)
		}
	}
	return list, nil
}

// Predict returns the probabilities and the predicted class of each row, as mlp.Predict does. It panics unless the table has
// the columns that the features were fitted to. Workers is the number of threads, 0 for GOMAXPROCS.
func (m *Model) Predict(s dataset.Sample, workers int) mlp.Predictions {
	return mlp.Predict(m.Members, m.Features.Inputs(s), workers)
}
