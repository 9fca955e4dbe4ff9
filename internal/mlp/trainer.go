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
	gradient []float64
	x        blas64.General // of the rows that are gathered, with their labels
	labels   []int
	tape     *tape // of the steps
	scoring  *tape // of validation, without dropout
	counts   *metrics.Counts

	threads int // that share a step
	team    *team
	parts   parts
	noise   blas64.General // of one row, for each part of the work
	now     chunk

	scored    []int // the labels of the rows that are being validated
	predicted []int // scratch of tally
}

// A chunk is the rows that the team is at work on: of a batch as many as the caches hold.
type chunk struct {
	epoch  int
	batch  int   // rows of the whole
	rows   []int // the training rows' numbers
	labels []int
}

// parts are the team's works, made once as an epoch allocates nothing.
type parts struct{ pass, gradient, update, score func(part int) }

// Best is the epoch of the lowest loss on the early-stopping slice.
type Best struct {
	Epoch  int
	Loss   float64
	Params []float64
}

// earlyStoppingShare is the share of the training rows that decides when to stop.
const earlyStoppingShare = 0.1

// newTrainer makes the trainer of one member of an ensemble, for steps that several threads may share.
func newTrainer(recipe params.Train, member int, classes []string, train, val Data, threads int) (*trainer, error) {
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
	t.threads = 1
	if t.isLong() {
		t.threads = threads
	}
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
	t.order = make([]int, len(t.train.Labels))
	ascending(t.order)
	t.gradient = make([]float64, len(t.net.Params))
	t.counts = metrics.NewCounts(classes)
	t.scoring = newTape(t.net, min(t.chunkRows(), max(len(t.val.Labels), len(t.slice.Labels))))
	rows := min(t.chunkRows(), t.batchSize())
	t.tape = newTape(t.net, rows)
	t.x, t.labels = newMatrix(rows, t.train.X.Cols), make([]int, rows)
	t.predicted = make([]int, max(rows, len(t.scoring.losses)))
	if t.recipe.Dropout > 0 {
		t.tape.addDropout()
	}
	t.parts = parts{pass: t.passPart, gradient: t.gradientPart, update: t.updatePart, score: t.scorePart}
	t.setTeam(newTeam(1))
}

func (t *trainer) setTeam(team *team) {
	t.team = team
	t.noise = newMatrix(team.parts, t.train.X.Cols)
}

// chunkRows is how many rows go through the network at once: as many as leave their tape in the
// second-level caches of the threads, but enough to keep the products long.
func (t *trainer) chunkRows() int {
	const cached, least = 160_000, 64 // numbers, rows
	numbers := t.net.Sizes[0]
	for _, units := range t.net.Sizes[1:] {
		numbers += 2 * units
	}
	return t.threads * max(cached/numbers/least*least, least)
}

