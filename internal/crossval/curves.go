package crossval

import (
	"math"

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
type point [][]moments

func (c *curves) add(history []mlp.Epoch) {
	for step, epoch := range history {
		if step == len(*c) {
			*c = append(*c, newPoint())
		}
		for i, side := range sides {
			for j, metric := range mlp.Curves {
				(*c)[step][i][j].add(metric.Value(side.scores(epoch)))
			}
		}
	}
}

func newPoint() point {
	p := make(point, len(sides))
	for i := range p {
		p[i] = make([]moments, len(mlp.Curves))
	}
	return p
}

// Moments are a running mean and sum of squared deviations (B. P. Welford, Technometrics 4, 1962),
// so that no fold's curve need be kept.
type moments struct {
	n             int
	mean, squares float64
}

func (m *moments) add(v float64) {
	m.n++
	d := v - m.mean
	m.mean += d / float64(m.n)
	m.squares = math.FMA(d, v-m.mean, m.squares)
}

// sd has n-1; that of one value is 0.
func (m moments) sd() float64 {
	if m.n < 2 {
		return 0
	}
	return math.Sqrt(m.squares / float64(m.n-1))
}
