package mlp

import (
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
)

// A stepper takes rows through a network: forward, backward and an update of the parameters for a step; forward alone to
// score rows and to predict. Its buffers are made once, so that a step allocates nothing.
//
// The rows of a step are a batch: its gradient is that of their mean loss. They go through the network in chunks, of as
// many rows as the second-level caches hold with all that the passes write. (Rows that are scored are divided into chunks
// too.) What is to be done with a chunk is a job, which the threads of a team share in pieces: a piece of the passes is
// some of the chunk's rows, a piece of the gradient some units or inputs of each layer, over all rows of the chunk, and a
// piece of the update some of the parameters. Every sum over rows is computed by one thread in their order, and continues
// from chunk to chunk: so neither the size of a chunk nor the number of pieces changes a bit. (The rows of a tape may have
// padding between them, which elementwise functions compute too: see newRows.)
type stepper struct {
	net     *Network
	tape    *tape
	threads int
	team    *team
	chunk   chunk
	counts  *metrics.Counts // of the predictions since it was reset

	chunkRows int               // the most rows of a chunk
	x         []blas64.General  // room for those that are gathered, chunkRows x I or S: of each thread, or one for all
	view      [1]blas64.General // of those that are in place
	rows      []int             // room for their numbers
	labels    []int
	predicted []int

	predictions Predictions // those that predict adds to

	*training // nil if the stepper takes no steps
}

// A chunk is the rows that the team is working on; the tape has their inputs.
type chunk struct {
	inputs Inputs // to gather the rows from; nil if they are in place
	rows   []int  // their numbers
	all    []int  // the labels of all rows of the data; nil if it has none
	labels []int  // those of the chunk's, once they are gathered
	epoch  int
	shares float64 // of the rows of the whole batch: what the sum of their losses is divided by
}

// training is what a stepper has to take steps.
type training struct {
	criterion  criterion
	dropout    float64
	inputNoise float64
	seed       uint32 // of dropout and noise
	numeric    []bool // the inputs that noise is added to; nil is all

	optimizer *optimizer
	gradient  []float64
	noise     blas64.General // of one row, for each piece
	total     float64        // of the losses of a step's rows
}

// newStepper returns a stepper for up to so many rows at once, without training. The threads share its jobs from start to
// stop; otherwise the caller does them alone. Rows of Sparse inputs have so many slots; otherwise there are 0.
func newStepper(n *Network, rows, threads, slots int) *stepper {
	columns := n.Inputs()
	if slots > 0 {
		columns = slots
	}
	rows = min(rows, ChunkRows(columns, n.Sizes[1:], threads))
	s := &stepper{
		net: n, tape: newTape(n, rows), threads: threads, team: newTeam(1), chunkRows: rows,
		rows: make([]int, rows), labels: make([]int, rows), predicted: make([]int, rows),
		counts: metrics.NewCounts(n.Classes()),
	}
	if s.tape.slots = newSlots(slots, rows); slots > 0 {
		s.tape.slots.addRooms(s.team.pieces, n.Sizes[1])
	}
	return s
}

// addTraining prepares steps by a recipe.
func (s *stepper) addTraining(recipe params.Train, problem Problem) {
	s.tape.addSteps(s.net, recipe.Dropout > 0, piecesFor(s.threads))
	s.training = &training{
		criterion: newCriterion(recipe, problem),
		dropout:   recipe.Dropout, inputNoise: recipe.InputNoise, seed: recipe.Seed, numeric: problem.Numeric,
		optimizer: newOptimizer(recipe, len(s.net.Params)),
		gradient:  make([]float64, len(s.net.Params)),
		noise:     newMatrix(1, s.net.Inputs()),
	}
}

func (s *stepper) start() {
	s.team = newTeam(s.threads)
	if s.training != nil {
		s.noise = newMatrix(s.team.pieces, s.net.Inputs())
	}
	if s.tape.slots != nil {
		s.tape.slots.addRooms(s.team.pieces, s.net.Sizes[1])
	}
}

func (s *stepper) stop() { s.team.stop() }

// ChunkRows returns how many rows of so many columns go through a network of such layers at once: as many as leave their tape in
// the second-level caches of the threads, but enough to keep the products long.
func ChunkRows(columns int, layers []int, threads int) int {
	const cached, least = 120_000, 48 // numbers, rows
	numbers := columns
	for _, units := range layers {
		numbers += 2 * units
	}
	if len(layers) > 1 {
		numbers -= layers[0] // its dZ is not stored
	}
	return threads * max(cached/numbers/least*least, least)
}

