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
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/live"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/shard"
)

const usage = `
usage: crossvalidate [flags]
       crossvalidate -shard I/N [flags]
       crossvalidate -missing [N] [flags]
       crossvalidate -merge [flags]

Measure the recipe of params.yaml by cross-validation: train on all folds except one, test on that one.

It reads the raw CSV file that prepare splits, and writes metrics.json (mean, standard deviation over
repeats and corrected interval of each metric), folds.csv (the scores of each fold), predictions.csv
(what each row was predicted to be when it was tested, and its mean log loss; if there are more than 20,000
rows, for a sample of them), importance.csv (what it costs to permute each column among the tested rows) and
plots/ in the output folder. There are two schemes: stratified deals the rows of
each class to folds at random, repeatedly, as scikit-learn's RepeatedStratifiedKFold does; blocked makes
each fold a contiguous block of each class, so that neighbouring rows, which may be echoes of one object,
are mostly on the same side. With data.group there is one, grouped: it deals whole groups at random,
repeatedly, as StratifiedGroupKFold does.

A run of more than a second shows the folds that are done: it replaces metrics.json, folds.csv and plots/ about
once a second. One that fails leaves the results of the run before.

It warns of rows that are equal on both sides of the folds, of folds that lack a class, of predictions
that are all of one class, and of intervals that have no variance to go by.

Several machines can share the work: each trains a shard and writes its records to a folder that all
of them see, and -merge turns the records into the files that one machine would have written, to the byte.`

func main() { cli.Main("crossvalidate", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Input("params", "params.yaml", "`file` of the settings")
	raw := c.Input("raw", "data/sonar.all-data", "CSV `file` to deal into folds")
	out := c.Output("out", "experiments/crossvalidation", "`folder` to write to",
		"metrics.json", "folds.csv", "predictions.csv", "importance.csv", "plots/*.csv", ".before/*")
	sharding := shard.AddFlags(c, "shards/crossvalidate")
	c.LogTo("experiments/logs/crossvalidate.log")
	if err := c.Parse(1); err != nil {
		return err
	}
	if err := sharding.Check(c.Args); err != nil {
		return c.Usage("%v", err)
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
	j := job{c, p, table, tasks, *raw, *paramsPath}
	if sharding.Used() {
		return j.divided(ctx, sharding, *out)
	}
	return j.publish(ctx, *out, func(add func(crossval.Record) error) error { return j.train(ctx, tasks, add) })
}

// A job is the work to be done.
type job struct {
	*cli.Command
	params     *params.Params
	table      *dataset.Table
	tasks      []crossval.Task
	raw        string // the name of the table's file
	paramsPath string
}

// train does some of the tasks and passes each record to keep, in the order of the tasks.
func (j job) train(ctx context.Context, tasks []crossval.Task, keep func(crossval.Record) error) error {
	j.Log.Info().Int("rows", j.table.Rows()).Int("splits", j.params.Crossvalidate.Splits).
		Int("repeats", j.params.Crossvalidate.Repeats).Int("trainings", len(tasks)*j.params.Train.Ensemble).Msg("cross-validating")
	for _, warning := range crossval.Warnings(j.table, j.tasks, j.params.Data.Classes) {
		j.Log.Warn().Msg(warning)
	}
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	update, stop := j.Progress("folds", len(tasks))
	done := 0
	err := crossval.Run(within, tasks, j.table, j.params, runtime.GOMAXPROCS(0), memory.Left(), func(record crossval.Record) {
		if err := keep(record); err != nil {
			cancel(err)
		}
		done++
		update(done)
	})
	stop()
	var column *features.Error
	if errors.As(err, &column) {
		return fmt.Errorf("%s: %w", j.raw, err)
	}
	if patience := (*model.PatienceError)(nil); errors.As(err, &patience) {
		return fmt.Errorf("%s: %w", j.paramsPath, err)
	}
	return err
}

// publish writes the outputs of the records of all tasks, which fill passes to add in the order of the tasks. While that
// takes long, they show the folds that are done. It logs what they show in the end.
func (j job) publish(ctx context.Context, out string, fill func(add func(crossval.Record) error) error) (err error) {
	if err := j.Lock(ctx, out); err != nil {
		return err
	}
	results := crossval.NewResults(j.table, j.params)
	shown, err := live.Open(filepath.Join(out, ".before"), atomicfile.Paths(out, results.LiveFiles())...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shown.Close()) }()
	j.AtExit(shown.Close)
	done := 0
	err = fill(func(record crossval.Record) error {
		results.Add(record)
		if done++; !shown.Due() {
			return nil
		}
		return shown.Update(done, func(outputs *atomicfile.Set) error { return outputs.WriteAll(out, results.LiveFiles()) })
	})
	if err != nil {
		return err
	}
	if err := shown.Finish(func() error { return atomicfile.WriteFiles(out, results.Files()) }); err != nil {
		return err
	}
	for _, scheme := range results.Report() {
		logScheme(j.Command, scheme)
	}
	for _, warning := range results.Warnings() {
		j.Log.Warn().Msg(warning)
	}
	return nil
}

// logged lists the metrics that the line of a scheme shows; metrics.json has all of them.
var logged = []int{foldfile.Accuracy, foldfile.F1Macro, foldfile.AUC, foldfile.Loss}

func logScheme(c *cli.Command, s crossval.SchemeReport) {
	line := c.Log.Info()
	for _, m := range logged {
		line.Str(foldfile.Metrics()[m].Name, fmt.Sprintf("%.4f", s.Metrics[m].Mean))
	}
	accuracy := s.Metrics[foldfile.Accuracy] // which always has an interval
	line.Str("accuracy_interval", fmt.Sprintf("[%.4f, %.4f]", *accuracy.Low, *accuracy.High))
	line.Msg(s.Scheme)
}
