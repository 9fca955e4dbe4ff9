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
	update   func(o *optimizer, w, dw, m, v []float64)
	decay    float64
	momentum float64
	rate     float64 // of the step

	OptimizerState
}

// OptimizerState is what an optimizer remembers from step to step.
type OptimizerState struct {
	Steps                  int
	M, V                   []float64 // running means of the gradient and its square; sgd has its velocity in M
	Beta1Power, Beta2Power float64   // beta1 and beta2 to the power of Steps, as running products
}

var optimizers = map[string]func(o *optimizer, w, dw, m, v []float64){
	params.Adam:  (*optimizer).adam,
	params.AdamW: (*optimizer).adamW,
	params.SGD:   (*optimizer).sgd,
}

// schedules have the learning rate of an epoch, from 0, given the rate of the recipe.
var schedules = map[string]func(rate float64, epoch, epochs int) float64{
	params.Constant: func(rate float64, _, _ int) float64 { return rate },
	// PyTorch's CosineAnnealingLR over all epochs.
	params.Cosine: func(rate float64, epoch, epochs int) float64 {
		return rate * (1 + exact.Cos(math.Pi*float64(epoch)/float64(epochs))) / 2
	},
}

func newOptimizer(recipe params.Train, count int) *optimizer {
	return &optimizer{
		update:   choose("optimizer", recipe.Optimizer, optimizers),
		decay:    recipe.WeightDecay,
		momentum: recipe.Momentum,
		OptimizerState: OptimizerState{
			M: make([]float64, count), V: make([]float64, count), Beta1Power: 1, Beta2Power: 1,
		},
	}
}

// begin counts a step, which apply then takes for all parameters, piece by piece.
func (o *optimizer) begin(rate float64) {
	o.rate = rate
	o.Steps++
	o.Beta1Power = float64(o.Beta1Power * beta1) // rounded here: not to be fused with what follows
	o.Beta2Power = float64(o.Beta2Power * beta2)
}

// apply moves some of the parameters w against their gradient dw, which is overwritten.
func (o *optimizer) apply(s span, w, dw []float64) {
	o.update(o, w[s.from:s.to], dw[s.from:s.to], o.M[s.from:s.to], o.V[s.from:s.to])
}

// adam is Kingma and Ba's Adam (2015); weight decay is a term of the gradient.
func (o *optimizer) adam(w, dw, m, v []float64) {
	o.addDecay(dw, w)
	o.adaptiveStep(w, dw, m, v)
}

// adamW is Loshchilov and Hutter's AdamW (2019); weight decay shrinks the parameters themselves.
func (o *optimizer) adamW(w, dw, m, v []float64) {
	if o.decay > 0 {
		keep := 1 - float64(o.rate*o.decay)
		for i := range w {
			w[i] *= keep
		}
	}
	o.adaptiveStep(w, dw, m, v)
}

func (o *optimizer) adaptiveStep(w, dw, m, v []float64) {
	exact.Adam(w, m, v, dw, exact.AdamStep{
		Beta1: beta1, Beta2: beta2, Epsilon: epsilon,
		Rate: o.rate / (1 - o.Beta1Power),
		Root: math.Sqrt(1 - o.Beta2Power),
	})
}

// sgd is stochastic gradient descent with momentum, whose velocity starts at the first gradient.
func (o *optimizer) sgd(w, dw, velocity, _ []float64) {
	o.addDecay(dw, w)
	for i, d := range dw {
		if o.Steps > 1 {
			d = math.FMA(o.momentum, velocity[i], d)
		}
		velocity[i] = d
		w[i] = math.FMA(-o.rate, d, w[i])
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
