package mlp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"example.com/sonar/internal/params"
)

// made returns rows x 60 numbers in [0, 1) with labels of two classes.
func made(rows int) Data {
	r := rand.New(rand.NewPCG(1, 1))
	x, labels := newMatrix(rows, 60), make([]int, rows)
	for i := range rows {
		for j := range row(x, i) {
			row(x, i)[j] = r.Float64()
		}
		labels[i] = r.IntN(2)
	}
	return Data{Matrix(x), labels}
}

func defaultRecipe() params.Train {
	return params.Train{
		HiddenSizes: []int{40}, Activation: params.ReLU, Output: params.Sigmoid, Loss: params.CrossEntropy,
		Optimizer: params.Adam, LearningRate: 0.01, Schedule: params.Constant, Epochs: 80, Scaling: params.None,
		Ensemble: 1,
	}
}

// BenchmarkFit is one training by the default recipe: 80 epochs of one step, with validation.
func BenchmarkFit(b *testing.B) {
	recipe, problem := defaultRecipe(), Problem{Classes: 2, Train: made(156), Test: made(52)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Fit(context.Background(), recipe, problem, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEpoch is an epoch of steps on 1024 rows each.
func BenchmarkEpoch(b *testing.B) {
	for _, hidden := range [][]int{{40}, {256}, {1024}, {256, 256}} {
		b.Run(fmt.Sprint(hidden), func(b *testing.B) {
			recipe, train := defaultRecipe(), made(8*1024)
			recipe.HiddenSizes, recipe.BatchSize, recipe.Epochs = hidden, 1024, 1<<30
			t := newTrainer(recipe, Problem{Classes: 2, Train: train}, 0, 1)
			b.ReportAllocs()
			for b.Loop() {
				if err := t.epoch(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*8*1024/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
