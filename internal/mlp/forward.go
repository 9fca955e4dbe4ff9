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
//	A = f(Z)        B x H
//	Y = A * mask    B x H, the next layer's X; Y is A where there is no dropout
//
// In the backward pass d is dY, then dA, then dZ.
type tape struct {
	x          blas64.General
	z, a, y, d []blas64.General
	mask       []blas64.General // of the hidden layers; nil without dropout
}

func newTape(n *Network, rows int) *tape {
	t := new(tape)
	for _, units := range n.Sizes[1:] {
		t.z = append(t.z, newMatrix(rows, units))
		t.a = append(t.a, newMatrix(rows, units))
		t.d = append(t.d, newMatrix(rows, units))
	}
	t.y = slices.Clone(t.a)
	return t
}

// addDropout makes room for the masks of the hidden layers, which are to be filled for each batch.
func (t *tape) addDropout() {
	for l, a := range t.a[:len(t.a)-1] {
		t.mask = append(t.mask, newMatrix(a.Rows, a.Cols))
		t.y[l] = newMatrix(a.Rows, a.Cols)
	}
}

// forward computes the outputs, B x O, of the rows of x, B x I; B is at most the tape's rows.
func (n *Network) forward(t *tape, x blas64.General) blas64.General {
	t.x = x
	for l := range n.Layers() {
		z, a := head(t.z[l], x.Rows), head(t.a[l], x.Rows)
		exact.Affine(z, x, n.Weight(l), n.Bias(l))
		n.activation(l).apply(a.Data, z.Data)
		if t.dropsOut(l) {
			multiplyTo(head(t.y[l], x.Rows).Data, a.Data, t.mask[l].Data)
		}
		x = head(t.y[l], x.Rows)
	}
	return x
}

// backward turns dOutputs, which the loss has left in the tape, into the gradient of all parameters,
// laid out as Params is.
func (n *Network) backward(t *tape, gradient []float64) {
	rows := t.x.Rows
	for l := n.Layers() - 1; l >= 0; l-- {
		z, a, d := head(t.z[l], rows), head(t.a[l], rows), head(t.d[l], rows)
		if t.dropsOut(l) {
			multiplyTo(d.Data, d.Data, t.mask[l].Data)
		}
		if f := n.activation(l); f.byZ {
			f.backward(d.Data, z.Data)
		} else {
			f.backward(d.Data, a.Data)
		}
		x := t.x
		if l > 0 {
			x = head(t.y[l-1], rows)
			exact.Gemm(blas.NoTrans, blas.Trans, 1, d, n.Weight(l), 0, head(t.d[l-1], rows))
		}
		exact.Gemm(blas.Trans, blas.NoTrans, 1, x, d, 0, weightView(n.Sizes, gradient, l))
		dBias := biasView(n.Sizes, gradient, l)
		clear(dBias)
		exact.AddColumnSums(dBias, d)
	}
}

// dropsOut tells whether dropout follows layer l.
func (t *tape) dropsOut(l int) bool { return l < len(t.mask) }

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

// head is the view on the first rows of a matrix that newMatrix made.
func head(m blas64.General, rows int) blas64.General {
	m.Rows, m.Data = rows, m.Data[:rows*m.Stride]
	return m
}

func multiplyTo(dst, a, b []float64) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}
