package mlp

import (
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// An activation is an elementwise function A = f(Z) and its derivative.
type activation struct {
	// apply sets a to f(z).
	apply func(a, z []float64)
	// backward turns dA into dZ = dA * f'(Z), in place. It is given A, from which most derivatives
	// follow, or Z where byZ is set.
	backward func(d, value []float64)
	byZ      bool
}

var activations = map[string]activation{
	params.ReLU:     {apply: exact.ReLUTo, backward: exact.ReLUBackward},
	params.Tanh:     {apply: exact.TanhTo, backward: exact.TanhBackward},
	params.GELU:     {apply: exact.GELUTo, backward: exact.GELUBackward, byZ: true},
	params.Logistic: {apply: exact.LogisticTo, backward: exact.LogisticBackward},
	params.Sigmoid:  {apply: exact.LogisticTo, backward: exact.LogisticBackward}, // the output's name for it
	params.Linear:   {apply: func(a, z []float64) { copy(a, z) }, backward: func(d, a []float64) {}},
}
