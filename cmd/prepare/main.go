// Prepare splits the raw CSV file into rows to train on and rows to test on, each class in proportion.
package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/fileset"
	"example.com/sonar/internal/params"
)

const usage = `
usage: prepare [flags]

Split the raw file into rows to train on and rows to test on, each class in proportion.

It reads a CSV file, as the data section of params.yaml describes it, and writes X_train.csv and X_test.csv
(the columns except the label and the dropped ones, with the header if there is one; a missing value is an
empty field), y_train.csv and y_test.csv (the labels) in the output folder, and last split.json, the SHA-256
of each of the four. Rows and their order are those of scikit-learn's train_test_split with the settings of
the prepare section; with data.group, which keeps rows of a group together, the test rows are those of the
first fold of StratifiedGroupKFold.`

func main() { cli.Main("prepare", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Input("params", "params.yaml", "`file` of the settings")
	raw := c.Input("raw", "data/sonar.all-data", "CSV `file` to split")
	out := c.Output("out", "data", "`folder` for the split", datafile.Files(datafile.Train, datafile.Test)...)
	c.LogTo("experiments/logs/prepare.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionPrepare)
	if err != nil {
		return err
	}
	table, err := datafile.Read(ctx, *raw, p.Data)
	if err != nil {
		return err
	}
	train, test, err := table.Split(ctx, p.Prepare)
	if err != nil {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	var outputs atomicfile.Set
	defer outputs.Discard()
	manifest := fileset.Manifest{}
	for _, part := range []struct {
		name string
		rows []int
	}{{datafile.Train, train}, {datafile.Test, test}} {
		if err := write(ctx, &outputs, manifest, *out, part.name, table, part.rows, p.Data.Classes); err != nil {
			return err
		}
	}
	if err := outputs.Write(filepath.Join(*out, datafile.Manifest), manifest.Encode); err != nil {
		return err
	}
	if err := outputs.Commit(); err != nil {
		return err
	}
	warn(c, table, p.Data.Classes, train, test)
	c.Log.Info().Int("rows", table.Rows()).Int("features", len(table.Columns)).
		Int("train", len(train)).Int("test", len(test)).Str("folder", *out).Msg("split")
	return nil
}

// warn logs what makes a model's scores worth less than they seem.
func warn(c *cli.Command, table *dataset.Table, classes []string, train, test []int) {
	for _, warning := range table.Warnings() {
		c.Log.Warn().Msg(warning)
	}
	for _, part := range []struct {
		name string
		rows []int
	}{{"train on", train}, {"test on", test}} {
		for _, class := range dataset.AbsentClasses(table.Labels, len(classes), part.rows) {
			c.Log.Warn().Msgf("the rows to %s have none of class %.40q", part.name, classes[class])
		}
	}
}

// write writes one part of the split, X_NAME.csv and y_NAME.csv.
func write(ctx context.Context, outputs *atomicfile.Set, manifest fileset.Manifest, folder, name string, table *dataset.Table, rows []int, classes []string) error {
	x, y := datafile.X(name), datafile.Y(name)
	err := outputs.Write(filepath.Join(folder, x), manifest.Record(x, func(w io.Writer) error {
		return dataset.WriteFeatures(ctx, w, table, rows)
	}))
	if err != nil {
		return err
	}
	return outputs.Write(filepath.Join(folder, y), manifest.Record(y, func(w io.Writer) error {
		return dataset.WriteLabels(ctx, w, table, rows, classes)
	}))
}
