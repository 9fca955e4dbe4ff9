package main

import (
	"fmt"
	"strings"

	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/recipe"
)

// A report is what a search has found. All of it is the same on every machine.
type report struct {
	Scheme    string   `json:"scheme"`
	Trainings int      `json:"trainings"` // networks trained, which is how often one looked
	Nested    estimate `json:"nested"`    // the accuracy of choosing, and of what was chosen
	Folds     []choice `json:"folds"`
	Final     string   `json:"final"` // the choice by the same rule on all rows
	// Candidates have the mean accuracy and loss on the inner folds, which train on fewer rows.
	Candidates []standing `json:"candidates"`
}

type estimate struct {
	Accuracy float64 `json:"accuracy"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

type choice struct {
	Chosen   string  `json:"chosen"`
	Accuracy float64 `json:"accuracy"`
}

type standing struct {
	Name     string  `json:"name"`
	Accuracy float64 `json:"accuracy"`
	Loss     float64 `json:"loss"`
	Chosen   int     `json:"chosen"`
}

func newReport(s scheme, candidates []candidate, outcomes []outcome, final int) report {
	r := report{Scheme: s.name, Final: candidates[final].Name}
	r.Trainings = len(outcomes)*(len(candidates)*innerSplits+members) + len(candidates)*innerSplits
	for _, c := range candidates {
		r.Candidates = append(r.Candidates, standing{Name: c.Name})
	}
	accuracies := make([]float64, len(outcomes))
	for i, o := range outcomes {
		accuracies[i] = o.accuracy
		r.Folds = append(r.Folds, choice{candidates[o.chosen].Name, o.accuracy})
		r.Candidates[o.chosen].Chosen++
		for k, found := range o.inner {
			r.Candidates[k].Accuracy += found.Accuracy / float64(len(outcomes))
			r.Candidates[k].Loss += found.Loss / float64(len(outcomes))
		}
	}
	summary := metrics.NewResampled(accuracies, outerSplits)
	low, high := summary.Interval(0.95)
	r.Nested = estimate{summary.Mean, low, high}
	return r
}

// blocks shows the reports in a document.
func blocks(candidates []candidate, reports []report) []recipe.Block {
	var all []recipe.Block
	for _, r := range reports {
		var b strings.Builder
		fmt.Fprintf(&b, "Nested accuracy: **%.1f** (%.1f to %.1f), %d outer folds, %d networks trained. By the same rule on all rows: `%s`.\n\n",
			100*r.Nested.Accuracy, 100*r.Nested.Low, 100*r.Nested.High, len(r.Folds), r.Trainings, r.Final)
		b.WriteString("| candidate | | inner accuracy | inner loss | chosen |\n| --- | --- | --- | --- | --- |\n")
		for i, c := range r.Candidates {
			fmt.Fprintf(&b, "| %s | %s | %.1f | %.3f | %d |\n", c.Name, candidates[i].About, 100*c.Accuracy, c.Loss, c.Chosen)
		}
		all = append(all, recipe.Block{Name: "search " + r.Scheme, Text: b.String()})
	}
	return all
}
