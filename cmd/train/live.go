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

// writeLive writes the curves and the last scores in DVCLive's layout below folder.
func writeLive(outputs *atomicfile.Set, folder string, result *mlp.Result) error {
	sides := []struct {
		name string
		of   func(mlp.Epoch) mlp.Scores
	}{
		{"train", func(e mlp.Epoch) mlp.Scores { return e.Train }},
		{"val", func(e mlp.Epoch) mlp.Scores { return e.Val }},
	}
	for _, side := range sides {
		for _, curve := range mlp.Curves {
			path := filepath.Join(folder, "plots", "metrics", side.name, curve.Name+".tsv")
			err := outputs.Write(path, func(w io.Writer) error {
				return writeCurve(w, curve.Name, result.History, func(e mlp.Epoch) float64 { return curve.Value(side.of(e)) })
			})
			if err != nil {
				return err
			}
		}
	}
	return outputs.Write(filepath.Join(folder, "metrics.json"), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(struct {
			Step int `json:"step"`
			mlp.Epoch
		}{result.Step, result.Final})
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
