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

// smallRecipe has every part of the training that depends on another draw.
func smallRecipe() params.Train {
	return params.Train{
		Seed: 3, HiddenSizes: []int{8, 5}, Activation: params.GELU, Output: params.Linear,
		Loss: params.CrossEntropy, Optimizer: params.Adam, LearningRate: 0.01, Schedule: params.Cosine,
		Epochs: 12, BatchSize: 16, Dropout: 0.2, InputNoise: 0.3,
		LabelSmoothing: 0.1, Ensemble: 1,
	}
}

// clouds are two overlapping clouds of points, the first half of the rows in one class.
func clouds(rows int, seed uint32) Data {
	x, labels := newMatrix(rows, 6), make([]int, rows)
	stream := random.Stream{Seed: seed}
	for b := range rows {
		labels[b] = b * 2 / rows
		drawNormals(row(x, b), stream, 0, uint32(b))
		for i := range row(x, b) {
			row(x, b)[i] += 0.8 * float64(labels[b])
		}
	}
	return Data{Matrix(x), labels}
}

// smallProblem has 60 rows to train on and 40 to test on. With patience every tenth row is held out.
func smallProblem(recipe params.Train) Problem {
	p := Problem{Classes: 2, Train: clouds(60, 1), Test: clouds(40, 2)}
	for member := range recipe.Ensemble {
		if recipe.Patience == 0 {
			break
		}
		var h Holdout
		for b := range 60 {
			if b%10 == member%10 {
				h.Held = append(h.Held, b)
			} else {
				h.Train = append(h.Train, b)
			}
		}
		p.Holdouts = append(p.Holdouts, h)
	}
	return p
}

// lazy returns the same rows, but not in memory as a matrix.
func lazy(d Data) Data {
	rows := make([]int, len(d.Labels))
	for i := range rows {
		rows[i] = i
	}
	return Data{subset{d.X, rows}, d.Labels}
}

