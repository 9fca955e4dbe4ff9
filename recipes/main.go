// Recipes measures every recipe of recipes.yaml and writes what it finds where people read it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/exact"
	"example.com/sonar/recipes/internal/recipe"
)

const usage = `
usage: recipes [flags] [recipe]

Measure every recipe of recipes/recipes.yaml, or one of them, on the project's data, and write the
results to recipes/results.json and between the markers of README.md and docs/recipes.md.

Run it at the top of the repository, as it builds the programs there. It takes minutes.`

const (
	recipesPath = "recipes/recipes.yaml"
	resultsPath = "recipes/results.json"
)

// documents are those that may have markers.
var documents = []string{"README.md", "docs/recipes.md"}

func main() { cli.Main("recipes", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	raw := c.Input("raw", rawPath, "CSV `file` to measure on")
	if err := c.Parse(1); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	programs, err := os.MkdirTemp("", "recipes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(programs)
	if err := build(ctx, ".", programs); err != nil {
		return err
	}
	return measureAll(ctx, c, programs, *raw)
}

// measureAll measures the recipe that is named in the arguments, or all, and publishes the results.
func measureAll(ctx context.Context, c *cli.Command, programs, raw string) error {
	p := project{".", raw}
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
	for _, r := range chosen {
		f, err := p.measure(ctx, programs, r)
		if err != nil {
			return fmt.Errorf("recipe %s: %w", r.Name, err)
		}
		c.Log.Info().Stringer("test", f.Test).Stringer("stratified", f.Stratified).Stringer("blocked", f.Blocked).Float64("seconds", f.Seconds).Msg(r.Name)
		measured = update(measured, f)
	}
	folds, svm, err := p.svm()
	if err != nil {
		return err
	}
	measured = ordered(recipes, measured)
	return recipe.Publish(resultsPath, measured, documents, blocks(recipes, measured, folds, svm)...)
}

// choose returns the recipe that is named, or all.
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

// ordered returns figures in the order of the recipes, without those of none.
func ordered(recipes []recipe.Recipe, measured []figures) []figures {
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
