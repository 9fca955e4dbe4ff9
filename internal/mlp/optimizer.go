package mlp

import (
	"math"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// The constants of Adam and AdamW, which are PyTorch's defaults.
const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-8
)

// An optimizer changes all parameters along their gradient, in one loop over the flat slices. It owns
// its moments and its count of steps.
type optimizer struct {
	update   func(o *optimizer, w, dw []float64, rate float64)
	decay    float64
	momentum float64

	OptimizerState
}

// OptimizerState is what an optimizer remembers from step to step.
type OptimizerState struct {
	Steps        int
	M, V         []float64 // running means of the gradient and its square; sgd has its velocity in M
	Beta1, Beta2 float64   // beta1 and beta2 to the power of Steps, as running products
}

var optimizers = map[string]func(o *optimizer, w, dw []float64, rate float64){
	params.Adam:  (*optimizer).adam,
	params.AdamW: (*optimizer).adamW,
	params.SGD:   (*optimizer).sgd,
}

func newOptimizer(recipe params.Train, count int) *optimizer {
	return &optimizer{
		update:   optimizers[recipe.Optimizer],
		decay:    recipe.WeightDecay,
		momentum: recipe.Momentum,
		OptimizerState: OptimizerState{
			M: make([]float64, count), V: make([]float64, count), Beta1: 1, Beta2: 1,
		},
	}
}

// step moves w against its gradient dw; dw is overwritten.
func (o *optimizer) step(w, dw []float64, rate float64) {
	o.Steps++
	o.update(o, w, dw, rate)
}

// adam is Kingma and Ba's Adam (2015); weight decay is a term of the gradient.
func (o *optimizer) adam(w, dw []float64, rate float64) {
	o.addDecay(dw, w)
	o.adaptiveStep(w, dw, rate)
}

// adamW is Loshchilov and Hutter's AdamW (2019); weight decay shrinks the parameters themselves.
func (o *optimizer) adamW(w, dw []float64, rate float64) {
	if o.decay > 0 {
		keep := 1 - float64(rate*o.decay)
		for i := range w {
			w[i] *= keep
		}
	}
	o.adaptiveStep(w, dw, rate)
}

func (o *optimizer) adaptiveStep(w, dw []float64, rate float64) {
	o.Beta1 = float64(o.Beta1 * beta1) // rounded here: not to be fused with what follows
	o.Beta2 = float64(o.Beta2 * beta2)
	exact.Adam(w, o.M, o.V, dw, exact.AdamStep{
		Beta1: beta1, Beta2: beta2, Epsilon: epsilon,
		Rate: rate / (1 - o.Beta1),
		Root: math.Sqrt(1 - o.Beta2),
	})
}

// sgd is stochastic gradient descent with momentum, whose velocity starts at the first gradient.
func (o *optimizer) sgd(w, dw []float64, rate float64) {
	o.addDecay(dw, w)
	if o.Steps == 1 {
		copy(o.M, dw)
	} else {
		for i, v := range o.M {
			o.M[i] = math.FMA(o.momentum, v, dw[i])
		}
	}
	for i, v := range o.M {
		w[i] = math.FMA(-rate, v, w[i])
	}
}

func (o *optimizer) addDecay(dw, w []float64) {
	if o.decay == 0 {
		return
	}
	for i, v := range w {
		dw[i] = math.FMA(o.decay, v, dw[i])
	}
}