func mustFit(t *testing.T, recipe params.Train, options Options) *Result {
	t.Helper()
	result, err := Fit(t.Context(), recipe, smallProblem(recipe), options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// sameResult compares bits.
func sameResult(t *testing.T, got, want *Result) {
	t.Helper()
	if len(got.Members) != len(want.Members) {
		t.Fatalf("%d networks, want %d", len(got.Members), len(want.Members))
	}
	for i, n := range want.Members {
		if !slices.Equal(got.Members[i].Params, n.Params) {
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
		if !slices.Equal(alone.Members[0].Params, whole.Members[i].Params) {
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
	if !slices.Equal(alone.Members[0].Params, whole.Members[1].Params) {
		t.Error("the seed after 4294967295 is not 0")
	}
}

func TestEnsembleAveragesProbabilities(t *testing.T) {
	recipe := smallRecipe()
	recipe.Ensemble = 3
	networks := mustFit(t, recipe, Options{}).Members
	x := clouds(20, 5).X
	got := Predict(networks, x, 1)
	for b := range 20 {
		for k := range 2 {
			mean := 0.0
			for i := range networks {
				mean += row(Predict(networks[i:i+1], x, 1).Probabilities, b)[k] / 3
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
	trainer := newTrainer(recipe, smallProblem(recipe), 0, 1)
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
	trainer := newTrainer(recipe, smallProblem(recipe), 0, 1)
	first := slices.Clone(drawn(trainer, 0, trainer.order...))
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
	if slices.Equal(first, drawn(trainer, 1, trainer.order...)) {
		t.Error("two epochs have the same masks")
	}
	if !slices.Equal(first, drawn(trainer, 0, trainer.order...)) {
		t.Error("the same epoch has other masks when they are drawn again")
	}
}

// drawn is the first mask as a step of the epoch on these rows draws it.
func drawn(t *trainer, epoch int, rows ...int) []float64 {
	s := t.stepper
	s.chunk.epoch = epoch
	s.load(t.train, rows, false)
	s.drawMasks(span{0, len(rows)})
	return s.tape.mask[0].Data
}

func TestNoiseIsOfARowAndNotOfItsPlaceInTheBatch(t *testing.T) {
	recipe := smallRecipe()
	trainer := newTrainer(recipe, smallProblem(recipe), 0, 1)
	one := slices.Clone(row(gathered(trainer, 4, 7, 21, 3), 1))
	if other := row(gathered(trainer, 4, 21), 0); !slices.Equal(one, other) {
		t.Error("the noise of a row depends on its batch")
	}
	sum, squares, count := 0.0, 0.0, 0
	for epoch := range 200 {
		batch := gathered(trainer, epoch, 0, 1, 2, 3, 4)
		for b := range 5 {
			for i, v := range row(batch, b) {
				noise := v - row(matrixOf(trainer.train), b)[i]
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

func TestNoiseIsAddedToNumericInputsOnly(t *testing.T) {
	recipe := smallRecipe()
	problem := smallProblem(recipe)
	all := gathered(newTrainer(recipe, problem, 0, 1), 4, 7, 21)
	problem.Numeric = []bool{true, false, true, true, false, true}
	got := gathered(newTrainer(recipe, problem, 0, 1), 4, 7, 21)
	for b, r := range []int{7, 21} {
		for i, numeric := range problem.Numeric {
			want := row(all, b)[i]
			if !numeric {
				want = row(matrixOf(problem.Train), r)[i]
			}
			if row(got, b)[i] != want {
				t.Errorf("row %d, input %d: %v, want %v", r, i, row(got, b)[i], want)
			}
		}
	}
}

// gathered are rows of the training set as a step of the epoch takes them.
func gathered(t *trainer, epoch int, rows ...int) blas64.General {
	s := t.stepper
	s.chunk.epoch = epoch
	s.load(t.train, rows, false)
	s.addNoise(s.pieceOf(0), row(s.noise, 0))
	return s.tape.inputs(0)
}

func matrixOf(d Data) blas64.General { return blas64.General(d.X.(Matrix)) }

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
	trainer := newTrainer(recipe, smallProblem(recipe), 0, 1)
	for range result.Step + 1 {
		if err := trainer.epoch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(trainer.net.Params, result.Members[0].Params) {
		t.Error("the network kept is not that of the best epoch")
	}
}

func TestADivergingLossIsAnError(t *testing.T) {
	recipe := smallRecipe()
	recipe.Optimizer, recipe.LearningRate, recipe.Epochs = params.SGD, 1e300, 20
	_, err := Fit(t.Context(), recipe, smallProblem(recipe), Options{})
	if err == nil || !strings.Contains(err.Error(), "not finite") {
		t.Errorf("got %v", err)
	}
}

func TestFitStopsWithItsContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	recipe := smallRecipe()
	recipe.Epochs = math.MaxInt32
	_, err := Fit(ctx, recipe, smallProblem(recipe), Options{Progress: func(epochs int) {
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

func (m *memory) Load(_ int, fits func(*State) bool) (*State, error) {
	if len(m.states) == 0 || !fits(&m.states[len(m.states)-1]) {
		return nil, nil
	}
	return &m.states[len(m.states)-1], nil
}

func (m *memory) Save(_ int, s *State) error {
	m.states = append(m.states, clone(s))
	return nil
}

func clone(s *State) State {
	kept := *s
	kept.Params = slices.Clone(s.Params)
	kept.Optimizer.M, kept.Optimizer.V = slices.Clone(s.Optimizer.M), slices.Clone(s.Optimizer.V)
	kept.Random = slices.Clone(s.Random)
	kept.History = slices.Clone(s.History)
	kept.Best.Params = slices.Clone(s.Best.Params)
	return kept
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
					first := -1 // the number of epochs when it resumes
					progress := func(epochs int) {
						if first < 0 {
							first = epochs
						}
					}
					sameResult(t, mustFit(t, recipe, Options{Checkpoints: &kept, Progress: progress}), want)
					if had := len(all.states[i].History); first != had {
						t.Errorf("resumed at epoch %d, not at %d", first, had)
					}
				})
			}
		})
	}
}

// A state may come from anybody. One that cannot be this training's, for its sizes or its numbers, is as if there were none.
func TestAStateThatDoesNotFitIsNotResumed(t *testing.T) {
	spoils := map[string]func(*State){
		"empty":                      func(s *State) { *s = State{} },
		"fewer parameters":           func(s *State) { s.Params = s.Params[1:] },
		"no parameters":              func(s *State) { s.Params = nil },
		"more moments":               func(s *State) { s.Optimizer.M = append(s.Optimizer.M, 1) },
		"no moments":                 func(s *State) { s.Optimizer.M = nil },
		"fewer second moments":       func(s *State) { s.Optimizer.V = s.Optimizer.V[1:] },
		"no second moments":          func(s *State) { s.Optimizer.V = nil },
		"no steps":                   func(s *State) { s.Optimizer.Steps = 0 },
		"negative steps":             func(s *State) { s.Optimizer.Steps *= -1 },
		"a step too many":            func(s *State) { s.Optimizer.Steps++ },
		"the most steps":             func(s *State) { s.Optimizer.Steps = math.MaxInt },
		"no generator":               func(s *State) { s.Random = nil },
		"half a generator":           func(s *State) { s.Random = s.Random[:100] },
		"a generator nowhere":        func(s *State) { clear(s.Random) },
		"no history":                 func(s *State) { s.History = nil },
		"an epoch too few":           func(s *State) { s.History = s.History[1:] },
		"an epoch too many":          func(s *State) { s.History = append(s.History, Epoch{}) },
		"more epochs than there are": func(s *State) { s.History = make([]Epoch, 13); s.Optimizer.Steps = 13 * s.Optimizer.Steps / 4 },
		"a loss that is infinite":    func(s *State) { s.History[1].Val.Loss = math.Inf(1) },
		"an accuracy that is NaN":    func(s *State) { s.History[0].Train.Accuracy = math.NaN() },
		"best parameters cut":        func(s *State) { s.Best.Params = s.Params[1:] },
		"a best epoch to come":       func(s *State) { s.Best.Epoch = 4 },
		"a best epoch before all":    func(s *State) { s.Best.Epoch = -1 },
		"a best epoch that is far":   func(s *State) { s.Best.Epoch = math.MinInt },
		"a best loss that is NaN":    func(s *State) { s.Best.Loss = math.NaN() },
		"stopped":                    func(s *State) { s.Stopped = true },
	}
	for _, patience := range []int{0, 8} {
		recipe := smallRecipe()
		recipe.CheckpointEvery, recipe.Patience = 4, patience
		var all memory
		want := mustFit(t, recipe, Options{Checkpoints: &all})
		for name, spoil := range spoils {
			t.Run(fmt.Sprintf("%s, with a patience of %d", name, patience), func(t *testing.T) {
				forged := memory{[]State{clone(&all.states[0])}}
				spoil(&forged.states[0])
				var epochs []int
				progress := func(done int) { epochs = append(epochs, done) }
				sameResult(t, mustFit(t, recipe, Options{Checkpoints: &forged, Progress: progress}), want)
				if epochs[0] != 0 {
					t.Errorf("resumed at epoch %d", epochs[0])
				}
			})
		}
	}
}
