package mlp

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// Finite differences of the loss must agree with the gradient. Central differences with this step
// have an error of about step^2 plus 1e-16/step.
const (
	differenceStep      = 1e-5
	differenceTolerance = 1e-8
)

func TestGradientsAgreeWithFiniteDifferences(t *testing.T) {
	type combination struct {
		activation, output, loss string
		classes                  int
	}
	var combinations []combination
	for _, activation := range []string{params.ReLU, params.Tanh, params.GELU, params.Logistic} {
		combinations = append(combinations,
			combination{activation, params.Sigmoid, params.CrossEntropy, 2},
			combination{activation, params.Sigmoid, params.CrossEntropy, 3},
			combination{activation, params.Linear, params.CrossEntropy, 2},
			combination{activation, params.Linear, params.CrossEntropy, 3},
			combination{activation, params.Sigmoid, params.BinaryCrossEntropy, 2})
	}
	for _, c := range combinations {
		for _, smoothing := range []float64{0, 0.2} {
			for _, weights := range [][]float64{nil, []float64{0.5, 3, 1.25}[:c.classes]} {
				for _, hidden := range [][]int{nil, {7}, {5, 4}} {
					for _, dropout := range []bool{false, true} {
						name := fmt.Sprintf("%s %s %s of %d smoothing %v weights %v hidden %v dropout %v", c.activation, c.output, c.loss, c.classes, smoothing, weights, hidden, dropout)
						t.Run(name, func(t *testing.T) {
							sizes := append(append([]int{3}, hidden...), OutputsFor(c.loss, c.classes))
							checkGradient(t, NewNetwork(sizes, c.activation, c.output), criterion{losses[c.loss], smoothing, weights}, c.classes, dropout)
						})
					}
				}
			}
		}
	}
}

func checkGradient(t *testing.T, n *Network, c criterion, classes int, dropout bool) {
	const rows = 6
	stream := random.Stream{Seed: 1}
	fill := func(dst []float64, layer uint32) {
		stream.Uniforms(dst, 0, 0, layer)
		for i := range dst {
			dst[i] = 2*dst[i] - 1
		}
	}
	fill(n.Params, 0)
	x := newMatrix(rows, n.Sizes[0])
	fill(x.Data, 1)
	labels := []int{0, 1, classes - 1, 0, 1, classes - 1}
	shares := 0.0
	for _, label := range labels {
		shares += c.share(label)
	}
	tape := newTape(n, rows)
	tape.addSteps(n, dropout, 1)
	if dropout {
		for _, mask := range tape.mask {
			for i := range mask.Data {
				mask.Data[i] = float64(i%3) / 2
			}
		}
	}

	all := span{0, rows}
	tape.x = []blas64.General{x}
	value := func() float64 {
		tape.takeWeights(n, 0, 1)
		n.forward(tape, all, tape.mask, 0)
		c.forward(tape.losses, tape.dOutputs(all), tape.outputs(all), labels)
		mean := 0.0
		for _, v := range tape.losses {
			mean += v / shares
		}
		return mean
	}
	value()
	c.backward(tape.dOutputs(all), tape.outputs(all), labels, shares)
	tape.transposeWeights(n, 0, 1)
	n.backward(tape, all)
	gradient := make([]float64, len(n.Params))
	n.addGradient(tape, all, gradient, 0, 1)
	for i, w := range n.Params {
		at := func(w float64) float64 {
			n.Params[i] = w
			return value()
		}
		want := (at(w+differenceStep) - at(w-differenceStep)) / (2 * differenceStep)
		n.Params[i] = w
		if math.Abs(gradient[i]-want) > differenceTolerance {
			t.Errorf("parameter %d: the gradient is %v, finite differences give %v", i, gradient[i], want)
		}
	}
}
