package mlp

import (
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// A tape holds what the forward pass of a chunk of rows leaves for the backward pass, with room for a number
// of rows that is fixed when it is made. For layer l, of I inputs and H units:
//
//	Z = X W + b     B x H
//	A = f(Z)        B x H; in Z's place if the derivative follows from A
//	Y = A * mask    B x H, the next layer's X; Y is A if there is no dropout
//
// The outputs are few, and are stored the other way round: O x B, output by output. In the backward pass d is dY,
// then dA, then dZ.
type tape struct {
	x     []blas64.General // of each thread, or one for all
	slots *slots           // nil unless x has the slots of rows of Sparse inputs, and not the inputs
	z, a  []blas64.General // of the hidden layers
	w     []blas64.General // of each layer W, as products read it best

	output, dOutput blas64.General
	losses          []float64 // of each row

	// What only steps need.
	y, d   []blas64.General // of the hidden layers; d has no numbers for the first, unless there are slots
	mask   []blas64.General // of the hidden layers; nil without dropout
	wT     []blas64.General // of each layer except the first W', as products read it best
	panels blas64.General   // for each piece of the gradient, room for two panels of the first layer: of dZ and of A or Z
}

func newTape(n *Network, rows int) *tape {
	last := n.Layers() - 1
	t := &tape{
		output: newMatrix(n.Sizes[last+1], rows), dOutput: newMatrix(n.Sizes[last+1], rows),
		losses: make([]float64, rows),
	}
	for l, units := range n.Sizes[1 : last+1] {
		w := n.Weight(l)
		if w.Stride != exact.Stride(units) {
			w = newRows(n.Sizes[l], units)
		}
		z := newRows(rows, units)
		a := z
		if n.hidden.byZ {
			a = newRows(rows, units)
		}
		t.w, t.z, t.a = append(t.w, w), append(t.z, z), append(t.a, a)
	}
	t.w = append(t.w, n.Weight(last))
	return t
}

// addSteps makes room for backward passes whose gradient is divided into pieces, and for the masks of dropout if there is some.
func (t *tape) addSteps(n *Network, dropout bool, pieces int) {
	t.y = slices.Clone(t.a)
	t.d = make([]blas64.General, len(t.a))
	t.wT = make([]blas64.General, n.Layers())
	t.panels = newMatrix(pieces, 2*panelRows*wholeUnits)
	for l, a := range t.a {
		if l > 0 || t.slots != nil {
			t.d[l] = newRows(a.Rows, a.Cols)
		}
		t.wT[l+1] = newRows(n.Sizes[l+2], n.Sizes[l+1])
		if dropout {
			t.mask = append(t.mask, newRows(a.Rows, a.Cols))
			t.y[l] = newRows(a.Rows, a.Cols)
		}
	}
}

// takeWeights prepares the forward passes with the network's weights as they are now. It does one of several pieces.
func (t *tape) takeWeights(n *Network, piece, pieces int) {
	for l, w := range t.w {
		weight := n.Weight(l)
		if weight.Stride == w.Stride {
			continue
		}
		some := cut(w.Rows, piece, pieces, 1)
		for i := some.from; i < some.to; i++ {
			copy(row(w, i), row(weight, i))
		}
	}
}

// transposeWeights prepares the backward passes. It does one of several pieces.
func (t *tape) transposeWeights(n *Network, piece, pieces int) {
	for l := 1; l < n.Layers(); l++ {
		some := cut(n.Sizes[l], piece, pieces, 8)
		exact.Transpose(some.columnsOf(t.wT[l]), some.rowsOf(n.Weight(l)))
	}
}

// outputs are those of some rows after forward, and dOutputs the place for their gradient: O x B.
func (t *tape) outputs(rows span) blas64.General  { return rows.columnsOf(t.output) }
func (t *tape) dOutputs(rows span) blas64.General { return rows.columnsOf(t.dOutput) }

// inputs are those of all rows, for the thread whose piece it is.
func (t *tape) inputs(piece int) blas64.General { return t.x[piece/piecesEach%len(t.x)] }
