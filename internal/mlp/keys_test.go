package mlp

import (
	"math"
	"path/filepath"
	"testing"

	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// Every choice, and every number that may be on or off, is in some reference; every activation with
// every output and loss, and every optimizer with and without decay under both schedules. Left are
// what PyTorch draws in its own way and what it does not have: dropout, noise and early stopping.
func TestReferencesCoverEveryKey(t *testing.T) {
	type (
		layers struct{ activation, output, loss string }
		steps  struct {
			optimizer, schedule string
			decay               bool
		}
		extra   struct{ batches, smoothing, ensemble, momentum bool }
		scaling string
	)
	seen := map[any]bool{}
	for _, file := range []string{"recipes.json", "drawn.json"} {
		var references struct{ Runs []referenceRun }
		readJSON(t, filepath.Join(referenceFolder, file), &references)
		for _, run := range references.Runs {
			r := readRecipe(t, run.Params, []string{"R", "M"})
			if len(r.HiddenSizes) > 0 {
				seen[layers{r.Activation, r.Output, r.Loss}] = true
			}
			seen[len(r.HiddenSizes)] = true
			seen[steps{r.Optimizer, r.Schedule, r.WeightDecay > 0}] = true
			seen[scaling(r.Scaling)] = true
			seen[extra{batches: r.BatchSize > 0}] = true
			seen[extra{smoothing: r.LabelSmoothing > 0}] = true
			seen[extra{ensemble: r.Ensemble > 1}] = true
			seen[extra{momentum: r.Optimizer == params.SGD && r.Momentum > 0}] = true
			if r.BatchSize == 0 && r.LabelSmoothing == 0 && r.Ensemble == 1 && (r.Optimizer != params.SGD || r.Momentum == 0) {
				seen["plain"] = true
			}
		}
	}
	want := []any{0, 1, 2, 3, extra{batches: true}, extra{smoothing: true}, extra{ensemble: true}, extra{momentum: true}, "plain"}
	for _, activation := range []string{params.ReLU, params.Tanh, params.GELU, params.Logistic} {
		want = append(want, layers{activation, params.Sigmoid, params.CrossEntropy},
			layers{activation, params.Linear, params.CrossEntropy}, layers{activation, params.Sigmoid, params.BinaryCrossEntropy})
	}
	for _, optimizer := range []string{params.Adam, params.AdamW, params.SGD} {
		for _, schedule := range []string{params.Constant, params.Cosine} {
			want = append(want, steps{optimizer, schedule, true}, steps{optimizer, schedule, false})
		}
	}
	for _, kind := range []string{params.None, params.Standard, params.Variance} {
		want = append(want, scaling(kind))
	}
	for _, w := range want {
		if !seen[w] {
			t.Errorf("no reference has %+v", w)
		}
	}
}

// The coordinates of the streams are a contract: another program that draws the same Philox blocks
// makes the same masks and the same noise.
func TestMasksAndNoiseAreDrawnByEpochRowLayerAndUnit(t *testing.T) {
	recipe := smallRecipe()
	recipe.Ensemble = 3
	const member, epoch = 2, 5
	trainer := newTrainer(recipe, smallProblem(recipe), member, 1)
	seed, rows := recipe.Seed+member, []int{17, 3, 59}
	batch := gathered(trainer, epoch, rows...)
	trainer.stepper.drawMasks(span{0, len(rows)})
	for b, r := range rows {
		noise := make([]float64, batch.Cols)
		drawNormals(noise, random.Stream{Seed: seed, Purpose: random.Noise}, epoch, uint32(r))
		for i, v := range noise {
			if got, want := row(batch, b)[i], row(matrixOf(trainer.train), r)[i]+float64(recipe.InputNoise*v); got != want {
				t.Errorf("row %d, input %d: %v, want %v", r, i, got, want)
			}
		}
		for l, units := range recipe.HiddenSizes {
			uniforms := make([]float64, units)
			random.Stream{Seed: seed, Purpose: random.Dropout}.Uniforms(uniforms, epoch, uint32(r), uint32(l+1))
			for i, u := range uniforms {
				if dropped := row(trainer.stepper.tape.mask[l], b)[i] == 0; dropped != (u < recipe.Dropout) {
					t.Errorf("row %d, layer %d, unit %d: dropped is %t where the stream has %v", r, l+1, i, dropped, u)
				}
			}
		}
	}
}

func TestValidationHasNeitherDropoutNorNoise(t *testing.T) {
	recipe := smallRecipe()
	recipe.LabelSmoothing = 0
	val := clouds(40, 2)
	result := mustFit(t, recipe, Options{})
	predictions := Predict(result.Members, val.X, 0)
	if got, want := result.Final.Val.Loss, metrics.LogLoss(predictions.Probabilities, val.Labels); math.Abs(got-want) > 1e-12 {
		t.Errorf("the validation loss is %v, that of the predictions %v", got, want)
	}
	if got, want := result.Final.Val.Accuracy, metrics.Count(val.Labels, predictions.Classes, 2).Accuracy(); got != want {
		t.Errorf("the validation accuracy is %v, that of the predictions %v", got, want)
	}
}

// Early stopping is a training on the rows that are left, tested on those held out, which ends
// in the network of its best epoch: so one may do it by hand.
func TestEarlyStoppingIsWhatOneMayDoByHand(t *testing.T) {
	recipe := smallRecipe()
	recipe.Epochs, recipe.Patience, recipe.LearningRate = 400, 7, 0.03
	problem := smallProblem(recipe)
	got := mustFit(t, recipe, Options{})

	byHand := recipe
	byHand.Patience = 0
	rows := problem.Holdouts[0]
	whole, err := Fit(t.Context(), byHand, Problem{Classes: 2, Train: problem.Train.pick(rows.Train), Test: problem.Train.pick(rows.Held)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	best := 0
	for epoch, scores := range whole.History {
		if scores.Val.Loss < whole.History[best].Val.Loss {
			best = epoch
		} else if epoch == best+recipe.Patience {
			break
		}
	}
	if got.Step != best || len(got.History) != best+recipe.Patience+1 {
		t.Errorf("the best of %d epochs is %d, by hand that of %d is %d", len(got.History), got.Step, best+recipe.Patience+1, best)
	}
	for epoch := range got.History {
		if got.History[epoch].Train != whole.History[epoch].Train {
			t.Fatalf("epoch %d: the scores are %v, by hand %v", epoch, got.History[epoch].Train, whole.History[epoch].Train)
		}
	}
}
