// Tune chooses settings by cross-validation, and measures what the choice is worth.
package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/live"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/regularfile"
	"example.com/sonar/internal/shard"
	"example.com/sonar/internal/tune"
)

const usage = `
usage: tune [flags]
       tune -shard I/N [flags]
       tune -missing [N] [flags]
       tune -merge [flags]

Choose the best of the settings that tuning/params.yaml describes, by cross-validation on the raw CSV file.

In each outer fold the candidates race on inner folds of the training rows, the winner is trained on all
of these, and tested on the rows that no candidate has seen. So the reported score is that of the
choosing, not of the luckiest candidate. The final choice is the winner of a race on all rows.

It writes trials.csv (every candidate in every race), metrics.json (the nested score with its interval,
the choice, how many candidates it tried), best.yaml and plots/ in the output folder, and prints the command
that runs the pipeline with the choice. While it runs, trials.csv, metrics.json and plots/race.csv show the
trials that are finished; a search that fails leaves the results of the one before. If it is killed and run
again, it continues from the trials that were finished. Several machines can share the outer folds: see
crossvalidate -h.`

func main() { cli.Main("tune", usage, run) }

// sections lists the sections of params.yaml that are read.
var sections = []string{params.SectionData, params.SectionTrain, params.SectionEvaluate}

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Input("params", "params.yaml", "`file` of the settings that candidates change")
	space := c.Input("space", "tuning/params.yaml", "`file` of the search and its space")
	raw := c.Input("raw", "data/sonar.all-data", "CSV `file` to deal into folds")
	out := c.Output("out", "tuning/results", "`folder` to write to",
		"trials.csv", "metrics.json", "best.yaml", "plots/*.csv", ".before/*")
	checkpoints := c.Output("checkpoints", "experiments/checkpoints/tune", "`folder` of the finished trials of a search that is not done", shard.Files...)
	sharding := shard.AddFlags(c, "shards/tune")
	c.LogTo("experiments/logs/tune.log")
	if err := c.Parse(1); err != nil {
		return err
	}
	if err := sharding.Check(c.Args); err != nil {
		return c.Usage("%v", err)
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	j := job{Command: c, out: *out, raw: *raw}
	if err := j.load(ctx, *paramsPath, *space); err != nil {
		return err
	}
	switch {
	case sharding.Missing:
		return sharding.PrintMissing(c, j.run)
	case sharding.Merge:
		return j.merge(ctx, sharding)
	case sharding.Used():
		return j.holdShard(ctx, sharding)
	}
	return j.holdAll(ctx, *checkpoints)
}

// A job is the work to be done.
type job struct {
	*cli.Command
	out         string
	study       *tune.Study
	startedFrom *yaml.Node // the train section of params.yaml
	raw         string     // the name of the table's file
	run         shard.Run  // what the records belong to
}

func (j *job) load(ctx context.Context, paramsPath, space string) error {
	p, err := params.Load(paramsPath, sections...)
	if err != nil {
		return err
	}
	if j.startedFrom, err = trainSection(paramsPath); err != nil {
		return err
	}
	settings, err := readSettings(space)
	if err != nil {
		return err
	}
	table, err := datafile.Read(ctx, j.raw, p.Data)
	if err != nil {
		return err
	}
	if j.study, err = tune.NewStudy(ctx, settings, p, table, sections...); err != nil {
		return err
	}
	return j.identify(ctx, p, settings)
}

// trainSection returns the train section of a params.yaml as written.
func trainSection(path string) (*yaml.Node, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	root, err := params.Parse(f, path)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(root.Content); i += 2 {
		if root.Content[i].Value == params.SectionTrain {
			return root.Content[i+1], nil
		}
	}
	return nil, fmt.Errorf("%s: section %s is missing", path, params.SectionTrain)
}

func readSettings(path string) (*tune.Settings, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return tune.Read(f, path)
}

// identify sets what the records belong to.
func (j *job) identify(ctx context.Context, p *params.Params, settings *tune.Settings) (err error) {
	j.run = shard.Run{Program: j.Name, Tasks: j.study.Contests(), Shards: 1}
	if j.run.Numbers, err = crossval.Fingerprint(ctx); err != nil {
		return err
	}
	var candidates [][]string // as drawn, so that another way of drawing them is another run
	for _, c := range j.study.Candidates {
		changes := []string{c.Name}
		for _, change := range c.Changes {
			changes = append(changes, change.String())
		}
		candidates = append(candidates, changes)
	}
	var refit []string
	for _, change := range settings.Refit {
		refit = append(refit, change.String())
	}
	if j.run.Params, err = shard.Sum(p, settings.Search, settings.Outer, candidates, refit); err != nil {
		return err
	}
	j.run.Data, err = shard.FileSum(j.raw)
	return err
}

