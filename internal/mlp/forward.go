package mlp

import (
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// A tape holds what the forward pass of a batch leaves for the backward pass, with room for a number
// of rows that is fixed when it is made. For layer l, of I inputs and H units:
//
//	Z = X W + b     B x H
//	A = f(Z)        B x H; in Z's place where the derivative follows from A
//	Y = A * mask    B x H, the next layer's X; Y is A where there is no dropout
//
// The outputs are few, and lie the other way round: O x B, output by output. In the backward pass d is dY,
// then dA, then dZ.
type tape struct {
	x          blas64.General
	z, a, y, d []blas64.General // of the hidden layers
	mask       []blas64.General // of the hidden layers; nil without dropout
	w, wT      []blas64.General // of each layer W, and W' but for the first, as products read them best

	output, dOutput blas64.General
	losses          []float64 // of each row
}

func newTape(n *Network, rows int) *tape {
	last := n.Layers() - 1
	t := &tape{
		output: newMatrix(n.Sizes[last+1], rows), dOutput: newMatrix(n.Sizes[last+1], rows),
		losses: make([]float64, rows),
	}
	for l, units := range n.Sizes[1 : last+1] {
		w := newRows(n.Sizes[l], units)
		if weight := n.Weight(l); weight.Stride == w.Stride {
			w = weight
		}
		t.w = append(t.w, w)
		t.z = append(t.z, newRows(rows, units))
		t.d = append(t.d, newRows(rows, units))
		if activations[n.Activation].byZ {
			t.a = append(t.a, newRows(rows, units))
		} else {
			t.a = append(t.a, t.z[l])
		}
	}
	t.y = slices.Clone(t.a)
	t.w = append(t.w, n.Weight(last))
	return t
}

// takeWeights prepares the forward passes with the network's weights as they are now.
func (t *tape) takeWeights(n *Network) {
	for l, w := range t.w {
		if weight := n.Weight(l); weight.Stride != w.Stride {
			for i := range w.Rows {
				copy(row(w, i), row(weight, i))
			}
		}
	}
}

// transposeWeights prepares the backward passes.
func (t *tape) transposeWeights(n *Network) {
	if t.wT == nil {
		for l := range n.Layers() {
			t.wT = append(t.wT, newRows(n.Sizes[l+1], n.Sizes[l]))
		}
	}
	for l := 1; l < n.Layers(); l++ {
		exact.Transpose(t.wT[l], n.Weight(l))
	}
}

// addDropout makes room for the masks of the hidden layers, which are to be filled for each batch.
func (t *tape) addDropout() {
	for l, a := range t.a {
		t.mask = append(t.mask, newRows(a.Rows, a.Cols))
		t.y[l] = newRows(a.Rows, a.Cols)
	}
}

// outputs are those of some rows after forward, and dOutputs the place for their gradient: O x B.
func (t *tape) outputs(rows span) blas64.General  { return rows.columnsOf(t.output) }
func (t *tape) dOutputs(rows span) blas64.General { return rows.columnsOf(t.dOutput) }

// forward computes the outputs of some rows of the tape's x, with the weights that the tape has taken.
func (n *Network) forward(t *tape, rows span) {
	x := rows.of(t.x)
	for l := range t.y {
		z, a, y := rows.of(t.z[l]), rows.of(t.a[l]), rows.of(t.y[l])
		activations[n.Activation].forward(a, z, x, t.w[l], n.Bias(l))
		if t.mask != nil {
			multiplyTo(y.Data, a.Data, rows.of(t.mask[l]).Data)
		}
		x = y
	}
	last, outputs := n.Layers()-1, t.outputs(rows)
	exact.AffineTransposed(outputs, x, t.w[last], n.Bias(last))
	for o := range outputs.Rows {
		outputActivations[n.Output].forward(row(outputs, o), row(outputs, o))
	}
}

// backward turns dOutputs of some rows, which the loss has left in the tape, into dZ of all layers. The
// tape has the transposed weights.
func (n *Network) backward(t *tape, rows span) {
	outputs, d := t.outputs(rows), t.dOutputs(rows)
	for o := range d.Rows {
		outputActivations[n.Output].backward(row(d, o), row(outputs, o))
	}
	transposed := blas.Trans // as the outputs are
	f := activations[n.Activation]
	for l := n.Layers() - 2; l >= 0; l-- {
		dz, value, mask := rows.of(t.d[l]), rows.of(t.a[l]), []float64(nil)
		if f.byZ {
			value = rows.of(t.z[l])
		}
		if t.mask != nil {
			mask = rows.of(t.mask[l]).Data
		}
		f.backward(dz, transposed, d, t.wT[l+1], value, mask)
		d, transposed = dz, blas.NoTrans
	}
}

// addGradient adds the gradient over some rows, whose dZ backward has left in the tape, to that of all
// parameters, laid out as Params is. It computes one of several parts: some of the units of each
// layer, or of its inputs where the units are few, or nothing of a layer that is another part's.
func (n *Network) addGradient(t *tape, rows span, gradient []float64, part, parts int) {
	x := rows.of(t.x)
	for l, y := range t.y {
		d := rows.of(t.d[l])
		dW, db := weightView(n.Sizes, gradient, l), biasView(n.Sizes, gradient, l)
		inputs, units := span{0, x.Cols}, span{0, d.Cols}
		switch {
		case d.Cols >= parts*unitsOfPart:
			units = cut(d.Cols, part, parts, unitsOfPart)
		case len(dW.Data) >= parts*weightsOfPart:
			inputs = cut(x.Cols, part, parts, inputsOfPart)
		case part != l%parts:
			inputs = span{}
		}
		if inputs.from == 0 && inputs.to > 0 { // one part of the inputs does the biases
			exact.AddColumnSums(db[units.from:units.to], units.columnsOf(d))
		}
		exact.AddGradient(units.columnsOf(inputs.of(dW)), inputs.columnsOf(x), blas.NoTrans, units.columnsOf(d))
		x = rows.of(y)
	}
	last, d := n.Layers()-1, t.dOutputs(rows)
	dW, db := weightView(n.Sizes, gradient, last), biasView(n.Sizes, gradient, last)
	inputs := cut(x.Cols, part, parts, inputsOfPart)
	if inputs.from == 0 && inputs.to > 0 {
		exact.AddRowSums(db, d)
	}
	exact.AddGradient(inputs.of(dW), inputs.columnsOf(x), blas.Trans, d)
}

// The parts of a gradient have multiples of these many units or inputs, as the kernels of products do,
// and at least so many weights.
const (
	unitsOfPart   = 32
	inputsOfPart  = 6
	weightsOfPart = 64
)

func newMatrix(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

// newRows is a matrix whose rows lie some numbers further apart where they would else be a power of
// two apart or so, and share few of a cache's sets.
func newRows(rows, cols int) blas64.General {
	stride := cols
	if cols%64 == 0 {
		stride += 8
	}
	return blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, rows*stride)}
}

func multiplyTo(dst, a, b []float64) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}
