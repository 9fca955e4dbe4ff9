package mlp

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// forward computes the outputs of some rows of the tape's x, with the weights that the tape has taken. The masks are
// the tape's, or nil for no dropout.
func (n *Network) forward(t *tape, rows span, masks []blas64.General) {
	x := rows.rowsOf(t.x)
	for l := range t.z {
		z, a := rows.rowsOf(t.z[l]), rows.rowsOf(t.a[l])
		n.hidden.forward(a, z, x, t.w[l], n.Bias(l))
		x = a
		if masks != nil {
			x = rows.rowsOf(t.y[l])
			multiplyTo(x.Data, a.Data, rows.rowsOf(masks[l]).Data)
		}
	}
	last, outputs := n.Layers()-1, t.outputs(rows)
	exact.AffineTransposed(outputs, x, t.w[last], n.Bias(last))
	for o := range outputs.Rows {
		n.output.forward(row(outputs, o), row(outputs, o))
	}
}

// backward turns dOutputs of some rows, which the loss has left in the tape, into dZ of all layers. The
// tape has the transposed weights.
func (n *Network) backward(t *tape, rows span) {
	outputs, d := t.outputs(rows), t.dOutputs(rows)
	for o := range d.Rows {
		n.output.backward(row(d, o), row(outputs, o))
	}
	for l := n.Layers() - 2; l > 0; l-- { // addGradient does the first
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
	x := rows.rowsOf(t.x)
	for l, y := range t.y {
		if l == 0 {
			inputs, units := pieceOfFirst(x.Cols, n.Sizes[1], piece, pieces)
			n.addFirst(t, rows, gradient, inputs, units, row(t.panels, piece))
		} else {
			n.addLayer(l, gradient, cutUnits(x.Cols, piece, pieces), span{0, n.Sizes[l+1]}, x, rows.rowsOf(t.d[l]))
		}
		x = rows.rowsOf(y)
	}
	last, d := n.Layers()-1, t.dOutputs(rows)
	dW, db := weightView(n.Sizes, gradient, last), biasView(n.Sizes, gradient, last)
	inputs := cutUnits(x.Cols, piece, pieces)
	if inputs.from == 0 && inputs.to > 0 {
		exact.AddRowSums(db, d)
	}
	exact.AddGradient(inputs.rowsOf(dW), inputs.columnsOf(x), blas.Trans, d)
}

// addLayer is addGradient for the weights between some inputs and some units of a hidden layer, given its x and dZ of
// these units.
func (n *Network) addLayer(l int, gradient []float64, inputs, units span, x, d blas64.General) {
	dW, db := weightView(n.Sizes, gradient, l), biasView(n.Sizes, gradient, l)
	if inputs.from == 0 && inputs.to > 0 { // one piece of the inputs does the biases
		exact.AddColumnSums(db[units.from:units.to], d)
	}
	exact.AddGradient(units.columnsOf(inputs.rowsOf(dW)), inputs.columnsOf(x), blas.NoTrans, d)
}

// addFirst is addLayer for the first layer. Nothing else needs its dZ, so that it is computed here, panel by panel in room that
// stays in a first-level cache.
func (n *Network) addFirst(t *tape, rows span, gradient []float64, inputs, units span, room []float64) {
	if inputs.len() == 0 {
		return
	}
	panels := (units.len() + panelUnits - 1) / panelUnits
	for i := range panels {
		panel := cut(units.len(), i, panels, 8)
		panel = span{units.from + panel.from, units.from + panel.to}
		for from := rows.from; from < rows.to; from += panelRows {
			some := span{from, min(from+panelRows, rows.to)}
			d := blas64.General{Rows: some.len(), Cols: panel.len(), Stride: panel.len(), Data: room[:some.len()*panel.len()]}
			n.backwardLayer(t, 0, d, some, panel, room[len(d.Data):])
			n.addLayer(0, gradient, inputs, panel, some.rowsOf(t.x), d)
		}
	}
}

// A panel has so many rows and units at most: as many units as the kernels of products take at once.
const panelRows, panelUnits = 512, 32

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
