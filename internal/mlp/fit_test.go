package mlp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

var twoClasses = []string{"R", "M"}

// recipe is a small one, with every part of the training that depends on another draw.
func smallRecipe() params.Train {
	return params.Train{
		Seed: 3, HiddenSizes: []int{8, 5}, Activation: params.GELU, Output: params.Linear,
		Loss: params.CrossEntropy, Optimizer: params.Adam, LearningRate: 0.01, Schedule: params.Cosine,
		Epochs: 12, BatchSize: 16, Scaling: params.Standard, Dropout: 0.2, InputNoise: 0.3,
		LabelSmoothing: 0.1, Ensemble: 1,
	}
}

// clouds are two overlapping clouds of points, the first half of the rows in one class.
func clouds(rows int, seed uint32) Data {
	data := Data{X: newMatrix(rows, 6), Labels: make([]int, rows)}
	stream := random.Stream{Seed: seed}
	for b := range rows {
		data.Labels[b] = b * 2 / rows
		drawNormals(row(data.X, b), stream, 0, uint32(b))
		for i := range row(data.X, b) {
			row(data.X, b)[i] += 0.8 * float64(data.Labels[b])
		}
	}
	return data
}

func mustFit(t *testing.T, recipe params.Train, options Options) *Result {
	t.Helper()
	result, err := Fit(t.Context(), recipe, twoClasses, clouds(60, 1), clouds(40, 2), options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// sameResult compares bits.
func sameResult(t *testing.T, got, want *Result) {
	t.Helper()
	if len(got.Ensemble.Members) != len(want.Ensemble.Members) {
		t.Fatalf("%d networks, want %d", len(got.Ensemble.Members), len(want.Ensemble.Members))
	}
	for i, n := range want.Ensemble.Members {
		if !slices.Equal(got.Ensemble.Members[i].Params, n.Params) {
			t.Errorf("network %d has other parameters", i)
		}
	}
	if !slices.Equal(got.History, want.History) || got.Final != want.Final || got.Step != want.Step {
		t.Error("the scores differ")
	}
}

func TestFitDoesNotDependOnThreads(t *testing.T) {
	recipe := smallRecipe()
	recipe.Ensemble = 5
	want := mustFit(t, recipe, Options{Workers: 1})
	for _, threads := range []int{1, 2, 7} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		sameResult(t, mustFit(t, recipe, Options{}), want)
	}
}

func TestMembersAreTrainingsWithTheNextSeeds(t *testing.T) {
	recipe := smallRecipe()
	recipe.Ensemble = 3
	whole := mustFit(t, recipe, Options{})
	recipe.Ensemble = 1
	for i := range 3 {
		alone := mustFit(t, recipe, Options{})
		if !slices.Equal(alone.Ensemble.Members[0].Params, whole.Ensemble.Members[i].Params) {
			t.Errorf("network %d is not the one that seed %d trains", i, recipe.Seed)
		}
		if i == 0 && !slices.Equal(alone.History, whole.History) {
			t.Error("the curves are not those of the first network")
		}
		recipe.Seed++
	}
}

func TestSeedsWrapAround(t *testing.T) {
	recipe := smallRecipe()
	recipe.Seed, recipe.Ensemble = math.MaxUint32, 2
	whole := mustFit(t, recipe, Options{})
	recipe.Seed, recipe.Ensemble = 0, 1
	alone := mustFit(t, recipe, Options{})
	if !slices.Equal(alone.Ensemble.Members[0].Params, whole.Ensemble.Members[1].Params) {
		t.Error("the seed after 4294967295 is not 0")
	}
}

func TestEnsembleAveragesProbabilities(t *testing.T) {
	recipe := smallRecipe()
	recipe.Ensemble = 3
	ensemble := mustFit(t, recipe, Options{}).Ensemble
	x := clouds(20, 5).X
	got := ensemble.Predict(x)
	for b := range x.Rows {
		for k := range twoClasses {
			mean := 0.0
			for _, n := range ensemble.Members {
				single := &Ensemble{Classes: twoClasses, Members: []*Network{n}}
				mean += row(single.Predict(x).Probabilities, b)[k] / 3
			}
			if p := row(got.Probabilities, b)[k]; math.Abs(p-mean) > 1e-15 {
				t.Errorf("row %d class %d: probability %v, the mean of the networks' is %v", b, k, p, mean)
			}
		}
		if p := row(got.Probabilities, b); p[got.Classes[b]] != slices.Max(p) {
			t.Errorf("row %d: the class predicted is not the most probable", b)
		}
	}
}

func TestEpochsAllocateNothing(t *testing.T) {
	recipe := smallRecipe()
	recipe.Epochs = 1000
	trainer, err := newTrainer(recipe, 0, twoClasses, clouds(60, 1), clouds(40, 2), 1)
	if err != nil {
		t.Fatal(err)
	}
	trainer.history = make([]Epoch, 0, recipe.Epochs)
	allocations := testing.AllocsPerRun(20, func() {
		if err := trainer.epoch(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if allocations != 0 {
		t.Errorf("an epoch allocates %v times", allocations)
	}
}

func TestDropoutDropsItsShare(t *testing.T) {
	recipe := smallRecipe()
	recipe.HiddenSizes, recipe.BatchSize, recipe.Dropout = []int{1000}, 0, 0.3
	trainer, err := newTrainer(recipe, 0, twoClasses, clouds(60, 1), Data{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	all := span{0, len(trainer.order)}
	trainer.drawMasks(0, trainer.order, all)
	first := slices.Clone(trainer.tape.mask[0].Data)
	dropped := 0
	for _, m := range first {
		switch m {
		case 0:
			dropped++
		case 1 / (1 - 0.3):
		default:
			t.Fatalf("a mask holds %v", m)
		}
	}
	// 60,000 draws: the share's standard deviation is 0.0019.
	if share := float64(dropped) / float64(len(first)); math.Abs(share-0.3) > 4*0.0019 {
		t.Errorf("%v of the units are dropped, want 0.3", share)
	}
	trainer.drawMasks(1, trainer.order, all)
	if slices.Equal(first, trainer.tape.mask[0].Data) {
		t.Error("two epochs have the same masks")
	}
	trainer.drawMasks(0, trainer.order, all)
	if !slices.Equal(first, trainer.tape.mask[0].Data) {
		t.Error("the same epoch has other masks when they are drawn again")
	}
}

func TestNoiseIsOfARowAndNotOfItsPlaceInTheBatch(t *testing.T) {
	recipe := smallRecipe()
	trainer, err := newTrainer(recipe, 0, twoClasses, clouds(60, 1), Data{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	one := slices.Clone(row(gathered(trainer, 4, 7, 21, 3), 1))
	if other := row(gathered(trainer, 4, 21), 0); !slices.Equal(one, other) {
		t.Error("the noise of a row depends on its batch")
	}
	sum, squares, count := 0.0, 0.0, 0
	for epoch := range 200 {
		batch := gathered(trainer, epoch, 0, 1, 2, 3, 4)
		for b := range 5 {
			for i, v := range row(batch, b) {
				noise := v - row(trainer.train.X, b)[i]
				sum, squares, count = sum+noise, squares+noise*noise, count+1
			}
		}
	}
	// 6,000 draws: the mean's standard deviation is 0.0039, that of the root mean square 0.0027.
	mean, sd := sum/float64(count), math.Sqrt(squares/float64(count))
	if math.Abs(mean) > 4*0.0039 || math.Abs(sd-recipe.InputNoise) > 4*0.0027 {
		t.Errorf("the noise has mean %v and standard deviation %v, want 0 and %v", mean, sd, recipe.InputNoise)
	}
}

// gathered are rows of the training set as a step of the epoch sees them.
func gathered(t *trainer, epoch int, rows ...int) blas64.General {
	t.take(epoch, len(rows), rows)
	t.gather(span{0, len(rows)}, row(t.noise, 0))
	return t.tape.x
}

func TestEarlyStopping(t *testing.T) {
	recipe := smallRecipe()
	recipe.Epochs, recipe.Patience, recipe.LearningRate = 400, 5, 0.03
	result := mustFit(t, recipe, Options{})
	if stopped := len(result.History); stopped >= recipe.Epochs {
		t.Fatal("the training was not stopped")
	} else if stopped != result.Step+recipe.Patience+1 {
		t.Errorf("stopped after %d epochs, %d after the best", stopped, stopped-result.Step-1)
	}
	if result.Final != result.History[result.Step] {
		t.Error("the scores are not those of the epoch that was kept")
	}
	// The training up to the best epoch, but with the schedule of the whole, ends in the same network.
	trainer, err := newTrainer(recipe, 0, twoClasses, clouds(60, 1), clouds(40, 2), 1)
	if err != nil {
		t.Fatal(err)
	}
	if held := len(trainer.slice.Labels); held != 6 {
		t.Errorf("%d of 60 rows decide when to stop, want 6", held)
	}
	for range result.Step + 1 {
		if err := trainer.epoch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(trainer.net.Params, result.Ensemble.Members[0].Params) {
		t.Error("the network kept is not that of the best epoch")
	}
}

func TestADivergingLossIsAnError(t *testing.T) {
	recipe := smallRecipe()
	recipe.Optimizer, recipe.LearningRate, recipe.Epochs = params.SGD, 1e300, 20
	_, err := Fit(t.Context(), recipe, twoClasses, clouds(60, 1), Data{}, Options{})
	if err == nil || !strings.Contains(err.Error(), "not finite") {
		t.Errorf("got %v", err)
	}
}

func TestFitStopsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	recipe := smallRecipe()
	recipe.Epochs = math.MaxInt32
	_, err := Fit(ctx, recipe, twoClasses, clouds(60, 1), Data{}, Options{Progress: func(epochs int) {
		if epochs == 3 {
			cancel(cause)
		}
	}})
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

// memory keeps every state that it is given, as a checkpoint on disk would: apart from the training.
type memory struct{ states []State }

func (m *memory) Load(int) (*State, error) {
	if len(m.states) == 0 {
		return nil, nil
	}
	return &m.states[len(m.states)-1], nil
}

func (m *memory) Save(_ int, s *State) error {
	kept := *s
	kept.Params = slices.Clone(s.Params)
	kept.Optimizer.M, kept.Optimizer.V = slices.Clone(s.Optimizer.M), slices.Clone(s.Optimizer.V)
	kept.History = slices.Clone(s.History)
	kept.Best.Params = slices.Clone(s.Best.Params)
	m.states = append(m.states, kept)
	return nil
}

func TestATrainingGoesOnFromAnyCheckpoint(t *testing.T) {
	for name, change := range map[string]func(*params.Train){
		"adam":             func(*params.Train) {},
		"sgd":              func(r *params.Train) { r.Optimizer = params.SGD },
		"adamw and decay":  func(r *params.Train) { r.Optimizer, r.WeightDecay = params.AdamW, 0.1 },
		"early stopping":   func(r *params.Train) { r.Epochs, r.Patience, r.LearningRate = 400, 5, 0.03 },
		"patience is long": func(r *params.Train) { r.Patience = 50 },
	} {
		t.Run(name, func(t *testing.T) {
			recipe := smallRecipe()
			recipe.CheckpointEvery = 2
			change(&recipe)
			var all memory
			want := mustFit(t, recipe, Options{Checkpoints: &all})
			if len(all.states) < 2 {
				t.Fatalf("%d checkpoints", len(all.states))
			}
			for i := range all.states {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					var kept memory
					kept.Save(0, &all.states[i])
					sameResult(t, mustFit(t, recipe, Options{Checkpoints: &kept}), want)
				})
			}
		})
	}
}
