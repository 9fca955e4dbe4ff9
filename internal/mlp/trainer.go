package mlp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// A trainer trains one network. Its buffers are made once, so that an epoch allocates nothing.
type trainer struct {
	recipe params.Train
	member int
	net    *Network
	loss   loss

	train, val, slice Data // scaled; slice decides the early stopping, and is empty without it

	// All that changes from epoch to epoch, besides the network's parameters.
	optimizer *optimizer
	random    *random.Torch
	history   []Epoch
	best      Best
	stopped   bool // early

	order    []int
	batch    Data
	gradient []float64
	tape     *tape // of the steps
	scoring  *tape // of validation, without dropout
	noise    []float64
	counts   *metrics.Counts
}

// Best is the epoch of the lowest loss on the early-stopping slice.
type Best struct {
	Epoch  int
	Loss   float64
	Params []float64
}

// earlyStoppingShare is the share of the training rows that decides when to stop.
const earlyStoppingShare = 0.1

func newTrainer(recipe params.Train, member int, classes []string, train, val Data) (*trainer, error) {
	recipe.Seed += uint32(member)
	t := &trainer{recipe: recipe, member: member, loss: losses[recipe.Loss], train: train, val: val}
	if recipe.Patience > 0 {
		kept, held, err := dataset.StratifiedSplit(train.Labels, classes, earlyStoppingShare, recipe.Seed)
		if err != nil {
			return nil, fmt.Errorf("train.patience: %w", err)
		}
		t.train, t.slice = train.rows(kept), train.rows(held)
	}
	t.buildNetwork(len(classes))
	t.scaleInputs()
	t.makeBuffers(len(classes))
	return t, nil
}

// buildNetwork draws the initial weights, layer by layer.
func (t *trainer) buildNetwork(classes int) {
	sizes := slices.Concat([]int{t.train.X.Cols}, t.recipe.HiddenSizes, []int{OutputsFor(t.recipe.Loss, classes)})
	t.net = NewNetwork(sizes, t.recipe.Activation, t.recipe.Output)
	t.random = random.NewTorch(t.recipe.Seed)
	for l := range t.net.Layers() {
		t.random.Linear(t.net.Weight(l).Data, t.net.Bias(l))
	}
	t.optimizer = newOptimizer(t.recipe, len(t.net.Params))
	t.best.Loss = math.Inf(1)
}

// scaleInputs fits the scaling on the rows that are trained on.
func (t *trainer) scaleInputs() {
	t.net.Offset, t.net.Divisor = dataset.Scaling(t.recipe.Scaling, t.train.X)
	for _, data := range []*Data{&t.train, &t.val, &t.slice} {
		data.X = t.net.scaled(data.X)
	}
}

func (t *trainer) makeBuffers(classes int) {
	rows := len(t.train.Labels)
	t.order = make([]int, rows)
	t.gradient = make([]float64, len(t.net.Params))
	t.noise = make([]float64, t.train.X.Cols)
	t.counts = metrics.NewCounts(classes)
	t.scoring = newTape(t.net, max(len(t.val.Labels), len(t.slice.Labels)))
	size := t.batchSize()
	t.tape = newTape(t.net, size)
	if t.recipe.Dropout > 0 {
		t.tape.addDropout()
	}
	t.batch = Data{X: newMatrix(size, t.train.X.Cols), Labels: make([]int, size)}
}

// batchSize is the number of rows of a step; the last of an epoch may have fewer.
func (t *trainer) batchSize() int {
	rows := len(t.train.Labels)
	if t.recipe.BatchSize == 0 {
		return rows
	}
	return min(t.recipe.BatchSize, rows)
}

// run goes through the epochs that are left and puts the parameters to keep into the network.
func (t *trainer) run(ctx context.Context, checkpoints Checkpoints, report func(epochs int)) error {
	if err := t.resume(checkpoints); err != nil {
		return err
	}
	report(len(t.history))
	for !t.done() {
		if err := t.epoch(ctx); err != nil {
			return err
		}
		if err := t.checkpoint(checkpoints); err != nil {
			return err
		}
		report(1)
	}
	if t.recipe.Patience > 0 {
		copy(t.net.Params, t.best.Params)
	}
	return nil
}

func (t *trainer) done() bool { return t.stopped || len(t.history) == t.recipe.Epochs }

