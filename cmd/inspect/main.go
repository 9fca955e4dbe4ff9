// Inspect looks at the raw file before a model does: columns, classes, and what would ruin a score.
package main

import (
	"context"
	"fmt"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/inspect"
	"example.com/sonar/internal/params"
)

const usage = `
usage: inspect [flags]
       inspect [-label COLUMN] [-csv FILE] FILE
       inspect -csv FILE -like FILE FILE

Look at the raw file before a model does.

Without an argument it reads the CSV file that prepare splits, as the data section of params.yaml describes
it, and writes report.json (numbers for dvc metrics diff), columns.csv (a description of each column) and
plots/ in the output folder. It warns of what would ruin a score: rows that are equal on both sides of the
split, columns that count the rows or give the class away, and so on.

With an argument it needs no params.yaml: it guesses the description of the file, prints what it found
and why, and ends with a data section to paste into params.yaml. With -csv it also writes the file as the
pipeline reads it.

With -like it only converts: new rows, which need no label, in the form of the table that the model was
trained on, so that 7.896 means the same in both.`

func main() { cli.Main("inspect", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Input("params", "params.yaml", "`file` of the settings")
	raw := c.Input("raw", "data/sonar.all-data", "CSV `file` to look at")
	out := c.Output("out", "experiments/data", "`folder` to write to", "report.json", "columns.csv", "plots/*.csv")
	label := c.Flags.String("label", "", "the label's `column` in FILE, by name or position, instead of a guess")
	csv := c.Output("csv", "", "`file` to write FILE to, as the pipeline reads it: commas, UTF-8")
	like := c.Input("like", "", "`file` that has the form of FILE: separator, header, decimals; FILE is only converted")
	c.LogTo("experiments/logs/inspect.log")
	if err := c.Parse(1); err != nil {
		return err
	}
	hand := byHand{*label, *csv, *like}
	if hand.like != "" && (hand.csv == "" || hand.label != "") {
		return c.Usage("-like needs -csv, and no -label")
	}
	if len(c.Args) == 1 {
		return hand.run(ctx, c, c.Args[0])
	}
	if hand != (byHand{}) {
		return c.Usage("-label, -csv and -like need a FILE")
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionPrepare, params.SectionCrossvalidate)
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
	report, err := inspect.Describe(ctx, table, train, test, p.Crossvalidate.Splits)
	if err != nil {
		return err
	}
	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	if err := atomicfile.WriteFiles(*out, report.Files()); err != nil {
		return err
	}
	for _, warning := range report.Warnings {
		c.Log.Warn().Msg(warning)
	}
	c.Log.Info().Int("rows", report.Rows).Int("features", len(report.Columns)).Int("classes", len(report.Classes)).
		Int("warnings", len(report.Warnings)).Str("folder", *out).Msg("inspected")
	return nil
}
