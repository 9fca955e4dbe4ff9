package mlp

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
)

// Data is a set of rows: X is B x I and Labels has the class of each row.
type Data struct {
	X      blas64.General
	Labels []int
}

// Scores are what is measured of a network in every epoch.
type Scores struct {
	Loss     float64 `json:"loss"`
	Accuracy float64 `json:"accuracy"`
	F1Macro  float64 `json:"f1_macro"`
}

// An Epoch is one point of the training curves. Train speaks of the batches as the steps met them,
// before each step; Val of the validation rows after the last step.
type Epoch struct {
	Train Scores `json:"train"`
	Val   Scores `json:"val"`
}

// Options are what a caller of Fit may want besides the recipe. The zero value is a good one.
type Options struct {
	// Workers is the number of threads, 0 is GOMAXPROCS: as many members of an ensemble are trained at
	// the same time, and the threads that are left share the work of long steps. The result does not
	// depend on it.
	Workers int
	// Progress, where it is not nil, is called after each epoch of each member, by one goroutine at a
	// time, with the number of epochs done by all.
	Progress func(epochs int)
	// Checkpoints, where it is not nil, keeps states from which a training that was killed goes on.
	Checkpoints Checkpoints
}

// A Result is what Fit gives.
type Result struct {
	Ensemble *Ensemble
	History  []Epoch // the curves of member 0, an element per epoch
	Step     int     // the epoch of member 0, from 0, whose parameters were kept
	Final    Epoch   // the scores of the whole
}

// Fit trains the networks that the recipe asks for on the rows of train, and scores them on those of
// val, of which there may be none: they change nothing but the scores. Classes are the labels'
// texts, by index.
//
// Member i has the seed recipe.Seed + i. All draws are those of a PyTorch program that seeds its
// generator, builds the layers in order and loops over DataLoaders; see internal/random. The result
// is the same on any machine with any number of threads. Fit returns soon after ctx is done, with
// its cause; a loss that is not finite is an error too.
func Fit(ctx context.Context, recipe params.Train, classes []string, train, val Data, options Options) (*Result, error) {
	trainers := make([]*trainer, recipe.Ensemble)
	report := newReport(options.Progress)
	workers := options.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	err := inParallel(workers, len(trainers), func(i int) error {
		t, err := newTrainer(recipe, i, classes, train, val, max(1, workers/len(trainers)))
		if err != nil {
			return err
		}
		trainers[i] = t
		if err := t.run(ctx, options.Checkpoints, report); err != nil {
			return fmt.Errorf("%w%s", err, ofMember(i, recipe.Ensemble))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newResult(trainers, classes, train, val), nil
}

func ofMember(i, members int) string {
	if members == 1 {
		return ""
	}
	return fmt.Sprintf(" (network %d of %d)", i+1, members)
}

func newResult(trainers []*trainer, classes []string, train, val Data) *Result {
	first := trainers[0]
	result := &Result{
		Ensemble: &Ensemble{Classes: classes},
		History:  first.history,
		Step:     first.keptEpoch(),
	}
	for _, t := range trainers {
		result.Ensemble.Members = append(result.Ensemble.Members, t.net)
	}
	if len(trainers) == 1 {
		result.Final = first.history[result.Step]
		return result
	}
	result.Final = Epoch{Train: result.Ensemble.score(train), Val: result.Ensemble.score(val)}
	return result
}

// score measures the averaged probabilities; the loss is the plain log loss.
func (e *Ensemble) score(data Data) Scores {
	if len(data.Labels) == 0 {
		return Scores{}
	}
	predictions := e.Predict(data.X)
	counts := metrics.Count(data.Labels, predictions.Classes, len(e.Classes))
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

// inParallel calls work for 0 to n-1 on a number of workers and gives the error of the lowest index.
func inParallel(workers, n int, work func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	next := make(chan int)
	for range min(workers, n) {
		group.Go(func() {
			for i := range next {
				errs[i] = work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
