package main

import (
	"fmt"
	"strings"

	"example.com/sonar/internal/recipe"
)

// blocks are all that documents may show of the recipes.
func blocks(recipes []recipe.Recipe, measured []figures) []recipe.Block {
	return []recipe.Block{
		{Name: "commands", Text: commands(recipes)},
		{Name: "table", Text: table(recipes, measured)},
	}
}

func commands(recipes []recipe.Recipe) string {
	var b strings.Builder
	b.WriteString("```sh\n")
	for _, r := range recipes {
		fmt.Fprintf(&b, "%s  # %s\n", r.Command(), r.About)
	}
	b.WriteString("```\n")
	return b.String()
}

func table(recipes []recipe.Recipe, measured []figures) string {
	var b strings.Builder
	b.WriteString("| recipe | test rows | 10 x 10 folds | 10 blocks | one training |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	for _, r := range recipes {
		for _, f := range measured {
			if f.Name == r.Name {
				fmt.Fprintf(&b, "| %s | %v | %v | %v | %.2f s |\n", f.Name, f.Test, f.Stratified, f.Blocked, f.Seconds)
			}
		}
	}
	return b.String()
}

// String writes percentages: 81.3 (75.8 to 86.7).
func (e estimate) String() string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}
