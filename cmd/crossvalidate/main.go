// Crossvalidate measures the recipe of params.yaml by repeated stratified cross-validation.
package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

const usage = `
usage: crossvalidate [flags]

Measure the recipe of params.yaml by cross-validation: train on all folds but one, test on that one.

It reads the raw CSV file that prepare splits, and writes metrics.json (mean, standard deviation over
repeats and corrected interval of each metric), folds.csv (the scores of each fold), predictions.csv
(what each row was predicted to be while it was tested, and its mean log loss; of more than 20,000 rows, a
sample of so many) and plots/ in the output folder. There are two schemes: stratified deals the rows of
each class to folds at random, repeatedly, as scikit-learn's RepeatedStratifiedKFold does; blocked makes
each fold a contiguous block of each class, so that neighbouring rows, which may be echoes of one object,
are mostly on the same side. With data.group there is one, grouped: it deals whole groups at random,
repeatedly, as StratifiedGroupKFold does.

It warns of rows that are equal on both sides of the folds, of folds that lack a class, of predictions
that are all of one class, and of intervals that have no variance to go by.`

func main() { cli.Main("crossvalidate", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Flags.String("params", "params.yaml", "`file` of the settings")
	raw := c.Flags.String("raw", "data/sonar.all-data", "CSV `file` to deal into folds")
	out := c.Flags.String("out", "experiments/crossvalidation", "`folder` to write to")
	c.LogTo("experiments/logs/crossvalidate.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionTrain, params.SectionEvaluate, params.SectionCrossvalidate)
	if err != nil {
		return err
	}
	table, err := datafile.Read(ctx, *raw, p.Data)
	if err != nil {
		return err
	}
	tasks, err := crossval.Tasks(ctx, table, p)
	if err != nil {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	c.Log.Info().Int("rows", table.Rows()).Int("splits", p.Crossvalidate.Splits).
		Int("repeats", p.Crossvalidate.Repeats).Int("trainings", len(tasks)*p.Train.Ensemble).Msg("cross-validating")
	for _, warning := range crossval.Warnings(table, tasks, p.Data.Classes) {
		c.Log.Warn().Msg(warning)
	}
	update, stop := c.Progress("folds", len(tasks))
	results := crossval.NewResults(table, p)
	err = crossval.Run(ctx, tasks, table, p, runtime.GOMAXPROCS(0), func(record crossval.Record) {
		results.Add(record)
		update(results.Done())
	})
	stop()
	var column *features.Error
	if errors.As(err, &column) {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	if err != nil {
		return err
	}
	if err := write(*out, results.Files()); err != nil {
		return err
	}
	for _, scheme := range results.Report() {
		logScheme(c, scheme)
	}
	for _, warning := range results.Warnings() {
		c.Log.Warn().Msg(warning)
	}
	return nil
}

// write writes all files below folder, or none.
func write(folder string, files []crossval.File) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	for _, file := range files {
		if err := outputs.Write(filepath.Join(folder, filepath.FromSlash(file.Path)), file.Write); err != nil {
			return err
		}
	}
	return outputs.Commit()
}

// logged are the metrics that the line of a scheme shows; metrics.json has all.
var logged = []int{foldfile.Accuracy, foldfile.F1Macro, foldfile.AUC, foldfile.Loss}

func logScheme(c *cli.Command, s crossval.SchemeReport) {
	line := c.Log.Info()
	for _, m := range logged {
		line.Str(foldfile.Metrics()[m].Name, fmt.Sprintf("%.4f", s.Metrics[m].Mean))
	}
	accuracy := s.Metrics[foldfile.Accuracy] // which always has an interval
	line.Str("interval", fmt.Sprintf("[%.4f, %.4f]", *accuracy.Low, *accuracy.High))
	line.Msg(s.Scheme)
}
