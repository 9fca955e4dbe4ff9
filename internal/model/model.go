// Package model is the trained model: what turns a raw row into probabilities, fitted, applied and written to a file in one
// place.
//
// # The file
//
// The model file is a safetensors file of 64-bit floats that PyTorch can open; the same model always has
// the same bytes.
//
// It consists of the length of the header (8 bytes, little-endian), the header (JSON with sorted keys,
// padded with spaces to a multiple of 8 bytes) and the tensors' values, one tensor after another in
// the order of their names. See https://huggingface.co/docs/safetensors for the format.
//
// Tensors have the names that they have in a torch.nn.Sequential of Linear, activation, Linear, ...:
// 0.weight [out][in], 0.bias [out], 2.weight, 2.bias, ... An ensemble is a torch.nn.ModuleList of
// those: 0.0.weight, 0.0.bias, 0.2.weight, ..., 1.0.weight, ... If numbers are scaled to
// (x - offset) / divisor, each network also has the tensors scaling.offset and scaling.divisor, with a value for each column of
// numbers: they are the same for a whole ensemble, and repeated so that each network can be used alone.
//
// The metadata are texts, most of them JSON: classes, data (how to read a raw row), features (an object for each column that
// is an input, in the order of the file), scaling, layers, activation, output, members and version. Numbers in them are in the
// shortest form that reads back as the same bits.
//
// The metadata also hold the SHA-256 of the file with 64 zeros in place of that sum. So a file
// that was altered anywhere is refused. One that another program has rewritten from the same tensors and metadata, in
// whatever order, is accepted: the sum is that of the file as Encode would write it.
package model

import (
	"fmt"
	"math"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A Model is all that is needed to predict the class of a raw row.
type Model struct {
	Data     params.Data // how to read one; Classes are the labels, in the order of their indices
	Features *features.Features
	Members  []*mlp.Network // whose probabilities are averaged
}

// Schema returns what each column of a raw file is. It returns an error if Data and Features do not fit together.
func (m *Model) Schema() (*dataset.Schema, error) { return schemaOf(m.Data, m.Features.Columns) }

func schemaOf(data params.Data, columns []features.Column) (*dataset.Schema, error) {
	inputs := make([]dataset.Column, len(columns))
	for i, c := range columns {
		inputs[i] = c.Column
	}
	return dataset.NewSchema(data, inputs)
}

// Predict returns the probabilities and the predicted class of each row, as mlp.Predict does. A number that scaling makes
// infinite, or one so large that the network's sums overflow, is a *features.Error. It panics unless the table has columns of the kinds that the features were fitted on. Workers
// is the number of threads, 0 for GOMAXPROCS.
func (m *Model) Predict(s dataset.Sample, workers int) (mlp.Predictions, error) {
	x, err := m.Features.Inputs(s)
	if err != nil {
		return mlp.Predictions{}, err
	}
	p := mlp.Predict(m.Members, x, workers)
	for i := range s.Len() {
		if v := p.Probabilities.Data[i*p.Probabilities.Stride]; v != v {
			return mlp.Predictions{}, overflow(s, i)
		}
	}
	return p, nil
}

// overflow is the error of a row without probabilities: the largest of its numbers is the cause.
func overflow(s dataset.Sample, i int) error {
	var largest dataset.Column
	size, k := -1.0, 0
	for _, column := range s.Table.Columns {
		if column.Kind != dataset.Number {
			continue
		}
		if v := math.Abs(s.Numbers(i)[k]); v > size {
			largest, size = column, v
		}
		k++
	}
	return &features.Error{Table: s.Table, Column: largest, Row: s.Rows[i], Rule: fmt.Sprintf("must be small enough for the network's sums to be finite, got %v or minus that", size)}
}
