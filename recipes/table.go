package main

import (
	"fmt"
	"strings"

	"example.com/sonar/recipes/internal/recipe"
)

// blocks returns all that documents may show of the recipes. There may be no SVM to compare with.
func blocks(recipes []recipe.Recipe, measured []figures, svm *recipe.SVM) []recipe.Block {
	return []recipe.Block{
		{Name: "commands", Text: commands(recipes)},
		{Name: "table", Text: table(measured, svm)},
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

func table(measured []figures, svm *recipe.SVM) string {
	var b strings.Builder
	b.WriteString("| recipe | test rows | 10 x 10 folds | ahead of the SVM | 10 blocks | one training |\n")
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
