package mlp

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/params"
)

// A Problem is what Fit trains on.
type Problem struct {
	Classes int // K
	Train   Data
	Test    Data // may have no rows; changes nothing but the scores
	// Holdouts has the rows of early stopping, for each member of the ensemble. It is nil without train.patience.
	Holdouts []Holdout
	// Numeric says which inputs train.input_noise is added to; nil is all.
	Numeric []bool
	// Weights, of each class, weigh the rows in the criterion that is minimized and in the curves; nil is 1 for each.
	Weights []float64
}

// A Holdout divides the rows of Problem.Train, by their numbers: Train are trained on, in this order, and the loss on Held
// decides when to stop.
type Holdout struct{ Train, Held []int }

// Scores are what is measured of a network in every epoch.
type Scores struct {
	Loss     float64 `json:"loss"`
	Accuracy float64 `json:"accuracy"`
	F1Macro  float64 `json:"f1_macro"`
}

// An Epoch is one point of the training curves. Train speaks of the batches as the steps met them,
// before each step; Val of the test rows after the last step.
type Epoch struct {
	Train Scores `json:"train"`
	Val   Scores `json:"val"`
}

// Options are what a caller of Fit may want besides the recipe. The zero value is a good one.
type Options struct {
	// Workers is the number of threads, 0 for GOMAXPROCS: as many members of an ensemble are trained at
	// the same time, and the threads that this leaves share the work of long steps. The result does not
	// depend on it.
	Workers int
	// Memory is how many bytes the training may take, 0 for any number. Fit does not look at it: what a training takes is
	// known before its inputs are made, from Memory.
	Memory int64
	// Progress, unless it is nil, is called after each epoch of each member, by one goroutine at a
	// time, with the number of epochs done by all.
	Progress func(epochs int)
	// Watch, unless it is nil, is called after each epoch of member 0 with the curves so far, which are not to
	// be changed. Its error ends the training.
	Watch func(history []Epoch) error
	// Checkpoints, unless it is nil, keeps states from which a training that was killed continues.
	Checkpoints Checkpoints
}

// A Result is what Fit returns.
type Result struct {
	Members []*Network
	History []Epoch // the curves of member 0, an element per epoch
	Step    int     // the epoch of member 0, from 0, whose parameters were kept
	Final   Epoch   // the scores of the whole
	Endings []Ending
}

// An Ending is how the training of a member ended, by the loss that it minimized: that of the epoch that was kept, and that
// of the best prediction that is the same for each row. A training that ends above Constant has learned nothing.
type Ending struct{ Loss, Constant float64 }

// ErrDiverged marks the error of a training whose loss is not finite.
var ErrDiverged = errors.New("the loss is not finite")

// Fit trains the networks that the recipe asks for on the training rows of a problem, and scores them on its test rows.
//
// Member i has the seed recipe.Seed + i. All draws are those of a PyTorch program that seeds its
// generator, builds the layers in order and loops over DataLoaders; see internal/random. The result
// is the same on any machine with any number of threads. Fit returns soon after ctx is done, with
// its cause; a loss that is not finite is ErrDiverged. The scores of an ensemble are those of its averaged
// probabilities, with the plain log loss.
//
// It panics if the recipe names an activation, output, loss, optimizer or schedule that is none of params', if a label is not
// in [0, Classes), if X, Labels, Numeric and Weights do not agree in their lengths or the rows of Train and Test in theirs, if Train has no
// rows, or if Holdouts has not one element with rows to train on and rows held out for each member just when patience is above 0.
func Fit(ctx context.Context, recipe params.Train, problem Problem, options Options) (*Result, error) {
	problem.check(recipe)
	report := newReport(options.Progress)
	workers := options.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	result := new(Result)
	err := parallel.InOrder(ctx, workers, recipe.Ensemble, func(ctx context.Context, i int) (*trainer, error) {
		t := newTrainer(recipe, problem, i, parallel.Threads(workers, recipe.Ensemble, i))
		if err := t.run(ctx, options, report); err != nil {
			return nil, fmt.Errorf("%w%s", err, ofMember(i, recipe.Ensemble))
		}
		return t, nil
	}, func(t *trainer) {
		if result.Members == nil {
			result.History, result.Step = t.history, t.keptEpoch()
		}
		result.Members = append(result.Members, t.net)
		result.Endings = append(result.Endings, t.ending())
	})
	if err != nil {
		return nil, err
	}
	result.Final = result.History[result.Step]
	if recipe.Ensemble > 1 {
		result.Final = Epoch{Train: scoreAll(result.Members, problem.Train, workers), Val: scoreAll(result.Members, problem.Test, workers)}
	}
	return result, nil
}

// check panics if the caller has broken a rule of Fit.
func (p Problem) check(recipe params.Train) {
	choose("activation", recipe.Activation, activations)
	choose("output", recipe.Output, outputActivations)
	choose("loss", recipe.Loss, losses)
	choose("optimizer", recipe.Optimizer, optimizers)
	choose("schedule", recipe.Schedule, schedules)
	inputs := p.Train.check(p.Classes)
	if len(p.Train.Labels) == 0 {
		panic("mlp: there must be rows to train on")
	}
	if len(p.Test.Labels) > 0 && (p.Test.check(p.Classes) != inputs || slotsOf(p.Test.X) != slotsOf(p.Train.X)) {
		panic("mlp: the rows of Train and Test must have equally many inputs")
	}
	if p.Numeric != nil && len(p.Numeric) != inputs {
		panic("mlp: Numeric must have an element for each input")
	}
	if p.Weights != nil && len(p.Weights) != p.Classes {
		panic("mlp: Weights must have an element for each class")
	}
	if recipe.Patience > 0 && len(p.Holdouts) != recipe.Ensemble || recipe.Patience == 0 && p.Holdouts != nil {
		panic("mlp: Holdouts must have an element for each member if there is patience, and be nil otherwise")
	}
	for _, h := range p.Holdouts {
		if len(h.Train) == 0 || len(h.Held) == 0 {
			panic("mlp: a holdout must have rows to train on and rows held out")
		}
	}
}

// check panics unless each row has a label that is one of the classes, and returns I.
func (d Data) check(classes int) (inputs int) {
	rows := 0
	if d.X != nil {
		rows, inputs = d.X.Dims()
	}
	if rows != len(d.Labels) {
		panic("mlp: X must have a row for each label")
	}
	for _, label := range d.Labels {
		if label < 0 || label >= classes {
			panic("mlp: a label must be the index of a class")
		}
	}
	return inputs
}

func ofMember(i, members int) string {
	if members == 1 {
		return ""
	}
	return fmt.Sprintf(" (network %d of %d)", i+1, members)
}

// scoreAll measures the averaged probabilities of an ensemble.
func scoreAll(members []*Network, data Data, workers int) Scores {
	if len(data.Labels) == 0 {
		return Scores{}
	}
	predictions := Predict(members, data.X, workers)
	counts := metrics.Count(data.Labels, predictions.Classes, members[0].Classes())
	return Scores{
		Loss:     metrics.LogLoss(predictions.Probabilities, data.Labels),
		Accuracy: counts.Accuracy(),
		F1Macro:  counts.MacroF1(),
	}
}

// newReport counts the epochs of all members.
func newReport(progress func(epochs int)) func(epochs int) {
	if progress == nil {
		return func(int) {}
	}
	var lock sync.Mutex
	done := 0
	return func(epochs int) {
		lock.Lock()
		defer lock.Unlock()
		done += epochs
		progress(done)
	}
}
