package mlp

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// forward computes the outputs of some rows of the tape's x, with the weights that the tape has taken. The masks are
// the tape's, or nil for no dropout. Rows that are taken at the same time are of different pieces.
func (n *Network) forward(t *tape, rows span, masks []blas64.General, piece int) {
	n.forwardFrom(0, rows.rowsOf(t.inputs(piece)), t, rows, masks, piece)
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
		compute(one, one.rowsOf(t.inputs(piece)), t.slots.weights(t.w[0], b, span{0, t.slots.count}, piece))
	}
}

// backward turns dOutputs of some rows, which the loss has left in the tape, into dZ of all layers. The
// tape has the transposed weights.
func (n *Network) backward(t *tape, rows span) {
	outputs, d := t.outputs(rows), t.dOutputs(rows)
	for o := range d.Rows {
		n.output.backward(row(d, o), row(outputs, o))
	}
	for l := n.Layers() - 2; l >= 0 && t.d[l].Data != nil; l-- {
		n.backwardLayer(t, l, rows.rowsOf(t.d[l]), rows, span{0, n.Sizes[l+1]}, nil)
	}
}

// backwardLayer sets dz to dZ of some rows and units of hidden layer l, given that of the next layer. It needs room for as many
// numbers, unless dz is as far apart as the tape's rows.
func (n *Network) backwardLayer(t *tape, l int, dz blas64.General, rows, units span, room []float64) {
	d, transposed := t.dOutputs(rows), blas.Trans // as the outputs are
	if l < n.Layers()-2 {
		d, transposed = rows.rowsOf(t.d[l+1]), blas.NoTrans
	}
	value, mask := t.a[l], blas64.General{}
	if n.hidden.byZ {
		value = t.z[l]
	}
	if t.mask != nil {
		mask = units.columnsOf(rows.rowsOf(t.mask[l]))
	}
	n.hidden.backward(dz, transposed, d, units.columnsOf(t.wT[l+1]), units.columnsOf(rows.rowsOf(value)), mask, room)
}

// addGradient adds the gradient over some rows, whose dZ backward has left in the tape, to that of all
// parameters, laid out as Params is: dW += X' dZ, db += the sums of dZ's columns. It computes one of several pieces:
// some of the units of the first layer, or of its inputs if the units are few, and of each later layer the inputs that are these
// units, whose numbers a core then has in its caches.
func (n *Network) addGradient(t *tape, rows span, gradient []float64, piece, pieces int) {
	x := rows.rowsOf(t.inputs(piece))
	for l, y := range t.y {
		switch {
		case l > 0:
			inputs, units := cutUnits(x.Cols, piece, pieces), span{0, n.Sizes[l+1]}
			n.addBiases(l, gradient, inputs, units, rows.rowsOf(t.d[l]))
			n.addWeights(l, gradient, inputs, units, x, rows.rowsOf(t.d[l]))
		case t.slots != nil:
			dW, db := weightView(n.Sizes, gradient, 0), biasView(n.Sizes, gradient, 0)
			if piece == 0 {
				exact.AddColumnSums(db, rows.rowsOf(t.d[0]))
			}
			t.addSlotGradient(dW, rows, piece, pieces, func(dW, x blas64.General, row span) {
				exact.AddGradient(dW, x, blas.NoTrans, row.rowsOf(t.d[0]))
			})
		default:
			inputs, units := pieceOfFirst(x.Cols, n.Sizes[1], piece, pieces)
			n.addFirst(t, rows, gradient, inputs, units, piece)
		}
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
	inputs := cutUnits(x.Cols, piece, pieces)
	if piece == pieces-1 { // which has the least to do
		exact.AddRowSums(db, d)
	}
	if !n.joinsOutputs(t) {
		exact.AddGradient(inputs.rowsOf(dW), inputs.columnsOf(x), blas.Trans, d)
	}
}

// joinsOutputs reports whether addFirst adds the gradient of the outputs' weights too.
func (n *Network) joinsOutputs(t *tape) bool {
	return n.hidden.addGradients != nil && n.Layers() == 2 && n.Sizes[2] == 2 && t.mask == nil && t.slots == nil
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
		add(part, some.columnsOf(one.rowsOf(t.inputs(piece))), one)
		t.slots.put(dW, part, b, some)
	}
}