// threadsFor returns how many threads share the jobs of so many rows in a network of so many parameters: all of them if a job takes some 50 microseconds.
func threadsFor(params, rows, threads int) int {
	if rows*params > 500_000 {
		return threads
	}
	return 1
}

// step takes a step on rows of data, given by their numbers, and returns their loss before it. If they are
// consecutive, they are read in place if that is possible.
func (s *stepper) step(data Data, rows []int, consecutive bool, epoch int, rate float64) float64 {
	s.team.do(s, (*stepper).preparePiece)
	s.chunk.epoch, s.chunk.shares = epoch, s.criterion.addShares(0, data.Labels, rows)
	s.total = 0
	for some := range slices.Chunk(rows, s.chunkRows) {
		s.load(data, some, consecutive && s.inputNoise == 0)
		s.team.do(s, (*stepper).passPiece)
		s.team.do(s, (*stepper).gradientPiece)
	}
	s.optimizer.begin(rate)
	s.team.do(s, (*stepper).updatePiece)
	return s.total / s.chunk.shares
}

// score measures the network on rows that it is not trained on.
func (s *stepper) score(data Data) Scores {
	s.counts.Reset()
	s.tape.takeWeights(s.net, 0, 1)
	total, shares, rows := 0.0, 0.0, len(data.Labels)
	for from := 0; from < rows; from += s.chunkRows {
		s.load(data, s.numbers(from, min(from+s.chunkRows, rows)), true)
		s.team.do(s, (*stepper).scorePiece)
		total = s.count(total)
		shares = s.criterion.addShares(shares, data.Labels, s.chunk.rows)
	}
	return s.scores(total / shares)
}

// predict adds the probabilities of all rows of x to those of p, and sets its classes.
func (s *stepper) predict(x Inputs, p Predictions) {
	s.tape.takeWeights(s.net, 0, 1)
	for from := 0; from < len(p.Classes); from += s.chunkRows {
		chunk := span{from, min(from+s.chunkRows, len(p.Classes))}
		s.load(Data{X: x}, s.numbers(chunk.from, chunk.to), true)
		s.predictions = Predictions{chunk.rowsOf(p.Probabilities), p.Classes[chunk.from:chunk.to]}
		s.team.do(s, (*stepper).predictPiece)
	}
}

// numbers returns the numbers from, ..., to-1.
func (s *stepper) numbers(from, to int) []int {
	rows := s.rows[:to-from]
	for b := range rows {
		rows[b] = from + b
	}
	return rows
}

// load makes rows of data the chunk. Those that are not in place are gathered by the pieces.
func (s *stepper) load(data Data, rows []int, inPlace bool) {
	s.chunk.rows, s.chunk.all, s.chunk.labels = rows, data.Labels, s.labels[:len(rows)]
	s.chunk.inputs = nil
	if inPlace && s.tape.slots == nil {
		var ok bool
		if s.view[0], ok = data.X.View(rows[0], rows[0]+len(rows)); ok {
			s.tape.x = s.view[:]
			return
		}
	}
	rooms := 1
	if s.copiesRows(data.X) {
		rooms = s.team.size
	}
	for len(s.x) < rooms {
		s.x = append(s.x, s.room())
	}
	s.chunk.inputs, s.tape.x = data.X, s.x[:rooms]
}

// copiesRows reports whether each thread gathers all rows for itself: copying them from memory takes less time than reading what
// another core has written. If they have to be computed, each is computed once.
func (s *stepper) copiesRows(x Inputs) bool {
	_, inMemory := x.View(0, 0)
	return inMemory && s.tape.slots == nil && s.training != nil && s.inputNoise == 0
}

// room returns room for the rows of a chunk.
func (s *stepper) room() blas64.General {
	if s.tape.slots != nil {
		return newMatrix(s.chunkRows, s.tape.slots.count)
	}
	return newMatrix(s.chunkRows, s.net.Inputs())
}

// pieceOf returns the rows of the chunk that a piece has, gathered.
func (s *stepper) pieceOf(piece int) span {
	rows := cut(len(s.chunk.rows), piece, s.team.pieces, rowsOfPiece)
	s.gather(rows, piece)
	if all := s.chunk.all; all != nil {
		labels := s.chunk.labels[rows.from:rows.to]
		for b, r := range s.chunk.rows[rows.from:rows.to] {
			labels[b] = all[r]
		}
	}
	return rows
}

