package main

import (
	"fmt"
	"strings"

	"example.com/sonar/internal/params"
	"example.com/sonar/recipes/internal/recipe"
)

// blocks returns all that documents may show of the recipes, which were cross-validated on the folds
// that c asks for. There may be no SVM to compare with.
func blocks(recipes []recipe.Recipe, measured []figures, c params.Crossvalidate, svm *recipe.SVM) []recipe.Block {
	return []recipe.Block{
		{Name: "commands", Text: commands(recipes)},
		{Name: "table", Text: table(measured, c, svm)},
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

func table(measured []figures, c params.Crossvalidate, svm *recipe.SVM) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| recipe | test rows | %d x %d folds | ahead of the SVM | %d blocks | one training |\n", c.Repeats, c.Splits, c.Splits)
	b.WriteString("| --- | --- | --- | --- | --- | --- |\n")
	for _, f := range measured {
		ahead := ""
		if f.Ahead != nil {
			ahead = f.Ahead.Signed()
		}
		fmt.Fprintf(&b, "| %s | %v | %v | %s | %v | %.2f s |\n", f.Name, f.Test, f.Stratified, ahead, f.Blocked, f.Seconds)
	}
	if svm != nil {
		fmt.Fprintf(&b, "| SVM, by scikit-learn | | %v | | %v | |\n",
			recipe.OverFolds(svm.Stratified, svm.Splits), recipe.OverFolds(svm.Blocked, svm.Splits))
	}
	return b.String()
}
