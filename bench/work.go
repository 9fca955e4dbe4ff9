package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/params"
)

// A workload is something that peers.py does too, under the same name. It is measured once per round.
type workload struct {
	name string
	// measure returns the seconds that it takes with so many threads.
	measure func(threads int) float64
	flops   float64 // of its products; a multiplication and an addition are two
	single  bool    // it uses one thread, however many there are
}

// workloads returns those that performance.md reports. A step has 1024 rows: all that there are or,
// shuffled, one sixteenth of them, gathered from anywhere in memory.
func workloads() []workload {
	recipe := defaultRecipe()
	scored, stepped := flopsPerRow(recipe.HiddenSizes)
	training := float64(recipe.Epochs) * (stepped*float64(len(trainRows.Labels)) + scored*float64(len(valRows.Labels)))
	list := []workload{
		{"default training", func(int) float64 { return shortest(7, defaultTraining) }, training, true},
		{"100 default trainings", hundredTrainings, 100 * training, false},
	}
	for _, s := range []struct {
		title string
		steps int
	}{{", step", 1}, {", step, shuffled", 16}} {
		for _, hidden := range nets {
			_, flops := flopsPerRow(hidden)
			measure := func(threads int) float64 { return stepTime(hidden, threads, s.steps) }
			list = append(list, workload{netName(hidden) + s.title, measure, stepRows * flops, false})
		}
	}
	return list
}

// flopsPerRow counts the operations in the products of one row: when it is scored, X W of each layer; in
// a step, X' dZ too, and dZ W' of each layer except the first.
func flopsPerRow(hidden []int) (scored, stepped float64) {
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

// floor returns the seconds that a workload would take if all of it were products at the FMA peak.
func (w workload) floor(threads int) float64 {
	if w.single {
		threads = 1
	}
	const rounds = 5_000_000 // some 20 ms, in which the system finds each thread a core
	seconds := shortest(5, func() { runPeak(threads, rounds) })
	return w.flops / (float64(threads) * peakFlops(rounds) / seconds)
}

// runPeak runs so many rounds of FMA on each of the threads at once.
func runPeak(threads, rounds int) {
	var group sync.WaitGroup
	for range threads - 1 {
		group.Go(func() { fmaPeak(rounds) })
	}
	fmaPeak(rounds)
	group.Wait()
}

// peakFlops returns the number of operations in so many rounds of FMA on one thread.
func peakFlops(rounds int) float64 { return fmaPeak(1) * float64(rounds) }

// nets are the hidden layers of the networks whose steps are measured.
var nets = [][]int{{40}, {256}, {1024}, {256, 256}}

// netName returns the sizes of all layers.
func netName(hidden []int) string {
	name := "60"
	for _, units := range hidden {
		name += fmt.Sprintf("-%d", units)
	}
	return name + "-2"
}

// defaultRecipe returns that of params.yaml.
func defaultRecipe() params.Train {
	return params.Train{
		HiddenSizes: []int{40}, Activation: params.ReLU, Output: params.Sigmoid, Loss: params.CrossEntropy,
		Optimizer: params.Adam, LearningRate: 0.01, Schedule: params.Constant, Epochs: 80, Scaling: params.None,
		Ensemble: 1,
	}
}

// randomRows draws n rows of 60 inputs in [0, 1), and their labels.
func randomRows(n int) mlp.Data {
	r := rand.New(rand.NewPCG(1, 1))
	x, labels := filled(n, 60), make([]int, n)
	for i := range x.Data {
		x.Data[i] = r.Float64()
	}
	for i := range labels {
		labels[i] = r.IntN(2)
	}
	return mlp.Data{X: mlp.Matrix(x), Labels: labels}
}

var trainRows, valRows = randomRows(156), randomRows(52)

func fit(recipe params.Train, train, test mlp.Data, options mlp.Options) {
	problem := mlp.Problem{Classes: 2, Train: train, Test: test}
	if _, err := mlp.Fit(context.Background(), recipe, problem, options); err != nil {
		panic(err)
	}
}

func defaultTraining() { fit(defaultRecipe(), trainRows, valRows, mlp.Options{Workers: 1}) }

// hundredTrainings does them as crossvalidate does its folds.
func hundredTrainings(threads int) float64 {
	work := func(context.Context, int) (struct{}, error) {
		defaultTraining()
		return struct{}{}, nil
	}
	return elapsed(func() {
		if err := parallel.InOrder(context.Background(), threads, 100, work, func(struct{}) {}); err != nil {
			panic(err)
		}
	})
}

// stepTime returns the median time of an epoch divided by its number of steps.
func stepTime(hidden []int, threads, steps int) float64 {
	var epochs []float64
	last := seconds()
	fit(stepRecipe(hidden, 96/steps), randomRows(steps*stepRows), mlp.Data{}, mlp.Options{Workers: threads, Progress: func(done int) {
		now := seconds()
		if done > 1 { // the first one includes building the network
			epochs = append(epochs, now-last)
		}
		last = now
	}})
	return median(epochs) / float64(steps)
}

const stepRows = 1024

// stepRecipe returns a recipe of steps on stepRows rows.
func stepRecipe(hidden []int, epochs int) params.Train {
	recipe := defaultRecipe()
	recipe.HiddenSizes, recipe.BatchSize, recipe.Epochs, recipe.LearningRate = hidden, stepRows, epochs, 1e-6
	return recipe
}

// shortest returns the shortest of n times, after one run that warms the caches.
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
