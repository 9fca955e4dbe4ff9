package mlp

import (
	"context"
	"fmt"
	"slices"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// A trainer is the loop of epochs that trains one network. An epoch allocates nothing.
type trainer struct {
	recipe params.Train
	member int
	rate   func(rate float64, epoch, epochs int) float64

	train, test Data
	holdout     Data // of early stopping; without rows if there is none

	net     *Network
	stepper *stepper
	order   []int // of the training rows

	// What changes from epoch to epoch, besides the parameters and the optimizer.
	random   *random.Torch
	history  []Epoch
	patience patience
}

// newTrainer returns the trainer of one member of an ensemble, for steps that several threads may share.
func newTrainer(recipe params.Train, problem Problem, member, threads int) *trainer {
	recipe.Seed += uint32(member)
	t := &trainer{
		recipe: recipe, member: member, rate: choose("schedule", recipe.Schedule, schedules),
		train: problem.Train, test: problem.Test, patience: newPatience(recipe.Patience),
	}
	if t.patience.on() {
		holdout := problem.Holdouts[member]
		t.train, t.holdout = problem.Train.pick(holdout.Train), problem.Train.pick(holdout.Held)
	}
	t.buildNetwork(problem.Classes)
	t.order = make([]int, len(t.train.Labels))
	for i := range t.order {
		t.order[i] = i
	}
	t.stepper = newStepper(t.net, max(t.batchSize(), len(t.test.Labels), len(t.holdout.Labels)), threadsFor(len(t.net.Params), t.batchSize(), threads), slotsOf(problem.Train.X))
	t.stepper.addTraining(recipe, problem)
	return t
}

// buildNetwork draws the initial weights, layer by layer.
func (t *trainer) buildNetwork(classes int) {
	_, inputs := t.train.X.Dims()
	t.net = NewNetwork(Sizes(t.recipe, inputs, classes), t.recipe.Activation, t.recipe.Output)
	t.random = random.NewTorch(t.recipe.Seed)
	for l := range t.net.Layers() {
		t.random.Linear(t.net.Weight(l).Data, t.net.Bias(l))
	}
}

// batchSize returns the number of rows of a step; the last of an epoch may have fewer.
func (t *trainer) batchSize() int { return batchSize(t.recipe, len(t.train.Labels)) }

func batchSize(recipe params.Train, rows int) int {
	if recipe.BatchSize == 0 {
		return rows
	}
	return min(recipe.BatchSize, rows)
}

// stepsPerEpoch returns the number of mini-batches of the training rows.
func (t *trainer) stepsPerEpoch() int { return (len(t.order)-1)/t.batchSize() + 1 }

// takesAllRows reports whether a step takes the whole training set, in file order.
func (t *trainer) takesAllRows() bool { return t.batchSize() == len(t.order) }

// run goes through the epochs that are left and puts the parameters to keep into the network.
func (t *trainer) run(ctx context.Context, options Options, report func(epochs int)) error {
	if err := t.resume(options.Checkpoints); err != nil {
		return err
	}
	t.stepper.start()
	defer t.stepper.stop()
	report(len(t.history))
	for !t.done() {
		if err := t.epoch(ctx); err != nil {
			return err
		}
		if err := t.checkpoint(options.Checkpoints); err != nil {
			return err
		}
		if t.member == 0 && options.Watch != nil {
			if err := options.Watch(t.history); err != nil {
				return err
			}
		}
		report(1)
	}
	if t.patience.on() {
		copy(t.net.Params, t.patience.best.Params)
	}
	return nil
}

func (t *trainer) done() bool { return t.patience.out || len(t.history) == t.recipe.Epochs }

// keptEpoch returns the epoch whose parameters run leaves in the network.
func (t *trainer) keptEpoch() int {
	if t.patience.on() {
		return t.patience.best.Epoch
	}
	return len(t.history) - 1
}

// ending returns how the training ended.
func (t *trainer) ending() Ending {
	return Ending{Loss: t.history[t.keptEpoch()].Train.Loss, Constant: t.stepper.criterion.constant(t.train.Labels, t.net.Classes())}
}

// epoch takes the steps of one epoch and scores the network.
func (t *trainer) epoch(ctx context.Context) error {
	epoch := len(t.history)
	if t.takesAllRows() {
		t.random.Epoch(nil)
	} else {
		t.random.Epoch(t.order)
	}
	rate := t.rate(t.recipe.LearningRate, epoch, t.recipe.Epochs)
	t.stepper.counts.Reset()
	total := 0.0
	for rows := range slices.Chunk(t.order, t.batchSize()) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		total += t.stepper.step(t.train, rows, t.takesAllRows(), epoch, rate)
	}
	scores := Epoch{Train: t.stepper.scores(total / float64(t.stepsPerEpoch()))}
	if len(t.test.Labels) > 0 {
		scores.Val = t.stepper.score(t.test)
	}
	t.history = append(t.history, scores)
	if !exact.IsFinite(scores.Train.Loss) {
		return fmt.Errorf("%w after epoch %d: try a lower train.learning_rate", ErrDiverged, epoch+1)
	}
	if !exact.IsFinite(scores.Val.Loss) {
		return fmt.Errorf("%w on the test rows after epoch %d: try a lower train.learning_rate, unless they have numbers far larger than those trained on", ErrDiverged, epoch+1)
	}
	if t.patience.on() {
		t.patience.watch(epoch, t.stepper.score(t.holdout).Loss, t.net.Params)
	}
	return nil
}
