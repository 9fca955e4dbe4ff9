package mlp

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"example.com/sonar/internal/dataset"
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
		extra struct {
			scaling                                string
			batches, smoothing, ensemble, momentum bool
		}
	)
	seen := map[any]bool{}
	for _, file := range []string{"recipes.json", "drawn.json"} {
		var references struct{ Runs []referenceRun }
		readJSON(t, filepath.Join(referenceFolder, file), &references)
		for _, run := range references.Runs {
			r := readRecipe(t, run.Params, twoClasses)
			if len(r.HiddenSizes) > 0 {
				seen[layers{r.Activation, r.Output, r.Loss}] = true
			}
			seen[len(r.HiddenSizes)] = true
			seen[steps{r.Optimizer, r.Schedule, r.WeightDecay > 0}] = true
			seen[extra{scaling: r.Scaling}] = true
			seen[extra{batches: r.BatchSize > 0}] = true
			seen[extra{smoothing: r.LabelSmoothing > 0}] = true
			seen[extra{ensemble: r.Ensemble > 1}] = true
			seen[extra{momentum: r.Optimizer == params.SGD && r.Momentum > 0}] = true
		}
	}
	want := []any{0, 1, 2, 3, extra{batches: true}, extra{smoothing: true}, extra{ensemble: true}, extra{momentum: true}, extra{}}
	for _, activation := range []string{params.ReLU, params.Tanh, params.GELU, params.Logistic} {
		want = append(want, layers{activation, params.Sigmoid, params.CrossEntropy},
			layers{activation, params.Linear, params.CrossEntropy}, layers{activation, params.Sigmoid, params.BinaryCrossEntropy})
	}
	for _, optimizer := range []string{params.Adam, params.AdamW, params.SGD} {
		for _, schedule := range []string{params.Constant, params.Cosine} {
			want = append(want, steps{optimizer, schedule, true}, steps{optimizer, schedule, false})
		}
	}
	for _, scaling := range []string{params.None, params.Standard, params.Variance} {
		want = append(want, extra{scaling: scaling})
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
	trainer, err := newTrainer(recipe, member, twoClasses, clouds(60, 1), Data{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	seed, rows := recipe.Seed+member, []int{17, 3, 59}
	batch := gathered(trainer, epoch, rows...)
	trainer.drawMasks(epoch, rows, span{0, len(rows)})
	for b, r := range rows {
		noise := make([]float64, batch.Cols)
		random.Stream{Seed: seed, Purpose: random.Noise}.Normals(noise, epoch, uint32(r), 0)
		for i, v := range noise {
			if got, want := row(batch, b)[i], row(trainer.train.X, r)[i]+float64(recipe.InputNoise*v); got != want {
				t.Errorf("row %d, input %d: %v, want %v", r, i, got, want)
			}
		}
		for l, units := range recipe.HiddenSizes {
			uniforms := make([]float64, units)
			random.Stream{Seed: seed, Purpose: random.Dropout}.Uniforms(uniforms, epoch, uint32(r), uint32(l+1))
			for i, u := range uniforms {
				if dropped := row(trainer.tape.mask[l], b)[i] == 0; dropped != (u < recipe.Dropout) {
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
	predictions := result.Ensemble.Predict(val.X)
	if got, want := result.Final.Val.Loss, metrics.LogLoss(predictions.Probabilities, val.Labels); math.Abs(got-want) > 1e-12 {
		t.Errorf("the validation loss is %v, that of the predictions %v", got, want)
	}
	if got, want := result.Final.Val.Accuracy, metrics.Count(val.Labels, predictions.Classes, len(result.Ensemble.Classes)).Accuracy(); got != want {
		t.Errorf("the validation accuracy is %v, that of the predictions %v", got, want)
	}
}

// Early stopping is a training on the rows that are left, validated on those of the slice, which ends
// in the network of its best epoch: so one may do it by hand.
func TestEarlyStoppingIsWhatOneMayDoByHand(t *testing.T) {
	recipe := smallRecipe()
	recipe.Epochs, recipe.Patience, recipe.LearningRate = 400, 7, 0.03
	data := clouds(60, 1)
	got := mustFit(t, recipe, Options{})

	kept, held, err := dataset.StratifiedSplit(data.Labels, twoClasses, 0.1, recipe.Seed)
	if err != nil {
		t.Fatal(err)
	}
	byHand := recipe
	byHand.Patience = 0
	whole, err := Fit(t.Context(), byHand, twoClasses, data.rows(kept), data.rows(held), Options{})
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
	if offset, _ := dataset.Scaling(recipe.Scaling, data.rows(kept).X); !slices.Equal(got.Ensemble.Members[0].Offset, offset) {
		t.Error("the scaling is not that of the rows trained on")
	}
}
