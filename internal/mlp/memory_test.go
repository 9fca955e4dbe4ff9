package mlp

import (
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

// What a trainer allocates is what Memory says, apart from what is small: the rows' labels and numbers.
func TestMemoryIsWhatATrainerAllocates(t *testing.T) {
	const inputs, trainRows, testRows, classes = 50, 300, 100, 3
	for name, change := range map[string]func(*params.Train){
		"one hidden layer":     func(*params.Train) {},
		"padded rows":          func(r *params.Train) { r.HiddenSizes = []int{640, 384} },
		"gelu and dropout":     func(r *params.Train) { r.Activation, r.Dropout = params.GELU, 0.5 },
		"batches":              func(r *params.Train) { r.BatchSize = 32 },
		"logistic regression":  func(r *params.Train) { r.HiddenSizes = nil },
		"deep":                 func(r *params.Train) { r.HiddenSizes = []int{100, 300, 200, 100} },
		"input noise gathered": func(r *params.Train) { r.InputNoise = 0.1 },
	} {
		t.Run(name, func(t *testing.T) {
			recipe := params.Train{
				HiddenSizes: []int{500}, Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy,
				Optimizer: params.Adam, Schedule: params.Constant, Ensemble: 1,
			}
			change(&recipe)
			data := func(rows int) Data {
				return Data{X: Matrix(blas64.General{Rows: rows, Cols: inputs, Stride: inputs, Data: make([]float64, rows*inputs)}), Labels: make([]int, rows)}
			}
			problem := Problem{Classes: classes, Train: data(trainRows), Test: data(testRows)}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			newTrainer(recipe, problem, 0, 1)
			runtime.ReadMemStats(&after)
			need := Memory(recipe, inputs, classes, trainRows, testRows, 1)
			got, want := float64(after.TotalAlloc-before.TotalAlloc), float64(need.Params+need.Steps+need.Passes)
			gathered := 8 * float64(trainRows*inputs) // allocated by the first step, if at all
			if got > 1.05*want+40_000 || got < 0.95*want-gathered {
				t.Errorf("a trainer allocates %.0f bytes, Memory says %+v, %.0f", got, need, want)
			}
		})
	}
}

func TestMemoryCountsTheMembersOfAnEnsemble(t *testing.T) {
	recipe := params.Train{HiddenSizes: []int{9}, Activation: params.ReLU, Loss: params.CrossEntropy, Ensemble: 10}
	one := recipe
	one.Ensemble = 1
	got, single := Memory(recipe, 5, 2, 100, 50, 4), Memory(one, 5, 2, 100, 50, 1)
	if want := (Need{10 * single.Params, 4 * single.Steps, 4 * single.Passes}); got != want {
		t.Errorf("ten members on four threads take %+v, want %+v", got, want)
	}
	recipe.Patience = 3
	if patient := Memory(recipe, 5, 2, 100, 50, 4); 3*patient.Steps != 4*got.Steps {
		t.Errorf("with patience %+v, without %+v", patient, got)
	}
}
