package mlp

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// forward computes the outputs of some rows of the tape's x, with the weights that the tape has taken. The masks are
// the tape's, or nil for no dropout. Rows that are taken at the same time are of different pieces.
func (n *Network) forward(t *tape, rows span, masks []blas64.General, piece int) {
	n.forwardFrom(0, rows.rowsOf(t.x), t, rows, masks, piece)
}

// forwardFrom is forward from a layer on, whose inputs are x.
func (n *Network) forwardFrom(layer int, x blas64.General, t *tape, rows span, masks []blas64.General, piece int) {
	for l := layer; l < len(t.z); l++ {
		t.layer(l, rows, x, piece, func(rows span, x, w blas64.General) {
			n.hidden.forward(rows.rowsOf(t.a[l]), rows.rowsOf(t.z[l]), x, w, n.Bias(l))
		})
		a := rows.rowsOf(t.a[l])
		x = a
		if masks != nil {
			x = rows.rowsOf(t.y[l])
			multiplyTo(x.Data, a.Data, rows.rowsOf(masks[l]).Data)
		}
	}
	last, outputs := n.Layers()-1, t.outputs(rows)
	t.layer(last, rows, x, piece, func(rows span, x, w blas64.General) {
		exact.AffineTransposed(t.outputs(rows), x, w, n.Bias(last))
	})
	n.activate(outputs)
}

// activate applies the activation of the last layer to its outputs, O x B.
func (n *Network) activate(outputs blas64.General) {
	for o := range outputs.Rows {
		n.output.forward(row(outputs, o), row(outputs, o))
	}
}

// layer calls compute with what a layer multiplies in the forward pass: x and its weights or, in a first layer of slots, each
// row of x and the weights of its slots.
func (t *tape) layer(l int, rows span, x blas64.General, piece int, compute func(rows span, x, w blas64.General)) {
	if l > 0 || t.slots == nil {
		compute(rows, x, t.w[l])
		return
	}
	for b := rows.from; b < rows.to; b++ {
		one := span{b, b + 1}
		compute(one, one.rowsOf(t.x), t.slots.weights(t.w[0], b, span{0, t.slots.count}, piece))
	}
}

// backward turns dOutputs of some rows, which the loss has left in the tape, into dZ of all layers. The
// tape has the transposed weights.
func (n *Network) backward(t *tape, rows span) {
	outputs, d := t.outputs(rows), t.dOutputs(rows)
	for o := range d.Rows {
		n.output.backward(row(d, o), row(outputs, o))
	}
	transposed := blas.Trans // as the outputs are
	for l := n.Layers() - 2; l >= 0; l-- {
		dz, value, mask := rows.rowsOf(t.d[l]), rows.rowsOf(t.a[l]), []float64(nil)
		if n.hidden.byZ {
			value = rows.rowsOf(t.z[l])
		}
		if t.mask != nil {
			mask = rows.rowsOf(t.mask[l]).Data
		}
		n.hidden.backward(dz, transposed, d, t.wT[l+1], value, mask)
		d, transposed = dz, blas.NoTrans
	}
}

// addGradient adds the gradient over some rows, whose dZ backward has left in the tape, to that of all
// parameters, laid out as Params is: dW += X' dZ, db += the sums of dZ's columns. It computes one of several pieces:
// some of the units of each layer, or of its inputs if the units are few, or nothing of a layer that is another piece's.
func (n *Network) addGradient(t *tape, rows span, gradient []float64, piece, pieces int) {
	x := rows.rowsOf(t.x)
	for l, y := range t.y {
		d := rows.rowsOf(t.d[l])
		dW, db := weightView(n.Sizes, gradient, l), biasView(n.Sizes, gradient, l)
		if l == 0 && t.slots != nil {
			if piece == 0 {
				exact.AddColumnSums(db, d)
			}
			t.addSlotGradient(dW, rows, piece, pieces, func(dW, x blas64.General, row span) {
				exact.AddGradient(dW, x, blas.NoTrans, row.rowsOf(t.d[0]))
			})
			x = rows.rowsOf(y)
			continue
		}
		inputs, units := span{0, x.Cols}, span{0, d.Cols}
		switch {
		case d.Cols >= pieces*unitsOfPiece:
			units = cut(d.Cols, piece, pieces, unitsOfPiece)
		case len(dW.Data) >= pieces*weightsOfPiece:
			inputs = cut(x.Cols, piece, pieces, inputsOfPiece)
		case piece != l%pieces:
			inputs = span{}
		}
		if inputs.from == 0 && inputs.to > 0 { // one piece of the inputs does the biases
			exact.AddColumnSums(db[units.from:units.to], units.columnsOf(d))
		}
		exact.AddGradient(units.columnsOf(inputs.rowsOf(dW)), inputs.columnsOf(x), blas.NoTrans, units.columnsOf(d))
		x = rows.rowsOf(y)
	}
	last, d := n.Layers()-1, t.dOutputs(rows)
	dW, db := weightView(n.Sizes, gradient, last), biasView(n.Sizes, gradient, last)
	if last == 0 && t.slots != nil {
		if piece == 0 {
			exact.AddRowSums(db, d)
		}
		t.addSlotGradient(dW, rows, piece, pieces, func(dW, x blas64.General, row span) {
			exact.AddGradient(dW, x, blas.Trans, t.dOutputs(row))
		})
		return
	}
	inputs := cut(x.Cols, piece, pieces, inputsOfPiece)
	if inputs.from == 0 && inputs.to > 0 {
		exact.AddRowSums(db, d)
	}
	exact.AddGradient(inputs.rowsOf(dW), inputs.columnsOf(x), blas.Trans, d)
}

// addSlotGradient calls add with the rows of dW, the gradient of the first layer's weights, that belong to some slots of each
// row, and the values of the slots. A piece has some of the slots, so that no two of them have the same inputs.
func (t *tape) addSlotGradient(dW blas64.General, rows span, piece, pieces int, add func(dW, x blas64.General, row span)) {
	some := cut(t.slots.count, piece, pieces, 1)
	if some.len() == 0 {
		return
	}
	for b := rows.from; b < rows.to; b++ {
		one := span{b, b + 1}
		part := t.slots.weights(dW, b, some, piece)
		add(part, some.columnsOf(one.rowsOf(t.x)), one)
		t.slots.put(dW, part, b, some)
	}
}

// The pieces of a gradient have multiples of these many units or inputs, as the kernels of products do,
// and at least so many weights.
const (
	unitsOfPiece   = 32
	inputsOfPiece  = 6
	weightsOfPiece = 64
)
