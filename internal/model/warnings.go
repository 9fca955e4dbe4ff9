package model

import (
	"fmt"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/mlp"
)

// absences warns of classes without a row to train on.
func absences(p mlp.Problem, classes []string) []string {
	seen := make([]bool, len(classes))
	for _, label := range p.Train.Labels {
		seen[label] = true
	}
	var warnings []string
	for c, class := range classes {
		if !seen[c] {
			warnings = append(warnings, fmt.Sprintf("no training row is of class %.40q, which the model cannot learn", class))
		}
	}
	for i, h := range p.Holdouts {
		for _, c := range dataset.AbsentClasses(p.Train.Labels, len(classes), h.Train) {
			warnings = append(warnings, fmt.Sprintf("train.patience holds out all training rows of class %.40q%s, which it cannot learn", classes[c], ofMember(i, len(p.Holdouts))))
		}
	}
	return warnings
}

// failures warns of trainings that end with a worse loss than the same prediction for every row.
func failures(r *mlp.Result) []string {
	var warnings []string
	for i, e := range r.Endings {
		if e.Loss > e.Constant {
			warnings = append(warnings, fmt.Sprintf("the training ends with a loss of %.6g%s, worse than the %.6g of the same prediction for every row: look at train.learning_rate, train.scaling, train.epochs and train.output",
				e.Loss, ofMember(i, len(r.Endings)), e.Constant))
		}
	}
	return warnings
}

func ofMember(i, members int) string {
	if members == 1 {
		return ""
	}
	return fmt.Sprintf(" in network %d of %d", i+1, members)
}
