package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/checkpoint"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/fileset"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

const usage = `
usage: train [flags]

Train the multilayer perceptron that the train section of params.yaml describes.

It reads X_train.csv, y_train.csv, X_test.csv and y_test.csv in the data folder, which must be those
that split.json lists, and writes
model.safetensors and live/, the curves in DVCLive's layout, in the output folder. The test rows
change nothing but the val curves.

With train.checkpoint_every above 0, a training that was killed goes on from its last checkpoint when
it is run again, and ends with the same bytes. A checkpoint of other params, other data or another
build of the program is ignored.`

func main() { cli.Main("train", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	paramsPath := c.Flags.String("params", "params.yaml", "`file` of the settings")
	data := c.Flags.String("data", "data", "`folder` of the split")
	out := c.Flags.String("out", "experiments", "`folder` to write to")
	resume := c.Flags.Bool("resume", true, "go on from a checkpoint where there is one")
	c.LogTo("experiments/logs/train.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	p, err := params.Load(*paramsPath, params.SectionData, params.SectionTrain)
	if err != nil {
		return err
	}
	split, err := fileset.Open(filepath.Join(*data, "split.json"), "prepare", "X_train.csv", "y_train.csv", "X_test.csv", "y_test.csv")
	if err != nil {
		return err
	}
	defer split.Close()
	train, err := readRows(ctx, split.List[0], split.List[1], p.Data.Classes)
	if err != nil {
		return err
	}
	val, err := readRows(ctx, split.List[2], split.List[3], p.Data.Classes)
	if err != nil {
		return err
	}
	if val.X.Cols != train.X.Cols {
		return fmt.Errorf("%s:1: must have %d columns as %s has, got %d", filepath.Join(*data, "X_test.csv"),
			train.X.Cols, filepath.Join(*data, "X_train.csv"), val.X.Cols)
	}
	c.Log.Info().Int("rows", train.X.Rows).Int("features", train.X.Cols).Int("epochs", p.Train.Epochs).Msg("training")

	if err := c.Lock(ctx, *out); err != nil {
		return err
	}
	var options mlp.Options
	checkpoints := filepath.Join(*out, "checkpoints")
	if !*resume || p.Train.CheckpointEvery == 0 {
		if err := checkpoint.Clear(checkpoints); err != nil {
			return err
		}
	}
	if p.Train.CheckpointEvery > 0 {
		options.Checkpoints, err = checkpoint.NewStore(checkpoints, c.Log, checkpoint.Training{
			Recipe: p.Train, Classes: p.Data.Classes, Inputs: train.X.Cols, Data: split.Identity,
		})
		if err != nil {
			return err
		}
	}
	progress, stop := c.Progress("epochs", p.Train.Epochs*p.Train.Ensemble)
	options.Progress = progress
	result, err := mlp.Fit(ctx, p.Train, p.Data.Classes, train, val, options)
	stop()
	if err != nil {
		return err
	}
	if err := write(*out, p.Train, result); err != nil {
		return err
	}
	logScores(c, "train", result.Final.Train)
	logScores(c, "val", result.Final.Val)
	return checkpoint.Clear(checkpoints)
}

// readRows reads one side of the split, train or test.
func readRows(ctx context.Context, x, y dataset.File, classes []string) (mlp.Data, error) {
	table, err := dataset.ReadSplit(ctx, x, y, classes)
	if err != nil {
		return mlp.Data{}, err
	}
	var rows mlp.Data
	rows.X, rows.Labels = table.Matrix()
	return rows, nil
}

func write(folder string, recipe params.Train, result *mlp.Result) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	if err := writeLive(&outputs, filepath.Join(folder, "live"), result); err != nil {
		return err
	}
	err := outputs.Write(filepath.Join(folder, "model.safetensors"), func(w io.Writer) error { // last: it vouches for its curves
		return model.Encode(w, result.Ensemble, recipe.Scaling)
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
