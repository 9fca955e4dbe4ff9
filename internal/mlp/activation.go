package mlp

import (
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// An activation is an elementwise function A = f(Z) and its derivative.
type activation struct {
	// forward computes a layer, Z = X W + b and A = f(Z). A may be Z where byZ is not set.
	forward func(a, z, x, w blas64.General, b []float64)
	// backward turns dA into dZ = dA * f'(Z), in place. It is given A, from which most derivatives
	// follow, or Z where byZ is set.
	backward func(d, value []float64)
	byZ      bool
}

var activations = map[string]activation{
	params.ReLU:     {forward: affineReLU, backward: exact.ReLUBackward},
	params.Tanh:     {forward: affineThen(exact.TanhTo), backward: exact.TanhBackward},
	params.GELU:     {forward: affineThen(exact.GELUTo), backward: exact.GELUBackward, byZ: true},
	params.Logistic: {forward: affineThen(exact.LogisticTo), backward: exact.LogisticBackward},
	params.Sigmoid:  {forward: affineThen(exact.LogisticTo), backward: exact.LogisticBackward}, // the output's name for it
	params.Linear:   {forward: affine, backward: func(d, a []float64) {}},
}

// affineThen is a layer whose activation is a function over slices.
func affineThen(f func(dst, src []float64)) func(a, z, x, w blas64.General, b []float64) {
	return func(a, z, x, w blas64.General, b []float64) {
		exact.Affine(z, x, w, b)
		f(a.Data, z.Data)
	}
}

// affineReLU and affine have no use for Z: they are done in one pass.
func affineReLU(a, _, x, w blas64.General, b []float64) { exact.AffineReLU(a, x, w, b) }
func affine(a, _, x, w blas64.General, b []float64)     { exact.Affine(a, x, w, b) }
