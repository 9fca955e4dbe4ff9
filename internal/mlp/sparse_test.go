package mlp

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

// A slotted matrix has one slot for each of some spans of its columns, in which at most one number differs from 0.
type slotted struct {
	Matrix
	ends []int
}

func (s slotted) Slots() int { return len(s.ends) }

func (s slotted) GatherSlots(values blas64.General, at []int32, rows []int) {
	for b, r := range rows {
		from := 0
		for slot, end := range s.ends {
			input := from
			for i := from; i < end; i++ {
				if row(blas64.General(s.Matrix), r)[i] != 0 {
					input = i
				}
			}
			row(values, b)[slot], at[b*len(s.ends)+slot] = row(blas64.General(s.Matrix), r)[input], int32(input)
			from = end
		}
	}
}

// oneHot has rows of a number, a text of 13, a number and a text of 30, of which some are unknown.
func oneHot(rows int) slotted {
	r := rand.New(rand.NewPCG(5, 6))
	x := slotted{Matrix(newMatrix(rows, 45)), []int{1, 14, 15, 45}}
	for b := range rows {
		to := row(blas64.General(x.Matrix), b)
		to[0], to[14] = r.NormFloat64(), r.Float64()
		to[1+r.IntN(13)] = 1
		if r.IntN(5) > 0 {
			to[15+r.IntN(30)] = 1
		}
	}
	return x
}

func TestSlotsTrainTheSameNetworkAsAllInputs(t *testing.T) {
	numeric := make([]bool, 45)
	numeric[0], numeric[14] = true, true
	x, test := oneHot(300), oneHot(70)
	labels := func(rows int) []int {
		list := make([]int, rows)
		for i := range list {
			list[i] = i % 3
		}
		return list
	}
	for name, change := range map[string]func(*params.Train){
		"batches":             func(r *params.Train) { r.BatchSize = 32 },
		"all rows":            func(r *params.Train) { r.BatchSize = 0 },
		"gelu":                func(r *params.Train) { r.Activation = params.GELU },
		"wide":                func(r *params.Train) { r.HiddenSizes = []int{300, 7} },
		"logistic regression": func(r *params.Train) { r.HiddenSizes = nil },
		"dropout and noise":   func(r *params.Train) { r.Dropout, r.InputNoise = 0.3, 0.2 },
		"patience":            func(r *params.Train) { r.Patience = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			recipe := params.Train{
				HiddenSizes: []int{20}, Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.Adam,
				LearningRate: 0.01, Schedule: params.Constant, Epochs: 5, BatchSize: 100, Ensemble: 1,
			}
			change(&recipe)
			problem := Problem{Classes: 3, Train: Data{x.Matrix, labels(300)}, Test: Data{test.Matrix, labels(70)}, Numeric: numeric}
			if recipe.Patience > 0 {
				all := rand.New(rand.NewPCG(1, 1)).Perm(300)
				problem.Holdouts = []Holdout{{all[30:], all[:30]}}
			}
			want, err := Fit(t.Context(), recipe, problem, Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			problem.Train.X, problem.Test.X = x, test
			for _, threads := range []int{1, 3} {
				got, err := Fit(t.Context(), recipe, problem, Options{Workers: threads})
				if err != nil {
					t.Fatal(err)
				}
				sameResult(t, got, want)
				p, q := bits(Predict(got.Members, test, threads)), bits(Predict(want.Members, test.Matrix, 1))
				if fmt.Sprint(p) != fmt.Sprint(q) {
					t.Errorf("%d threads: the predictions differ", threads)
				}
			}
		})
	}
}

func TestStepsOfSlotsThatThreadsShareHaveTheSameBits(t *testing.T) {
	x, recipe := oneHot(200), params.Train{
		HiddenSizes: []int{20}, Activation: params.ReLU, Output: params.Linear, Loss: params.CrossEntropy, Optimizer: params.SGD,
		LearningRate: 0.1, Schedule: params.Constant, Epochs: 3, Ensemble: 1,
	}
	problem := Problem{Classes: 2, Train: Data{x, make([]int, 200)}}
	for i := range problem.Train.Labels {
		problem.Train.Labels[i] = i % 2
	}
	fitted := func(threads int) *Network {
		trainer := newTrainer(recipe, problem, 0, 1)
		trainer.stepper = newStepper(trainer.net, 200, threads, x.Slots()) // however short a step is
		trainer.stepper.addTraining(recipe, problem)
		if err := trainer.run(t.Context(), Options{}, func(int) {}); err != nil {
			t.Fatal(err)
		}
		return trainer.net
	}
	want := fitted(1)
	for _, threads := range []int{2, 5} {
		for i, v := range fitted(threads).Params {
			if v != want.Params[i] {
				t.Fatalf("%d threads: parameter %d is %v, want %v", threads, i, v, want.Params[i])
			}
		}
	}
}
