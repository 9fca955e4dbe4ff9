package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// A work is something that peers.py does too, under the same name. It is measured once per round.
type work struct {
	name string
	// measure returns the seconds that it took, with so many threads.
	measure func(threads int) float64
	flops   float64 // of its products, in which a multiplication and an addition are two
	single  bool    // it uses one thread, however many there are
}

// works are those of the goals. A step has 1024 rows: all that there are, or, shuffled, a part of 16 times
// as many, which are gathered from wherever they lie.
func works() []work {
	recipe := defaultRecipe()
	scored, stepped := rowFlops(recipe.HiddenSizes)
	training := float64(recipe.Epochs) * (stepped*float64(len(trainRows.Labels)) + scored*float64(len(valRows.Labels)))
	list := []work{
		{"default training", func(int) float64 { return shortest(7, defaultTraining) }, training, true},
		{"100 default trainings", hundredTrainings, 100 * training, false},
	}
	for _, s := range []struct {
		title string
		steps int
	}{{", step", 1}, {", step, shuffled", 16}} {
		for _, hidden := range nets {
			_, flops := rowFlops(hidden)
			measure := func(threads int) float64 { return stepTime(hidden, threads, s.steps) }
			list = append(list, work{netName(hidden) + s.title, measure, stepRows * flops, false})
		}
	}
	return append(list, work{"product of 1024 x 1024", squareProduct, 2 << 30, false})
}

// rowFlops counts those of the products that a row goes through when it is scored, X W of each layer, and
// in a step: X' dZ too, and dZ W' of each layer but the first.
func rowFlops(hidden []int) (scored, stepped float64) {
	in := 60
	for l, out := range append(slices.Clone(hidden), 2) {
		flops := float64(2 * in * out)
		scored += flops
		stepped += 2 * flops
		if l > 0 {
			stepped += flops
		}
		in = out
	}
	return scored, stepped
}

// floor is the time that a work would take if all of it were products at the FMA peak.
func (w work) floor(threads int) float64 {
	if w.single {
		threads = 1
	}
	const rounds = 1_000_000
	return w.flops / (float64(threads) * peakFlops(rounds) / peak(threads, rounds))
}

var nets = [][]int{{40}, {256}, {1024}, {256, 256}}

// netName is the sizes of all layers.
func netName(hidden []int) string {
	name := "60"
	for _, units := range hidden {
		name += fmt.Sprintf("-%d", units)
	}
	return name + "-2"
}

// defaultRecipe is that of params.yaml.
func defaultRecipe() params.Train {
	return params.Train{
		HiddenSizes: []int{40}, Activation: params.ReLU, Output: params.Sigmoid, Loss: params.CrossEntropy,
		Optimizer: params.Adam, LearningRate: 0.01, Schedule: params.Constant, Epochs: 80, Scaling: params.None,
		Ensemble: 1,
	}
}

// rows draws inputs in [0, 1) and labels.
func rows(n int) mlp.Data {
	r := rand.New(rand.NewPCG(1, 1))
	x, labels := filled(n, 60, 0), make([]int, n)
	for i := range x.Data {
		x.Data[i] = r.Float64()
	}
	for i := range labels {
		labels[i] = r.IntN(2)
	}
	return mlp.Data{X: mlp.Matrix(x), Labels: labels}
}

var trainRows, valRows = rows(156), rows(52)

func fit(recipe params.Train, train, test mlp.Data, options mlp.Options) {
	problem := mlp.Problem{Classes: 2, Train: train, Test: test}
	if _, err := mlp.Fit(context.Background(), recipe, problem, options); err != nil {
		panic(err)
	}
}

func defaultTraining() { fit(defaultRecipe(), trainRows, valRows, mlp.Options{Workers: 1}) }

// hundredTrainings shares them between goroutines.
func hundredTrainings(threads int) float64 {
	return elapsed(func() {
		var group sync.WaitGroup
		for i := range threads {
			group.Go(func() {
				for range (100 + i) / threads {
					defaultTraining()
				}
			})
		}
		group.Wait()
	})
}

// stepTime is the time of an epoch over that of its steps: the median of some.
func stepTime(hidden []int, threads, steps int) float64 {
	recipe := defaultRecipe()
	recipe.HiddenSizes, recipe.BatchSize, recipe.Epochs, recipe.LearningRate = hidden, stepRows, 96/steps, 1e-6
	var epochs []float64
	last := seconds()
	fit(recipe, rows(steps*stepRows), mlp.Data{}, mlp.Options{Workers: threads, Progress: func(done int) {
		now := seconds()
		if done > 1 { // the first begins with the building of the network
			epochs = append(epochs, now-last)
		}
		last = now
	}})
	return median(epochs) / float64(steps)
}

const stepRows = 1024

func squareProduct(threads int) float64 {
	const n = 1024
	a, b, c := filled(n, n, 0), filled(n, n, 0), filled(n, n, 0)
	blas64.Use(exact.BLAS{Workers: threads})
	return shortest(3, func() { blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a, b, 0, c) })
}

// filled is a matrix whose rows have so many numbers between them.
func filled(rows, cols, apart int) blas64.General {
	stride := cols + apart
	m := blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, rows*stride)}
	for i := range m.Data {
		m.Data[i] = float64(i%13)/13 - 0.4
	}
	return m
}

// shortest is the shortest of n times, after one that warms the caches.
func shortest(n int, f func()) float64 {
	f()
	best := elapsed(f)
	for range n - 1 {
		best = min(best, elapsed(f))
	}
	return best
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if len(v) == 0 {
		return 0
	}
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
