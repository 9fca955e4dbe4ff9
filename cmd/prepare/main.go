// Prepare splits the raw CSV file into rows to train on and rows to test on, each class in proportion.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

const usage = `
usage: prepare [flags]

Split the raw file into rows to train on and rows to test on, each class in proportion.

It reads a CSV file of numbers and a label, as the data section of params.yaml describes it, and
writes X_train.csv and X_test.csv (the numbers, without a header), y_train.csv and y_test.csv (the
labels) to the output folder. The rows and their order are those of scikit-learn's train_test_split
with the settings of the prepare section.`

func main() {
	debug.SetGCPercent(10) // a large file is in memory once, and leaves little garbage to collect
	cli.Main("prepare", usage, run)
}

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Flags.String("params", "params.yaml", "`file` of the settings")
	raw := c.Flags.String("raw", "data/sonar.all-data", "CSV `file` to split")
	out := c.Flags.String("out", "data", "`folder` for the split")
	c.LogTo("experiments/logs/prepare.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionPrepare)
	if err != nil {
		return err
	}
	table, err := read(ctx, *raw, p.Data)
	if err != nil {
		return err
	}
	train, test, err := dataset.StratifiedSplit(table.Labels, p.Data.Classes, p.Prepare.TestSize, p.Prepare.RandomState)
	if err != nil {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	var outputs atomicfile.Set
	defer outputs.Discard()
	for _, part := range []struct {
		name string
		rows []int
	}{{"train", train}, {"test", test}} {
		if err := write(ctx, &outputs, *out, part.name, table, part.rows, p.Data.Classes); err != nil {
			return err
		}
	}
	if err := outputs.Commit(); err != nil {
		return err
	}
	c.Log.Info().Int("rows", table.Rows()).Int("features", table.Features()).
		Int("train", len(train)).Int("test", len(test)).Str("folder", *out).Msg("split")
	return nil
}

func read(ctx context.Context, path string, data params.Data) (*dataset.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return dataset.Read(ctx, f, data)
}

// write writes one part of the split, X_NAME.csv and y_NAME.csv.
func write(ctx context.Context, outputs *atomicfile.Set, folder, name string, table *dataset.Table, rows []int, classes []string) error {
	err := outputs.Write(filepath.Join(folder, "X_"+name+".csv"), func(w io.Writer) error {
		return dataset.WriteFeatures(ctx, w, table, rows)
	})
	if err != nil {
		return err
	}
	return outputs.Write(filepath.Join(folder, "y_"+name+".csv"), func(w io.Writer) error {
		return dataset.WriteLabels(w, table, rows, classes)
	})
}
