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
// In the backward pass d is dY, then dA, then dZ.
type tape struct {
	x          blas64.General
	z, a, y, d []blas64.General
	mask       []blas64.General // of the hidden layers; nil without dropout
	losses     []float64        // of each row
	wT         []blas64.General // W' of each layer, for the backward pass; the first has no use for it
}

func newTape(n *Network, rows int) *tape {
	t := &tape{losses: make([]float64, rows)}
	for l, units := range n.Sizes[1:] {
		t.z = append(t.z, newMatrix(rows, units))
		t.d = append(t.d, newMatrix(rows, units))
		if n.activation(l).byZ {
			t.a = append(t.a, newMatrix(rows, units))
		} else {
			t.a = append(t.a, t.z[l])
		}
	}
	t.y = slices.Clone(t.a)
	return t
}

// transposeWeights prepares the backward passes of a step.
func (t *tape) transposeWeights(n *Network) {
	if t.wT == nil {
		for l := range n.Layers() {
			t.wT = append(t.wT, newMatrix(n.Sizes[l+1], n.Sizes[l]))
		}
	}
	for l := 1; l < n.Layers(); l++ {
		exact.Transpose(t.wT[l], n.Weight(l))
	}
}

// addDropout makes room for the masks of the hidden layers, which are to be filled for each batch.
func (t *tape) addDropout() {
	for l, a := range t.a[:len(t.a)-1] {
		t.mask = append(t.mask, newMatrix(a.Rows, a.Cols))
		t.y[l] = newMatrix(a.Rows, a.Cols)
	}
}

// dropsOut tells whether dropout follows layer l.
func (t *tape) dropsOut(l int) bool { return l < len(t.mask) }

// outputs are those of some rows after forward, and dOutputs the place for their gradient.
func (t *tape) outputs(rows span) blas64.General  { return rows.of(t.y[len(t.y)-1]) }
func (t *tape) dOutputs(rows span) blas64.General { return rows.of(t.d[len(t.d)-1]) }

// forward computes the outputs of some rows of the tape's x.
func (n *Network) forward(t *tape, rows span) {
	x := rows.of(t.x)
	for l := range n.Layers() {
		z, a, y := rows.of(t.z[l]), rows.of(t.a[l]), rows.of(t.y[l])
		n.activation(l).forward(a, z, x, n.Weight(l), n.Bias(l))
		if t.dropsOut(l) {
			multiplyTo(y.Data, a.Data, rows.of(t.mask[l]).Data)
		}
		x = y
	}
}

// backward turns dOutputs of some rows, which the loss has left in the tape, into dZ of all layers. The
// tape has the transposed weights.
func (n *Network) backward(t *tape, rows span) {
	for l := n.Layers() - 1; l >= 0; l-- {
		d, f, value := rows.of(t.d[l]), n.activation(l), t.a[l]
		if f.byZ {
			value = t.z[l]
		}
		if t.dropsOut(l) {
			multiplyTo(d.Data, d.Data, rows.of(t.mask[l]).Data)
		}
		f.backward(d.Data, rows.of(value).Data)
		if l > 0 { // dX = dZ W'
			exact.Gemm(blas.NoTrans, blas.NoTrans, 1, d, t.wT[l], 0, rows.of(t.d[l-1]))
		}
	}
}

// addGradient adds the gradient over some rows, whose dZ backward has left in the tape, to that of all
// parameters, laid out as Params is. It computes one of several parts: some of the units of each
// layer, or of its inputs where the units are few, or nothing of a layer that is another part's.
func (n *Network) addGradient(t *tape, rows span, gradient []float64, part, parts int) {
	for l := range n.Layers() {
		x, d := rows.of(t.x), rows.of(t.d[l])
		if l > 0 {
			x = rows.of(t.y[l-1])
		}
		dW, db := weightView(n.Sizes, gradient, l), biasView(n.Sizes, gradient, l)
		inputs, units := span{0, x.Cols}, span{0, d.Cols}
		switch {
		case d.Cols >= parts*unitsOfPart:
			units = cut(d.Cols, part, parts, unitsOfPart)
		case len(dW.Data) >= parts*weightsOfPart:
			inputs = cut(x.Cols, part, parts, inputsOfPart)
		case part != l%parts:
			continue
		}
		if inputs.from == 0 && inputs.to > 0 { // one part of the inputs does the biases
			exact.AddColumnSums(db[units.from:units.to], units.columnsOf(d))
		}
		exact.Gemm(blas.Trans, blas.NoTrans, 1, inputs.columnsOf(x), units.columnsOf(d), 1, units.columnsOf(inputs.of(dW)))
	}
}

// The parts of a gradient have multiples of these many units or inputs, as the kernels of products do,
// and at least so many weights.
const (
	unitsOfPart   = 32
	inputsOfPart  = 6
	weightsOfPart = 64
)

// activation is that of layer l.
func (n *Network) activation(l int) activation {
	if l == n.Layers()-1 {
		return activations[n.Output]
	}
	return activations[n.Activation]
}

func newMatrix(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

func multiplyTo(dst, a, b []float64) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}
