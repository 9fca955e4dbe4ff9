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
(what each row was predicted to be while it was tested) and plots/ in the output folder. There are two
schemes: stratified deals the rows of each class to folds at random, repeatedly, as scikit-learn's
RepeatedStratifiedKFold does; blocked makes each fold a contiguous block of each class, so that
neighbouring rows, which may be echoes of one object, are mostly on the same side.`

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
	tasks, err := crossval.Tasks(table.Labels, p)
	if err != nil {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	c.Log.Info().Int("rows", table.Rows()).Int("splits", p.Crossvalidate.Splits).
		Int("repeats", p.Crossvalidate.Repeats).Int("trainings", len(tasks)*p.Train.Ensemble).Msg("cross-validating")
	update, stop := c.Progress("folds", len(tasks))
	results := crossval.NewResults(table.Labels, p)
	var warned []crossval.Record
	err = crossval.Run(ctx, tasks, table, p, runtime.GOMAXPROCS(0), func(record crossval.Record) {
		results.Add(record)
		update(results.Done())
		if len(record.Warnings) > 0 {
			warned = append(warned, crossval.Record{ID: record.ID, Warnings: record.Warnings})
		}
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
	if len(warned) > 0 {
		first := warned[0]
		c.Log.Warn().Msgf("%d of %d folds have a warning, the first %v: %s", len(warned), len(tasks), first.ID, first.Warnings[0])
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

func logScheme(c *cli.Command, s crossval.SchemeReport) {
	line := c.Log.Info()
	for m, metric := range foldfile.Metrics() {
		summary := s.Metrics[m]
		line.Str(metric.Name, fmt.Sprintf("%.4f", summary.Mean))
		if m == foldfile.Accuracy {
			line.Str("interval", fmt.Sprintf("[%.4f, %.4f]", *summary.Low, *summary.High)) // accuracy always has one
		}
	}
	line.Msg(s.Scheme)
}
