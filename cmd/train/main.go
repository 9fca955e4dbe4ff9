package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/checkpoint"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/live"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

const usage = `
usage: train [flags]

Train the multilayer perceptron that the train section of params.yaml describes.

It reads X_train.csv, y_train.csv, X_test.csv and y_test.csv in the data folder, which must be those
that split.json lists, and writes model.safetensors and live/, the curves in DVCLive's layout, in the
output folder. The test rows change nothing but the val curves.

With train.checkpoint_every above 0, a training that was killed continues from its last checkpoint when
it is run again, and ends with the same bytes. A checkpoint of other params, other data or another
build of the program is ignored.`

func main() { cli.Main("train", usage, run) }

func run(ctx context.Context, c *cli.Command) (err error) {
	paramsPath := c.Input("params", "params.yaml", "`file` of the settings")
	data := c.Input("data", "data", "`folder` of the split", datafile.Files(datafile.Train, datafile.Test)...)
	out := c.Output("out", "experiments", "`folder` to write to",
		"model.safetensors", "live/metrics.json", "live/plots/metrics/*/*.tsv", "checkpoints/network-*.checkpoint", ".before/*")
	resume := c.Flags.Bool("resume", true, "continue from a checkpoint if there is one")
	c.LogTo("experiments/logs/train.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionTrain)
	if err != nil {
		return err
	}
	split, err := datafile.ReadSplit(ctx, *data, p.Data, datafile.Train, datafile.Test)
	if err != nil {
		return err
	}
	train, test := split.Tables[0], split.Tables[1]
	c.Log.Info().Int("rows", train.Rows()).Int("features", len(train.Columns)).Int("epochs", p.Train.Epochs).Msg("training")

	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	liveFolder := filepath.Join(*out, "live")
	shown, err := live.Open(filepath.Join(*out, ".before"), livePaths(liveFolder)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shown.Close()) }()
	c.AtExit(shown.Close)
	options := mlp.Options{Memory: memory.Left()}
	options.Watch = func(history []mlp.Epoch) error {
		if !shown.Due() {
			return nil
		}
		step := len(history) - 1
		return shown.Update(step, func(outputs *atomicfile.Set) error {
			return writeLive(outputs, liveFolder, history, step, history[step])
		})
	}
	checkpoints := filepath.Join(*out, "checkpoints")
	if !*resume || p.Train.CheckpointEvery == 0 {
		if err := checkpoint.Clear(checkpoints); err != nil {
			return err
		}
	}
	if p.Train.CheckpointEvery > 0 {
		options.Checkpoints, err = checkpoint.NewStore(checkpoints, c.Log, checkpoint.Training{
			Data: p.Data, Recipe: p.Train, Split: split.Identity,
		})
		if err != nil {
			return err
		}
	}
	progress, stop := c.Progress("epochs", p.Train.Epochs*p.Train.Ensemble)
	options.Progress = progress
	m, training, err := model.Fit(ctx, train.HandOver(), test.HandOver(), p.Data, p.Train, options)
	stop()
	var column *features.Error
	if errors.As(err, &column) {
		side := map[*dataset.Table]string{train: datafile.Train, test: datafile.Test}[column.Table]
		return fmt.Errorf("%s: %w", filepath.Join(*data, datafile.X(side)), err)
	}
	if patience := (*model.PatienceError)(nil); errors.As(err, &patience) {
		return fmt.Errorf("%s: %w", *paramsPath, err)
	}
	if err != nil {
		return err
	}
	if err := shown.Finish(func() error { return write(*out, liveFolder, m, training.Result) }); err != nil {
		return err
	}
	logScores(c, "train", training.Final.Train)
	logScores(c, "val", training.Final.Val)
	for _, warning := range training.Warnings {
		c.Log.Warn().Msg(warning)
	}
	return checkpoint.Clear(checkpoints)
}

func write(folder, liveFolder string, m *model.Model, result *mlp.Result) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	if err := writeLive(&outputs, liveFolder, result.History, result.Step, result.Final); err != nil {
		return err
	}
	err := outputs.Write(filepath.Join(folder, "model.safetensors"), func(w io.Writer) error { // last: it vouches for its curves
		return model.Encode(w, m)
	})
	if err != nil {
		return err
	}
	return outputs.Commit()
}

func logScores(c *cli.Command, side string, s mlp.Scores) {
	c.Log.Info().
		Str("loss", fmt.Sprintf("%.3f", s.Loss)).
		Str("accuracy", fmt.Sprintf("%.3f", s.Accuracy)).
		Str("f1_macro", fmt.Sprintf("%.3f", s.F1Macro)).
		Msg(side)
}