// gatherOthers gathers the rows of other threads for the one whose piece it is, unless they share their inputs.
func (s *stepper) gatherOthers(piece int) {
	if len(s.tape.x) == 1 {
		return
	}
	for other := piece % piecesEach; other < s.team.pieces; other += piecesEach {
		if other != piece {
			s.gather(cut(len(s.chunk.rows), other, s.team.pieces, rowsOfPiece), piece)
		}
	}
}

// gather gathers rows of the chunk for the thread whose piece it is.
func (s *stepper) gather(rows span, piece int) {
	x := rows.rowsOf(s.tape.inputs(piece))
	switch numbers := s.chunk.rows[rows.from:rows.to]; {
	case s.chunk.inputs == nil:
	case s.tape.slots != nil:
		s.chunk.inputs.(Sparse).GatherSlots(x, s.tape.slots.at[rows.from*s.tape.slots.count:], numbers)
	default:
		s.chunk.inputs.Gather(x, numbers)
	}
}

// rowsOfPiece divides the rows of a piece, as it divides those that the kernels of products take at once.
const rowsOfPiece = 12

// preparePiece begins a step: it clears some of the gradient and prepares some of the weights.
func (s *stepper) preparePiece(piece int) {
	all := cut(len(s.gradient), piece, s.team.pieces, 8)
	exact.Clear(s.gradient[all.from:all.to])
	s.tape.takeWeights(s.net, piece, s.team.pieces)
	s.tape.transposeWeights(s.net, piece, s.team.pieces)
}

// passPiece takes some rows of the chunk forward and backward through the network.
func (s *stepper) passPiece(piece int) {
	rows := s.pieceOf(piece)
	s.gatherOthers(piece)
	s.addNoise(rows, row(s.noise, piece))
	s.drawMasks(rows)
	s.net.forward(s.tape, rows, s.tape.mask, piece)
	labels, outputs, dOutputs := s.chunk.labels[rows.from:rows.to], s.tape.outputs(rows), s.tape.dOutputs(rows)
	predict(s.predicted[rows.from:rows.to], outputs)
	s.criterion.forward(s.tape.losses[rows.from:rows.to], dOutputs, outputs, labels)
	s.criterion.backward(dOutputs, outputs, labels, s.chunk.shares)
	s.net.backward(s.tape, rows)
}

// gradientPiece adds to some of the gradient what the chunk contributes; one piece counts the chunk.
func (s *stepper) gradientPiece(piece int) {
	s.net.addGradient(s.tape, span{0, len(s.chunk.rows)}, s.gradient, piece, s.team.pieces)
	if piece == s.team.pieces-1 { // which has the least to do
		s.total = s.count(s.total)
	}
}

// updatePiece moves some of the parameters.
func (s *stepper) updatePiece(piece int) {
	s.optimizer.apply(cut(len(s.net.Params), piece, s.team.pieces, 8), s.net.Params, s.gradient)
}

// scorePiece takes some rows forward through the network and computes their losses.
func (s *stepper) scorePiece(piece int) {
	rows := s.pieceOf(piece)
	s.net.forward(s.tape, rows, nil, piece)
	outputs := s.tape.outputs(rows)
	predict(s.predicted[rows.from:rows.to], outputs)
	s.criterion.forward(s.tape.losses[rows.from:rows.to], s.tape.dOutputs(rows), outputs, s.chunk.labels[rows.from:rows.to])
}

// predictPiece takes some rows forward through the network and adds their probabilities.
func (s *stepper) predictPiece(piece int) {
	rows := s.pieceOf(piece)
	s.net.forward(s.tape, rows, nil, piece)
	outputs := s.tape.outputs(rows)
	predict(s.predictions.Classes[rows.from:rows.to], outputs)
	addProbabilities(rows.rowsOf(s.predictions.Probabilities), outputs, s.tape.dOutputs(rows), s.tape.losses[rows.from:rows.to])
}

// count counts the predictions of the chunk and adds its losses to a sum.
func (s *stepper) count(sum float64) float64 {
	rows := len(s.chunk.labels)
	s.counts.Add(s.chunk.labels, s.predicted[:rows])
	for _, loss := range s.tape.losses[:rows] {
		sum += loss
	}
	return sum
}

// scores returns what was measured since the counts were reset, given the loss.
func (s *stepper) scores(loss float64) Scores {
	return Scores{Loss: loss, Accuracy: s.counts.Accuracy(), F1Macro: s.counts.MacroF1()}
}
