package mlp

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// An activation is an elementwise function A = f(Z) of a hidden layer, and its derivative.
type activation struct {
	// forward computes a layer, Z = X W + b and A = f(Z). A may be Z unless byZ is set.
	forward func(a, z, x, w blas64.General, b []float64)
	// apply computes f alone. dst may be src unless byZ is set.
	apply func(dst, src []float64)
	// backward computes its gradient from that of the next, D, which is dZ of that layer or its transpose:
	// dY = D W', dA = dY * mask unless that has no data, dZ = dA * f'(Z). It is passed A, from which most
	// derivatives follow, or Z if byZ is set, and room for as many numbers as dZ has.
	backward func(dz blas64.General, t blas.Transpose, d, wT, value, mask blas64.General, room []float64)
	// addGradients is the backward pass from two outputs, the sums for the biases and the gradient of the outputs' weights in one;
	// nil if there is no such pass.
	addGradients func(dw blas64.General, db []float64, dz, d, wT, value blas64.General)
	byZ          bool
}

var activations = map[string]*activation{
	params.ReLU:     {forward: affineReLU, apply: relu, backward: backwardReLU, addGradients: exact.AddReLUGradients},
	params.Tanh:     {forward: affineThen(exact.TanhTo), apply: exact.TanhTo, backward: backwardThen(exact.TanhBackward)},
	params.GELU:     {forward: affineThen(exact.GELUTo), apply: exact.GELUTo, backward: backwardThen(exact.GELUBackward), byZ: true},
	params.Logistic: {forward: affineThen(exact.LogisticTo), apply: exact.LogisticTo, backward: backwardThen(exact.LogisticBackward)},
}

// affineThen is a layer whose activation is a function over slices.
func affineThen(f func(dst, src []float64)) func(a, z, x, w blas64.General, b []float64) {
	return func(a, z, x, w blas64.General, b []float64) {
		exact.Affine(z, x, w, b)
		f(a.Data, z.Data)
	}
}

// backwardThen is the gradient of a layer whose activation has its derivative over slices.
func backwardThen(f func(d, value []float64)) func(dz blas64.General, t blas.Transpose, d, wT, value, mask blas64.General, room []float64) {
	return func(dz blas64.General, t blas.Transpose, d, wT, value, mask blas64.General, room []float64) {
		exact.Backward(dz, t, d, wT)
		applyMask(dz, mask)
		f(dz.Data, alike(value, dz, room))
	}
}

// affineReLU is one pass, which needs no Z.
func affineReLU(a, _, x, w blas64.General, b []float64) { exact.AffineReLU(a, x, w, b) }

func relu(dst, src []float64) {
	for i, z := range src {
		dst[i] = max(z, 0)
	}
}

// backwardReLU is one pass too: since the derivative is 0 or 1, the mask may follow it.
func backwardReLU(dz blas64.General, t blas.Transpose, d, wT, value, mask blas64.General, room []float64) {
	exact.BackwardReLU(dz, t, d, wT, value)
	applyMask(dz, mask)
}

// applyMask multiplies d by the mask, if there is one.
func applyMask(d, mask blas64.General) {
	if mask.Data == nil {
		return
	}
	for i := range d.Rows {
		multiplyTo(row(d, i), row(d, i), row(mask, i))
	}
}

// An outputActivation is that of the last layer; backward is passed A.
type outputActivation struct {
	forward  func(a, z []float64)
	backward func(d, a []float64)
}

var outputActivations = map[string]*outputActivation{
	params.Sigmoid: {exact.LogisticTo, exact.LogisticBackward},
	params.Linear:  {func(a, z []float64) {}, func(d, a []float64) {}},
}
