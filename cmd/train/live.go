package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/mlp"
)

var sides = []struct {
	name   string
	scores func(mlp.Epoch) mlp.Scores
}{
	{"train", func(e mlp.Epoch) mlp.Scores { return e.Train }},
	{"val", func(e mlp.Epoch) mlp.Scores { return e.Val }},
}

func curvePath(folder, side, curve string) string {
	return filepath.Join(folder, "plots", "metrics", side, curve+".tsv")
}

func metricsPath(folder string) string { return filepath.Join(folder, "metrics.json") }

// livePaths returns the files of writeLive.
func livePaths(folder string) []string {
	paths := []string{metricsPath(folder)}
	for _, side := range sides {
		for _, curve := range mlp.Curves {
			paths = append(paths, curvePath(folder, side.name, curve.Name))
		}
	}
	return paths
}

// writeLive writes, in DVCLive's layout below folder, the curves and the scores of a step.
func writeLive(outputs *atomicfile.Set, folder string, history []mlp.Epoch, step int, scores mlp.Epoch) error {
	for _, side := range sides {
		for _, curve := range mlp.Curves {
			err := outputs.Write(curvePath(folder, side.name, curve.Name), func(w io.Writer) error {
				return writeCurve(w, curve.Name, history, func(e mlp.Epoch) float64 { return curve.Value(side.scores(e)) })
			})
			if err != nil {
				return err
			}
		}
	}
	return outputs.Write(metricsPath(folder), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			Step int `json:"step"`
			mlp.Epoch
		}{step, scores})
	})
}

func writeCurve(w io.Writer, name string, history []mlp.Epoch, value func(mlp.Epoch) float64) error {
	buffer := bufio.NewWriter(w)
	fmt.Fprintf(buffer, "step\t%s\n", name)
	for step, epoch := range history {
		fmt.Fprintf(buffer, "%d\t%s\n", step, strconv.FormatFloat(value(epoch), 'g', -1, 64))
	}
	return buffer.Flush()
}
