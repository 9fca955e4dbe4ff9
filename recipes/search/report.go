package main

import (
	"fmt"
	"strings"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/tune"
	"example.com/sonar/recipes/internal/recipe"
)

// A report is what a search has found. All of it is the same on every machine.
type report struct {
	Scheme    string           `json:"scheme"`
	Trainings int              `json:"trainings"`       // networks trained, which is how often one looked
	Nested    recipe.Estimate  `json:"nested"`          // the accuracy of choosing, and of what was chosen
	Ahead     *recipe.Estimate `json:"ahead,omitempty"` // by which it is above the SVM's on the same folds
	Folds     []choice         `json:"folds"`
	Final     string           `json:"final"` // the choice by the same rule on all rows
	// Candidates have the mean accuracy and loss on the inner folds, which train on fewer rows.
	Candidates []standing `json:"candidates"`
}

type choice struct {
	Chosen   string  `json:"chosen"`
	Accuracy float64 `json:"accuracy"`
}

type standing struct {
	Name     string  `json:"name"`
	About    string  `json:"about"`
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"`
	Chosen   int     `json:"chosen"`
}

func newReport(scheme string, study *tune.Study, contests []*tune.Contest) report {
	results := study.NewResults(contests)
	r := report{Scheme: scheme, Trainings: results.Networks(), Final: study.Candidates[results.Best()].Name}
	for i, c := range study.Candidates {
		r.Candidates = append(r.Candidates, standing{Name: c.Name, About: c.About, Chosen: results.Chosen(i)})
	}
	for _, c := range results.Outer() {
		r.Folds = append(r.Folds, choice{study.Candidates[c.Winner].Name, c.Nested.Scores[foldfile.Accuracy]})
		for _, t := range c.Trials {
			r.Candidates[t.Candidate].Accuracy += t.Scores[foldfile.Accuracy] / float64(len(results.Outer()))
			r.Candidates[t.Candidate].Loss += t.Scores[foldfile.Loss] / float64(len(results.Outer()))
		}
	}
	r.Nested = recipe.OverFolds(r.accuracies(), study.Outer.Splits)
	return r
}

// accuracies returns those of the outer folds.
func (r report) accuracies() []float64 {
	all := make([]float64, len(r.Folds))
	for i, f := range r.Folds {
		all[i] = f.Accuracy
	}
	return all
}

// blocks returns what documents show of the reports.
func blocks(reports []report) []recipe.Block {
	var all []recipe.Block
	for _, r := range reports {
		var b strings.Builder
		ahead := ""
		if r.Ahead != nil {
			ahead = ", ahead of the SVM by " + r.Ahead.Signed()
		}
		fmt.Fprintf(&b, "Nested accuracy: **%v**%s, %d outer folds, %d networks trained. By the same rule on all rows: `%s`.\n\n",
			r.Nested, ahead, len(r.Folds), r.Trainings, r.Final)
		b.WriteString("| candidate | | inner accuracy | inner loss | chosen |\n| --- | --- | --- | --- | --- |\n")
		for _, c := range r.Candidates {
			fmt.Fprintf(&b, "| %s | %s | %.1f | %.3f | %d |\n", c.Name, c.About, 100*c.Accuracy, c.Loss, c.Chosen)
		}
		all = append(all, recipe.Block{Name: "search " + r.Scheme, Text: b.String()})
	}
	return all
}