// takesAllRows tells whether a step takes the whole training set, in file order.
func (t *trainer) takesAllRows() bool { return t.batchSize() == len(t.order) }

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
	if t.threads > 1 {
		t.setTeam(newTeam(t.threads))
		defer t.team.stop()
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

// isLong tells whether a step is long enough to gain by threads: some 50 microseconds.
func (t *trainer) isLong() bool { return t.batchSize()*len(t.net.Params) > 500_000 }

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
	if t.takesAllRows() {
		t.random.Epoch(nil) // one step on all rows takes them in file order
	} else {
		t.random.Epoch(t.order)
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
	clear(t.gradient)
	t.tape.takeWeights(t.net)
	t.tape.transposeWeights(t.net)
	total := 0.0
	for from := 0; from < len(rows); from += t.chunkRows() {
		t.take(epoch, len(rows), rows[from:min(from+t.chunkRows(), len(rows))])
		t.team.do(t.parts.pass)
		t.team.do(t.parts.gradient)
		total = t.tally(total, t.tape, t.now.labels)
	}
	t.optimizer.begin(rate)
	t.team.do(t.parts.update)
	return total / float64(len(rows))
}

// take makes rows of a batch the chunk that the team works on. Those that are taken in file order,
// as they are, need no copy.
func (t *trainer) take(epoch, batch int, rows []int) {
	t.now.epoch, t.now.batch, t.now.rows = epoch, batch, rows
	t.tape.x, t.now.labels = t.x, t.labels[:len(rows)]
	if t.takesAllRows() && t.recipe.InputNoise == 0 {
		in := span{rows[0], rows[0] + len(rows)}
		t.tape.x, t.now.labels = in.of(t.train.X), t.train.Labels[in.from:in.to]
	}
}

// passPart takes some rows of the chunk forward and backward through the network.
func (t *trainer) passPart(part int) {
	rows := cut(len(t.now.rows), part, t.team.parts, rowsOfPart)
	if !t.takesAllRows() || t.recipe.InputNoise > 0 {
		t.gather(rows, row(t.noise, part))
	}
	t.drawMasks(t.now.epoch, t.now.rows, rows)
	t.net.forward(t.tape, rows)
	labels, outputs, dOutputs := t.now.labels[rows.from:rows.to], t.tape.outputs(rows), t.tape.dOutputs(rows)
	t.loss.forward(t.tape.losses[rows.from:rows.to], dOutputs, outputs, labels, t.recipe.LabelSmoothing)
	t.loss.backward(dOutputs, outputs, labels, t.recipe.LabelSmoothing, t.now.batch)
	t.net.backward(t.tape, rows)
}

// rowsOfPart divides the rows of a part, as it divides those that the kernels of products take at once.
const rowsOfPart = 12

// gradientPart adds what the chunk gives to some of the gradient.
func (t *trainer) gradientPart(part int) {
	t.net.addGradient(t.tape, span{0, len(t.now.rows)}, t.gradient, part, t.team.parts)
}

// updatePart moves some of the parameters.
func (t *trainer) updatePart(part int) {
	t.optimizer.apply(cut(len(t.net.Params), part, t.team.parts, 8), t.net.Params, t.gradient)
}

// tally counts the predictions of the rows that went forward and adds their losses to a sum.
func (t *trainer) tally(sum float64, tape *tape, labels []int) float64 {
	predicted := t.predicted[:len(labels)]
	predict(predicted, tape.outputs(span{0, len(labels)}))
	for b, label := range labels {
		t.counts.Add(label, predicted[b])
		sum += tape.losses[b]
	}
	return sum
}

// rate is the learning rate of an epoch, from 0; the cosine is PyTorch's CosineAnnealingLR over all
// epochs.
func (t *trainer) rate(epoch int) float64 {
	if t.recipe.Schedule == params.Cosine {
		return t.recipe.LearningRate * (1 + exact.Cos(math.Pi*float64(epoch)/float64(t.recipe.Epochs))) / 2
	}
	return t.recipe.LearningRate
}

// gather copies some rows of the chunk together and adds the input noise, for which it has room.
func (t *trainer) gather(part span, noise []float64) {
	for b := part.from; b < part.to; b++ {
		r := t.now.rows[b]
		copy(row(t.tape.x, b), row(t.train.X, r))
		t.now.labels[b] = t.train.Labels[r]
		if t.recipe.InputNoise > 0 {
			t.addNoise(t.now.epoch, r, row(t.tape.x, b), noise)
		}
	}
}

// validate scores the network, as it stands, on rows that it is not trained on.
func (t *trainer) validate(data Data) Scores {
	t.counts.Reset()
	t.scoring.takeWeights(t.net)
	total := 0.0
	for from := 0; from < len(data.Labels); from += t.chunkRows() {
		rows := span{from, min(from+t.chunkRows(), len(data.Labels))}
		t.scoring.x, t.scored = rows.of(data.X), data.Labels[rows.from:rows.to]
		t.team.do(t.parts.score)
		total = t.tally(total, t.scoring, t.scored)
	}
	return t.scores(total / float64(len(data.Labels)))
}

// scorePart takes some rows forward through the network.
func (t *trainer) scorePart(part int) {
	rows := cut(len(t.scored), part, t.team.parts, rowsOfPart)
	t.net.forward(t.scoring, rows)
	t.loss.forward(t.scoring.losses[rows.from:rows.to], t.scoring.dOutputs(rows), t.scoring.outputs(rows),
		t.scored[rows.from:rows.to], t.recipe.LabelSmoothing)
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
