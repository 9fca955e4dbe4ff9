// Crossvalidate measures the recipe of params.yaml by repeated stratified cross-validation.
package main

import (
	"context"
	"fmt"
	"os"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

const usage = `
usage: crossvalidate [flags]

Measure the recipe of params.yaml by cross-validation: train on all folds but one, test on that one.

It reads the raw CSV file that prepare splits, and writes metrics.json (mean, standard deviation over
repeats and corrected interval of each metric), folds.csv (the scores of each fold), predictions.csv
(what each row was predicted to be while it was tested) and plots/ in the output folder. There are two
schemes: stratified deals the rows of each class to folds at random, repeatedly, as scikit-learn's
RepeatedStratifiedKFold does; blocked gives each fold a contiguous block of each class, so that
neighbouring rows, which may be echoes of one object, are not on both sides.`

func main() { cli.Main("crossvalidate", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Flags.String("params", "params.yaml", "`file` of the settings")
	raw := c.Flags.String("raw", "data/sonar.all-data", "CSV `file` to deal into folds")
	out := c.Flags.String("out", "experiments/crossvalidation", "`folder` to write to")
	c.LogTo("experiments/logs/crossvalidate.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionTrain, params.SectionEvaluate, params.SectionCrossvalidate)
	if err != nil {
		return err
	}
	table, err := read(ctx, *raw, p.Data)
	if err != nil {
		return err
	}
	tasks, err := deal(table.Labels, p)
	if err != nil {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	c.Log.Info().Int("rows", table.Rows()).Int("splits", p.Crossvalidate.Splits).
		Int("repeats", p.Crossvalidate.Repeats).Int("trainings", len(tasks)*p.Train.Ensemble).Msg("cross-validating")
	update, stop := c.Progress("folds", len(tasks))
	results := newResults(table, p)
	err = trainFolds(ctx, tasks, table, p, func(f fold) {
		results.add(f)
		update(results.done)
	})
	stop()
	if err != nil {
		return err
	}
	report := results.report()
	if err := results.write(*out, report); err != nil {
		return err
	}
	logReport(c, report)
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

func logReport(c *cli.Command, r report) {
	for _, scheme := range []struct {
		name   string
		scores schemeReport
	}{{stratified, r.Stratified}, {blocked, r.Blocked}} {
		accuracy := scheme.scores.Accuracy
		c.Log.Info().
			Str("accuracy", fmt.Sprintf("%.4f", accuracy.Mean)).
			Str("interval", fmt.Sprintf("[%.4f, %.4f]", *accuracy.Low, *accuracy.High)).
			Str("f1_macro", fmt.Sprintf("%.4f", scheme.scores.F1Macro.Mean)).
			Str("roc_auc", fmt.Sprintf("%.4f", scheme.scores.AUC.Mean)).
			Str("loss", fmt.Sprintf("%.4f", scheme.scores.Loss.Mean)).
			Msg(scheme.name)
	}
}
