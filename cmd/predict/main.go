// The program predict applies a model to new rows.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/predictionfile"
	"example.com/sonar/internal/regularfile"
)

const usage = `
usage: predict [flags] <rows.csv >predictions.csv

Predict the class of each row of a CSV file, and the probability of each class.

The rows are in the form of the raw file that the model was trained on, which the model itself describes:
with a header, columns are found by their names, in any order, and columns that the model does not need are
ignored; without one, they are the raw file's, with or without the label's. The ids are carried through.

The output is CSV with a header: row (from 0), the id if there is one, prediction, and probability_CLASS for
each class. What is predicted for a row does not depend on any other row. Rows are read, predicted and written
piece by piece, so there may be any number of them. An empty field is a gap. Texts that the model was not trained
on count as none of those that it knows; there is a warning of them, and of numbers more than 20 standard deviations
from the mean of the training rows.
A row that cannot be read ends the program with status 1, and -out FILE is then not written.`

func main() { cli.Main("predict", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	modelPath := c.Input("model", "experiments/model.safetensors", "`file` of the model")
	in := c.Input("in", cli.Standard, "CSV `file` of the rows; - is standard input")
	out := c.Output("out", cli.Standard, "`file` for the predictions; - is standard output")
	if err := c.Parse(0); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	m, err := model.Load(*modelPath)
	if err != nil {
		return err
	}
	rows, err := open(*in)
	if err != nil {
		return err
	}
	defer rows.Close()
	strange := newUnseen(m.Features)
	defer func() {
		for _, warning := range strange.warnings() {
			c.Log.Warn().Msg(warning)
		}
	}()
	write := func(w io.Writer) error { return predict(ctx, m, rows, w, strange) }
	if *out == cli.Standard {
		to := bufio.NewWriterSize(c.Stdout, 1<<16)
		err := write(to)
		if flushed := to.Flush(); err == nil {
			err = flushed
		}
		return err
	}
	err = atomicfile.WriteFile(*out, write)
	if of := (*rowsError)(nil); errors.As(err, &of) {
		return of
	}
	return err
}

// input is the rows, with the name that errors call them.
type input struct {
	*os.File
	name string
}

func (i input) Name() string { return i.name }

func (i input) Read(p []byte) (int, error) {
	n, err := i.File.Read(p)
	if at := (*fs.PathError)(nil); errors.As(err, &at) { // says /dev/stdin
		err = fmt.Errorf("cannot be read: %w", at.Err)
	}
	return n, err
}

func open(path string) (input, error) {
	if path == cli.Standard {
		return input{os.Stdin, "standard input"}, nil
	}
	file, err := regularfile.Open(path)
	return input{file, path}, err
}

// A rowsError is about the rows, not about what is written.
type rowsError struct{ error }

// predict writes the predictions of all rows of a file, and adds their texts to strange. An error of reading or predicting them is a *rowsError.
func predict(ctx context.Context, m *model.Model, rows dataset.File, w io.Writer, strange *unseen) error {
	schema, err := m.Schema()
	if err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	var out *predictionfile.Writer
	write := func(p mlp.Predictions, ids []string) (err error) {
		if out == nil {
			idName := ""
			if ids != nil {
				idName = schema.IDName()
			}
			if out, err = predictionfile.NewWriter(w, m.Data.Classes, idName, false, workers); err != nil {
				return err
			}
		}
		return out.Write(ctx, p, ids, nil)
	}
	var writing error
	err = schema.ReadRows(ctx, rows, func(table *dataset.Table, lineOf func(row int) int) error {
		var p mlp.Predictions
		if table.Rows() > 0 {
			var err error
			if p, err = m.Predict(table.All(), workers); err != nil {
				var column *features.Error
				if errors.As(err, &column) && column.Row != features.NoRow {
					return fmt.Errorf("%s:%d: %w", rows.Name(), lineOf(column.Row), err)
				}
				return fmt.Errorf("%s: %w", rows.Name(), err)
			}
		}
		strange.add(table)
		writing = write(p, table.IDs)
		return writing
	})
	switch {
	case writing != nil:
		return writing
	case err != nil:
		return &rowsError{err}
	case out == nil && m.Data.Header:
		return &rowsError{fmt.Errorf("%s: must have a line with the names of the columns, is empty", rows.Name())}
	case out == nil:
		return write(mlp.Predictions{}, nil)
	}
	return nil
}
