// Evaluate measures a model on the test rows and on the functional cases.
package main

import (
	"context"
	"fmt"
	"path/filepath"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

const usage = `
usage: evaluate [flags]

Measure a model on the test rows and on the functional cases.

It reads the evaluate section of params.yaml, the model, X_test.csv and y_test.csv in the data
folder, which must be those that split.json lists, and the functional cases: every *.csv in their folder, which
has rows with their labels in the form of the raw file, and, if that has only numbers and no header, every *.json,
such as {"X": [[0.02, 0.37, ...], ...], "y": ["R", ...]}. A case passes if all of its rows are predicted
as labelled. It writes metrics.json, predictions.csv and plots/ in the output folder. Accuracy and sensitivity
have Wilson's interval; with data.group it allows for rows of a group being alike.

A case that fails gets a warning and is counted in metrics.json; with -strict it also makes the exit status
1, after the outputs are written.`

func main() { cli.Main("evaluate", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Input("params", "params.yaml", "`file` of the settings")
	modelPath := c.Input("model", "experiments/model.safetensors", "`file` of the model")
	data := c.Input("data", "data", "`folder` of the split", datafile.Files(datafile.Test)...)
	casesPath := c.Input("cases", "cases", "`folder` of the functional cases", "*")
	out := c.Output("out", "experiments/evaluation", "`folder` to write to", "metrics.json", "predictions.csv", "plots/*.json")
	strict := c.Flags.Bool("strict", false, "exit with status 1 if a functional case fails")
	c.LogTo("experiments/logs/evaluate.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	p, err := params.Load(*paramsPath, params.SectionEvaluate)
	if err != nil {
		return err
	}
	m, err := model.Load(*modelPath)
	if err != nil {
		return err
	}
	schema, err := m.Schema()
	if err != nil {
		return fmt.Errorf("%s: %w", *modelPath, err)
	}
	rows, err := readTestRows(ctx, *data, schema)
	if err != nil {
		return err
	}
	cases, err := runCases(ctx, *casesPath, m, schema)
	if err != nil {
		return err
	}
	predictions, err := m.Predict(rows, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(*data, datafile.X(datafile.Test)), err)
	}
	e, err := newEvaluation(ctx, rows, predictions, m.Data.Classes, p.Evaluate.Confidence)
	if err != nil {
		return err
	}
	report := e.report(cases)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	if err := atomicfile.WriteFiles(*out, e.outputs(ctx, report)); err != nil {
		return err
	}
	logReport(c, report)
	for _, warning := range e.warnings(report) {
		c.Log.Warn().Msg(warning)
	}
	return logFailures(c, cases, *strict)
}

// readTestRows reads the test rows, which must have the columns and the labels that the model knows.
func readTestRows(ctx context.Context, folder string, schema *dataset.Schema) (dataset.Sample, error) {
	split, err := datafile.ReadSplit(ctx, folder, schema.Data, datafile.Test)
	if err != nil {
		return dataset.Sample{}, err
	}
	table := split.Tables[0]
	if err := schema.Check(table.Schema); err != nil {
		return dataset.Sample{}, fmt.Errorf("%s:1: %w", filepath.Join(folder, datafile.X(datafile.Test)), err)
	}
	return table.All(), nil
}

func logReport(c *cli.Command, r report) {
	line := c.Log.Info().
		Int("rows", r.Test.Rows).
		Str("loss", fmt.Sprintf("%.3f", r.Test.Loss)).
		Str("accuracy", fmt.Sprintf("%.3f", r.Test.Accuracy)).
		Str("accuracy_interval", fmt.Sprintf("[%.3f, %.3f]", r.Test.AccuracyInterval.Low, r.Test.AccuracyInterval.High)).
		Str("f1_macro", fmt.Sprintf("%.3f", r.Test.F1Macro))
	if r.Test.Groups > 0 {
		line.Int("groups", r.Test.Groups)
	}
	line.Msg("test")
	c.Log.Info().Int("cases", r.Functional.Cases).Int("passed", r.Functional.Passed).Msg("functional")
}

// logFailures warns of each case that fails; in a strict run they are an error as well.
func logFailures(c *cli.Command, cases []result, strict bool) error {
	var failed []result
	for _, r := range cases {
		if r.failure != "" {
			failed = append(failed, r)
			c.Log.Warn().Msgf("%s: fails: %s", r.path, r.failure)
		}
	}
	if strict && len(failed) > 0 {
		return fmt.Errorf("%s: %d of %d functional cases must not fail, this is the first", failed[0].path, len(failed), len(cases))
	}
	return nil
}
