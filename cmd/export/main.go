// The program export writes the model in the ONNX format.
package main

import (
	"context"
	"fmt"
	"path/filepath"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/onnx"
)

const usage = `
usage: export [flags]

Write the model in the ONNX format, for programs and languages that have a runtime for it.

The file uses float64 throughout and includes the preprocessing: it takes raw columns, with one input for each
by its name or, without names, its position in the raw file (doubles, in which NaN is a gap, or strings, in
which "" is one). A table of numbers without names has one input, called features. The outputs are label and
probabilities. Probabilities agree with those of predict to within 1e-12; only predict guarantees the exact bits.`

func main() { cli.Main("export", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	modelPath := c.Input("model", "experiments/model.safetensors", "`file` of the model")
	out := c.Output("out", "experiments/model.onnx", "`file` to write")
	c.LogTo("experiments/logs/export.log")
	if err := c.Parse(0); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	m, err := model.Load(*modelPath)
	if err != nil {
		return err
	}
	file, err := onnx.Encode(m)
	if err != nil {
		return fmt.Errorf("%s: %w", *modelPath, err)
	}
	if err := c.Lock(ctx, filepath.Dir(*out)); err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(*out, file); err != nil {
		return err
	}
	c.Log.Info().Int("networks", len(m.Members)).Int("columns", len(m.Features.Columns)).Str("file", *out).Msg("exported")
	return nil
}
