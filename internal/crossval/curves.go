package crossval

import (
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
)

// sides are those of the learning curves: the rows that a fold trains on, and those that it tests on.
var sides = []struct {
	name   string
	scores func(mlp.Epoch) mlp.Scores
}{
	{"train", func(e mlp.Epoch) mlp.Scores { return e.Train }},
	{"test", func(e mlp.Epoch) mlp.Scores { return e.Val }},
}

// curves has, for each epoch, side and metric, the mean over folds and how far folds stray from it.
// If some folds stop early, the later epochs are those of the others.
type curves []point

// A point is the moments of one epoch, by side and metric.
type point [][]metrics.Moments

func (c *curves) add(history []mlp.Epoch) {
	for step, epoch := range history {
		if step == len(*c) {
			*c = append(*c, newPoint())
		}
		for i, side := range sides {
			for j, metric := range mlp.Curves {
				(*c)[step][i][j].Add(metric.Value(side.scores(epoch)))
			}
		}
	}
}

func newPoint() point {
	p := make(point, len(sides))
	for i := range p {
		p[i] = make([]metrics.Moments, len(mlp.Curves))
	}
	return p
}
