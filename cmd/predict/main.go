// The program predict applies a model to new rows.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/predictionfile"
	"example.com/sonar/internal/regularfile"
)

const usage = `
usage: predict [flags] <rows.csv >predictions.csv

Predict the class of each row of a CSV file, and the probability of each class.

The rows are in the form of the raw file that the model was trained on, and the model alone says what that is:
with a header, columns are found by their names, in any order, and columns that the model does not need are
ignored; without one, they are the raw file's, with or without the label's. The ids are carried through.

The output is CSV with a header: row (from 0), the id if there is one, prediction, and probability_CLASS for
each class. What is predicted for a row depends on no other row. Rows are read, predicted and written
piece by piece, so any number will do. A row that cannot be read ends the program with status 1, and -out FILE is
then not written.`

func main() { cli.Main("predict", usage, run) }

// standard is the name of standard input and output.
const standard = "-"

func run(ctx context.Context, c *cli.Command) error {
	modelPath := c.Flags.String("model", "experiments/model.safetensors", "`file` of the model")
	in := c.Flags.String("in", standard, "CSV `file` of the rows; - is standard input")
	out := c.Flags.String("out", standard, "`file` for the predictions; - is standard output")
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
	rows, err := open(c, *in)
	if err != nil {
		return err
	}
	defer rows.Close()
	write := func(w io.Writer) error { return predict(ctx, m, rows, w) }
	if *out == standard {
		to := bufio.NewWriterSize(c.Stdout, 1<<16)
		if err := write(to); err != nil {
			return errors.Join(to.Flush(), err)
		}
		return to.Flush()
	}
	var outputs atomicfile.Set
	defer outputs.Discard()
	if err := outputs.Write(*out, write); err != nil {
		return err
	}
	return outputs.Commit()
}

func open(c *cli.Command, path string) (*os.File, error) {
	if path == standard {
		return os.Stdin, nil
	}
	return regularfile.Open(path)
}

// predict writes the predictions of all rows of a file.
func predict(ctx context.Context, m *model.Model, rows dataset.File, w io.Writer) error {
	schema, err := m.Schema()
	if err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	var out *predictionfile.Writer
	err = schema.ReadRows(ctx, rows, func(table *dataset.Table) error {
		if out == nil {
			idName := ""
			if table.IDs != nil {
				idName = schema.IDName()
			}
			if out, err = predictionfile.NewWriter(w, m.Data.Classes, idName, false, workers); err != nil {
				return err
			}
		}
		p, err := m.Predict(table.All(), workers)
		if err != nil {
			return fmt.Errorf("%s: %w", rows.Name(), err)
		}
		return out.Write(ctx, p, table.IDs, nil)
	})
	if err == nil && out == nil { // no rows
		_, err = predictionfile.NewWriter(w, m.Data.Classes, "", false, workers)
	}
	return err
}