// addWeights is addGradient for the weights between some inputs and some units of a hidden layer, given its x and dZ of
// these units.
func (n *Network) addWeights(l int, gradient []float64, inputs, units span, x, d blas64.General) {
	dW := weightView(n.Sizes, gradient, l)
	exact.AddGradient(units.columnsOf(inputs.rowsOf(dW)), inputs.columnsOf(x), blas.NoTrans, d)
}

// addBiases is addGradient for the biases of some units: one piece of the layer's inputs does them.
func (n *Network) addBiases(l int, gradient []float64, inputs, units span, d blas64.General) {
	if inputs.from == 0 && inputs.to > 0 {
		exact.AddColumnSums(biasView(n.Sizes, gradient, l)[units.from:units.to], d)
	}
}

// addFirst is addGradient for the first layer. Nothing else needs its dZ, so that it is computed here, panel by panel in room that
// stays in the core's caches.
func (n *Network) addFirst(t *tape, rows span, gradient []float64, inputs, units span, piece int) {
	x, room := t.inputs(piece), row(t.panels, piece)
	if inputs.len() == 0 {
		return
	}
	panels := panelsOf(units.len())
	for i := range panels {
		panel := cut(units.len(), i, panels, 8)
		panel = span{units.from + panel.from, units.from + panel.to}
		for from := rows.from; from < rows.to; from += panelRows {
			some := span{from, min(from+panelRows, rows.to)}
			d := blas64.General{Rows: some.len(), Cols: panel.len(), Stride: panel.len(), Data: room[:some.len()*panel.len()]}
			if inputs.from == 0 && n.joinsOutputs(t) {
				dW, db := weightView(n.Sizes, gradient, 1), biasView(n.Sizes, gradient, 0)
				n.hidden.addGradients(panel.rowsOf(dW), db[panel.from:panel.to], d,
					t.dOutputs(some), panel.columnsOf(t.wT[1]), panel.columnsOf(some.rowsOf(t.a[0])))
			} else {
				n.backwardLayer(t, 0, d, some, panel, room[len(d.Data):])
				n.addBiases(0, gradient, inputs, panel, d)
			}
			n.addWeights(0, gradient, inputs, panel, some.rowsOf(x), d)
		}
	}
}

// A panel has so many rows and units at most: as many units as the kernels of products take at once, which is more if there are
// no others.
const panelRows, panelUnits, wholeUnits = 512, 32, 40

// panelsOf returns how many panels so many units are divided into.
func panelsOf(units int) int {
	if 0 < units && units <= wholeUnits {
		return 1
	}
	return (units + panelUnits - 1) / panelUnits
}

// pieceOfFirst returns the inputs and units of the first layer that belong to a piece of its gradient.
func pieceOfFirst(inputs, units, piece, pieces int) (span, span) {
	if threads := threadsOf(pieces); units < 16*threads {
		return cut(inputs, piece, pieces, roundUp(inputs, threads, 6)), span{0, units}
	}
	return span{0, inputs}, cutUnits(units, piece, pieces)
}

// cutUnits returns the units of a piece. The pieces have multiples of the kernels' widths; if that makes them fewer than
// there are, there is one for each thread.
func cutUnits(units, piece, pieces int) span {
	if units >= pieces*panelUnits {
		return cut(units, piece, pieces, panelUnits)
	}
	return cut(units, piece, pieces, roundUp(units, threadsOf(pieces), 8))
}

// roundUp returns n divided by parts, rounded up to a multiple of unit.
func roundUp(n, parts, unit int) int { return (n + parts*unit - 1) / (parts * unit) * unit }