// show returns the results that are shown while the search goes on.
func (j *job) show() (*live.Results, error) {
	shown, err := live.Open(filepath.Join(j.out, ".before"), atomicfile.Paths(j.out, j.study.SoFar().LiveFiles())...)
	if err == nil {
		j.AtExit(shown.Close)
	}
	return shown, err
}

// update shows the trials that are done, if that is due.
func (j *job) update(shown *live.Results, trainings int) error {
	if shown == nil || !shown.Due() {
		return nil
	}
	return shown.Update(trainings, func(outputs *atomicfile.Set) error { return outputs.WriteAll(j.out, j.study.SoFar().LiveFiles()) })
}

// hold holds some of the contests. Shown, unless it is nil, shows the trials that are done.
func (j *job) hold(ctx context.Context, held func(int) bool, records tune.Records, shown *live.Results) ([]*tune.Contest, error) {
	trainings := j.study.Trainings(held)
	j.Log.Info().Int("rows", j.study.Table.Rows()).Int("candidates", len(j.study.Candidates)).Int("trainings", trainings).Msg("tuning")
	progress, stop := j.Progress("trainings", trainings)
	defer stop()
	within, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	j.study.Memory = memory.Left()
	contests, err := j.study.Hold(within, held, runtime.GOMAXPROCS(0), records, tune.Progress{
		Done: func(trainings int) {
			progress(trainings)
			if err := j.update(shown, trainings); err != nil {
				cancel(err)
			}
		},
		Rung: func(r tune.Rung) { j.Log.Debug().Int("candidates", r.Candidates).Int("folds", r.Folds).Msg("race") },
	})
	var column *features.Error
	if errors.As(err, &column) {
		return nil, fmt.Errorf("%s: %w", j.raw, err)
	}
	return contests, err
}

func all(int) bool { return true }

// holdAll holds all contests. A search that is killed leaves its finished contests to the next one.
func (j *job) holdAll(ctx context.Context, checkpoints string) (err error) {
	if err := j.Lock(ctx, j.out); err != nil {
		return err
	}
	shown, err := j.show()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shown.Close()) }()
	folder, err := shard.Resume(ctx, checkpoints, j.run)
	if err != nil {
		return err
	}
	records := folder.Begin(0)
	contests, err := j.hold(ctx, all, records, shown)
	if err != nil {
		return records.Abandon(err)
	}
	if err := j.finish(contests, shown); err != nil {
		return records.Abandon(err)
	}
	return shard.Remove(checkpoints)
}

// holdShard holds the contests of a shard.
func (j *job) holdShard(ctx context.Context, flags *shard.Flags) error {
	folder, err := flags.Open(ctx, j.run)
	if err != nil {
		return err
	}
	records := folder.Begin(flags.Part.Index)
	if _, err := j.hold(ctx, flags.Part.Has, records, nil); err != nil {
		return records.Abandon(err)
	}
	return records.Finish()
}

// merge makes the outputs from the records of all shards.
func (j *job) merge(ctx context.Context, flags *shard.Flags) (err error) {
	if err := j.Lock(ctx, j.out); err != nil {
		return err
	}
	shown, err := j.show()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shown.Close()) }()
	folder, err := flags.Open(ctx, j.run)
	if err != nil {
		return err
	}
	records, err := folder.Records()
	if err != nil {
		return err
	}
	contests, err := j.hold(ctx, all, records, nil)
	if err != nil {
		return err
	}
	return j.finish(contests, shown)
}

// finish writes the outputs, logs the results, and prints the command that runs the pipeline with the choice.
func (j *job) finish(contests []*tune.Contest, shown *live.Results) error {
	results := j.study.NewResults(contests)
	if err := shown.Finish(func() error { return atomicfile.WriteFiles(j.out, results.Files(j.startedFrom)) }); err != nil {
		return err
	}
	for _, scheme := range results.Nested() {
		line := j.Log.Info()
		for m, metric := range foldfile.Metrics() {
			summary := scheme.Metrics[m]
			line.Str(metric.Name, fmt.Sprintf("%.4f", summary.Mean))
			if (m == foldfile.Accuracy || m == j.study.Search.Metric) && summary.Low != nil && summary.High != nil {
				line.Str(metric.Name+"_interval", fmt.Sprintf("[%.4f, %.4f]", *summary.Low, *summary.High))
			}
		}
		line.Msg("nested " + scheme.Scheme)
	}
	j.Log.Info().Int("candidate", results.Best()).Int("networks", results.Networks()).Msg("chosen")
	_, err := fmt.Fprintln(j.Stdout, tune.Command(results.Changes()))
	return err
}
