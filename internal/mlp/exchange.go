package mlp

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// An Exchange predicts B rows in which some inputs have been exchanged for those of other rows. It keeps what the first
// layer of each network makes of the rows as they are and adds what the exchange changes. So a prediction takes no longer
// if there are more inputs; it is that of Predict except for rounding, and the same on every machine.
type Exchange struct {
	x         blas64.General
	exchanged []exchanged
	change    []float64 // room for the differences in one input of a chunk, or in several
	p         Predictions
}

// exchanged is one of the networks.
type exchanged struct {
	*Network
	tape *tape
	rows int            // of a chunk
	z    blas64.General // X W + b of the first layer
	room blas64.General // for the same of a chunk
}

// NewExchange returns an exchange of the inputs of B rows, 1 or more, which are in memory as a matrix from then on. It
// panics as Predict does.
func NewExchange(networks []*Network, inputs Inputs) *Exchange {
	x := dense(inputs)
	e := &Exchange{x: x, p: Predictions{Probabilities: newMatrix(x.Rows, networks[0].Classes()), Classes: make([]int, x.Rows)}}
	for _, n := range networks {
		n.mustTake(x.Cols, networks[0].Classes())
		rows := min(x.Rows, ChunkRows(n.Inputs(), n.Sizes[1:], 1))
		of := exchanged{Network: n, tape: newTape(n, rows), rows: rows, z: newMatrix(x.Rows, n.Sizes[1]), room: newMatrix(rows, n.Sizes[1])}
		if n.Layers() > 1 {
			of.room = of.tape.z[0]
		}
		of.tape.takeWeights(n, 0, 1)
		exact.Affine(of.z, x, of.tape.w[0], n.Bias(0))
		e.exchanged = append(e.exchanged, of)
	}
	return e
}

// ExchangeNumbers returns how many numbers an Exchange keeps for each row, the row included.
func ExchangeNumbers(networks []*Network) int {
	numbers := networks[0].Inputs() + networks[0].Classes()
	for _, n := range networks {
		numbers += n.Sizes[1]
	}
	return numbers
}

// Predict returns what Predict says of the rows if the inputs from, ..., to-1 of row b are those of row order[b]. They
// are valid until the next call.
func (e *Exchange) Predict(from, to int, order []int) Predictions {
	clear(e.p.Probabilities.Data)
	for i := range e.exchanged {
		n := &e.exchanged[i]
		for start := 0; start < e.x.Rows; start += n.rows {
			chunk := span{start, min(start+n.rows, e.x.Rows)}
			z := span{0, chunk.len()}.rowsOf(n.room)
			for b := range z.Rows {
				copy(row(z, b), row(n.z, start+b))
			}
			if from < to {
				weights := span{from, to}.rowsOf(n.Weight(0))
				exact.AddGradient(z, e.changes(from, to, chunk, order), blas.NoTrans, weights)
			}
			n.predict(z, chunk.rowsOf(e.p.Probabilities), e.p.Classes[chunk.from:chunk.to])
		}
	}
	if len(e.exchanged) > 1 {
		e.p.average(len(e.exchanged))
	}
	return e.p
}

// changes returns by how much each of some inputs changes in each row of a chunk, an input to a row.
func (e *Exchange) changes(from, to int, chunk span, order []int) blas64.General {
	size := (to - from) * chunk.len()
	if len(e.change) < size {
		e.change = make([]float64, size)
	}
	d := blas64.General{Rows: to - from, Cols: chunk.len(), Stride: chunk.len(), Data: e.change[:size]}
	for b := range d.Cols {
		old, new := row(e.x, chunk.from+b)[from:to], row(e.x, order[chunk.from+b])[from:to]
		for j := range old {
			d.Data[j*d.Stride+b] = new[j] - old[j]
		}
	}
	return d
}

// predict takes z, what the first layer makes of some rows before its activation, through the rest of the network. It
// adds the probabilities and sets the classes.
func (n *exchanged) predict(z, probabilities blas64.General, classes []int) {
	t, rows := n.tape, span{0, z.Rows}
	outputs := t.outputs(rows)
	if n.Layers() > 1 {
		a := rows.rowsOf(t.a[0])
		n.hidden.apply(a.Data, z.Data)
		n.forwardFrom(1, a, t, rows, nil, 0)
	} else {
		exact.Transpose(outputs, z)
		n.activate(outputs)
	}
	predict(classes, outputs)
	addProbabilities(probabilities, outputs, t.dOutputs(rows), t.losses[:z.Rows])
}
