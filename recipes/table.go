package main

import (
	"fmt"
	"strings"

	"example.com/sonar/internal/recipe"
)

// blocks are all that documents may show of the recipes.
func blocks(recipes []recipe.Recipe, measured []figures, machine recipe.SVM) []recipe.Block {
	return []recipe.Block{
		{Name: "commands", Text: commands(recipes)},
		{Name: "table", Text: table(measured, machine)},
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

func table(measured []figures, machine recipe.SVM) string {
	var b strings.Builder
	b.WriteString("| recipe | test rows | 10 x 10 folds | ahead of the SVM | 10 blocks | one training |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for _, f := range measured {
		fmt.Fprintf(&b, "| %s | %v | %v | %s | %v | %.2f s |\n", f.Name, f.Test, f.Stratified, f.Ahead.Signed(), f.Blocked, f.Seconds)
	}
	fmt.Fprintf(&b, "| SVM, by scikit-learn | | %v | | %v | |\n", recipe.OverFolds(machine.Stratified), recipe.OverFolds(machine.Blocked))
	return b.String()
}
