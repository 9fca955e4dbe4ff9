// Recipes measures every recipe of recipes.yaml and writes what it finds where people read it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/recipe"
)

const usage = `
usage: recipes [flags] [recipe]

Measure every recipe of recipes/recipes.yaml, or one of them, and write what is found to
recipes/results.json, and between the markers of README.md and docs/recipes.md.

It is run at the top of the repository, as it builds the programs there, and takes minutes.`

const (
	recipesPath = "recipes/recipes.yaml"
	resultsPath = "recipes/results.json"
)

// Documents that may have markers.
var documents = []string{"README.md", "docs/recipes.md"}

func main() { cli.Main("recipes", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	if err := c.Parse(1); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	recipes, err := recipe.ReadFile(recipesPath)
	if err != nil {
		return err
	}
	measured, err := readResults(resultsPath)
	if err != nil {
		return err
	}
	chosen, err := choose(recipes, c.Args)
	if err != nil {
		return err
	}
	programs, err := os.MkdirTemp("", "recipes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(programs)
	k, err := newKitchen(ctx, ".", programs)
	if err != nil {
		return err
	}
	for _, r := range chosen {
		f, err := k.measure(ctx, r)
		if err != nil {
			return fmt.Errorf("recipe %s: %w", r.Name, err)
		}
		c.Log.Info().Stringer("test", f.Test).Stringer("stratified", f.Stratified).Stringer("blocked", f.Blocked).Float64("seconds", f.Seconds).Msg(r.Name)
		measured = update(measured, f)
	}
	machine, err := recipe.ReadSVM(svmPath)
	if err != nil {
		return err
	}
	measured = inOrder(recipes, measured)
	return write(measured, blocks(recipes, measured, machine))
}

// choose gives the recipe that is named, or all.
func choose(recipes []recipe.Recipe, names []string) ([]recipe.Recipe, error) {
	if len(names) == 0 {
		return recipes, nil
	}
	i := slices.IndexFunc(recipes, func(r recipe.Recipe) bool { return r.Name == names[0] })
	if i < 0 {
		return nil, fmt.Errorf("%s has no recipe %.40q", recipesPath, names[0])
	}
	return recipes[i : i+1], nil
}

func readResults(path string) (measured []figures, err error) {
	if err = recipe.ReadJSON(path, &measured); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return measured, err
}

func update(measured []figures, f figures) []figures {
	if i := slices.IndexFunc(measured, func(old figures) bool { return old.Name == f.Name }); i >= 0 {
		measured[i] = f
		return measured
	}
	return append(measured, f)
}

// inOrder puts figures in the order of the recipes, and leaves out those of none.
func inOrder(recipes []recipe.Recipe, measured []figures) []figures {
	var ordered []figures
	for _, r := range recipes {
		for _, f := range measured {
			if f.Name == r.Name {
				ordered = append(ordered, f)
			}
		}
	}
	return ordered
}

// write writes the results and the documents, or none of them.
func write(measured []figures, blocks []recipe.Block) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	err := outputs.Write(resultsPath, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(measured)
	})
	if err != nil {
		return err
	}
	for _, path := range documents {
		text, err := os.ReadFile(filepath.FromSlash(path))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		text, err = recipe.Replace(text, blocks...)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		err = outputs.Write(path, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
		if err != nil {
			return err
		}
	}
	return outputs.Commit()
}