// keptEpoch is the epoch whose parameters run leaves in the network.
func (t *trainer) keptEpoch() int {
	if t.recipe.Patience > 0 {
		return t.best.Epoch
	}
	return len(t.history) - 1
}

// epoch takes the steps of one epoch and scores the network.
func (t *trainer) epoch(ctx context.Context) error {
	epoch := len(t.history)
	t.random.Epoch(t.order)
	if t.batchSize() == len(t.order) {
		ascending(t.order) // one step on all rows takes them in file order
	}
	rate := t.rate(epoch)
	t.counts.Reset()
	total, steps := 0.0, 0
	for rows := range slices.Chunk(t.order, t.batchSize()) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		total += t.step(epoch, rows, rate)
		steps++
	}
	scores := Epoch{Train: t.scores(total / float64(steps))}
	if len(t.val.Labels) > 0 {
		scores.Val = t.validate(t.val)
	}
	t.history = append(t.history, scores)
	if !isFinite(scores.Train.Loss) || !isFinite(scores.Val.Loss) {
		return fmt.Errorf("the loss is not finite after epoch %d: try a lower train.learning_rate", epoch+1)
	}
	t.watch(epoch)
	return nil
}

// step makes one step on the given rows and gives the mean loss before it.
func (t *trainer) step(epoch int, rows []int, rate float64) float64 {
	batch := t.gather(epoch, rows)
	t.drawMasks(epoch, rows)
	outputs := t.net.forward(t.tape, batch.X)
	value := t.loss.value(outputs, batch.Labels, t.recipe.LabelSmoothing)
	t.count(outputs, batch.Labels)

	t.loss.gradient(head(t.tape.d[t.net.Layers()-1], len(rows)), outputs, batch.Labels, t.recipe.LabelSmoothing)
	t.net.backward(t.tape, t.gradient)
	t.optimizer.step(t.net.Params, t.gradient, rate)
	return value
}

// rate is the learning rate of an epoch, from 0; the cosine is PyTorch's CosineAnnealingLR over all
// epochs.
func (t *trainer) rate(epoch int) float64 {
	if t.recipe.Schedule == params.Cosine {
		return t.recipe.LearningRate * (1 + exact.Cos(math.Pi*float64(epoch)/float64(t.recipe.Epochs))) / 2
	}
	return t.recipe.LearningRate
}

// gather copies the rows of a batch together and adds the input noise.
func (t *trainer) gather(epoch int, rows []int) Data {
	batch := Data{X: head(t.batch.X, len(rows)), Labels: t.batch.Labels[:len(rows)]}
	for b, r := range rows {
		copy(row(batch.X, b), row(t.train.X, r))
		batch.Labels[b] = t.train.Labels[r]
	}
	if t.recipe.InputNoise > 0 {
		t.addNoise(epoch, batch.X, rows)
	}
	return batch
}

// validate scores the network, as it stands, on rows that it is not trained on.
func (t *trainer) validate(data Data) Scores {
	outputs := t.net.forward(t.scoring, data.X)
	t.counts.Reset()
	t.count(outputs, data.Labels)
	return t.scores(t.loss.value(outputs, data.Labels, t.recipe.LabelSmoothing))
}

func (t *trainer) count(outputs blas64.General, labels []int) {
	for b, label := range labels {
		t.counts.Add(label, predict(row(outputs, b)))
	}
}

func (t *trainer) scores(loss float64) Scores {
	return Scores{Loss: loss, Accuracy: t.counts.Accuracy(), F1Macro: t.counts.MacroF1()}
}

// watch keeps the best parameters and stops the training when they are old.
func (t *trainer) watch(epoch int) {
	if t.recipe.Patience == 0 {
		return
	}
	if loss := t.validate(t.slice).Loss; loss < t.best.Loss {
		t.best.Epoch, t.best.Loss = epoch, loss
		t.best.Params = append(t.best.Params[:0], t.net.Params...)
	}
	t.stopped = epoch-t.best.Epoch >= t.recipe.Patience
}

// rows gathers the given rows.
func (d Data) rows(rows []int) Data {
	part := Data{X: newMatrix(len(rows), d.X.Cols), Labels: make([]int, len(rows))}
	for i, r := range rows {
		copy(row(part.X, i), row(d.X, r))
		part.Labels[i] = d.Labels[r]
	}
	return part
}

func ascending(order []int) {
	for i := range order {
		order[i] = i
	}
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
