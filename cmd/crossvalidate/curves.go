package main

import (
	"math"

	"example.com/sonar/internal/mlp"
)

// The metrics of the learning curves.
var curveMetrics = []struct {
	name string
	of   func(mlp.Scores) float64
}{
	{"loss", func(s mlp.Scores) float64 { return s.Loss }},
	{"accuracy", func(s mlp.Scores) float64 { return s.Accuracy }},
	{"f1_macro", func(s mlp.Scores) float64 { return s.F1Macro }},
}

// The sides of the learning curves: the rows that a fold trains on, and those that it tests on.
var curveSides = []struct {
	name string
	of   func(mlp.Epoch) mlp.Scores
}{
	{"train", func(e mlp.Epoch) mlp.Scores { return e.Train }},
	{"test", func(e mlp.Epoch) mlp.Scores { return e.Val }},
}

// Curves hold, for each epoch, side and metric, the mean over folds and how far folds stray from it.
// Where some folds stop early, the later epochs speak of the others.
type curves struct {
	epochs [][]moments // [epoch][side * metrics + metric]
}

func newCurves() *curves { return &curves{} }

func (c *curves) add(history []mlp.Epoch) {
	for step, epoch := range history {
		if step == len(c.epochs) {
			c.epochs = append(c.epochs, make([]moments, len(curveSides)*len(curveMetrics)))
		}
		for i, side := range curveSides {
			for j, metric := range curveMetrics {
				c.epochs[step][i*len(curveMetrics)+j].add(metric.of(side.of(epoch)))
			}
		}
	}
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
