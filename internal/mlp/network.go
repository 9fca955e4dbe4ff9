// Package mlp is the multilayer perceptron: the network, its losses and optimizers, Fit and Predict.
// It only computes: it opens no file, reads no clock and logs nothing.
//
// The same names stand for the same shapes everywhere: B rows of a batch, I inputs, H units of a hidden layer, O
// outputs, K classes. A matrix is row-major. The gradient of the loss with respect to a value has
// the value's name with a d before it.
package mlp

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/params"
)

// A Network maps a row of I inputs to O outputs: each layer multiplies by its weights, adds its biases and applies its
// activation. NewNetwork makes one.
//
// All trainable parameters are in Params, layer by layer: the weights as an [in][out] matrix, then
// the biases.
type Network struct {
	Sizes      []int     // I, then the units of each layer; the last is O
	Activation string    // of the hidden layers, a choice of train.activation
	Output     string    // of the last layer, a choice of train.output
	Params     []float64 // one flat slice, on which the layers are views

	hidden *activation
	output *outputActivation
}

// NewNetwork returns a network whose parameters are all zero. The sizes are those of the inputs and
// of each layer's outputs, so at least two. It panics if there are fewer, or if activation or output is
// none of the choices of train.activation and train.output.
func NewNetwork(sizes []int, activation, output string) *Network {
	if len(sizes) < 2 {
		panic("mlp: a network has at least one layer")
	}
	return &Network{
		Sizes: sizes, Activation: activation, Output: output, Params: make([]float64, CountParams(sizes)),
		hidden: choose("activation", activation, activations),
		output: choose("output", output, outputActivations),
	}
}

// choose returns the choice of a name; the caller is to know that there is one.
func choose[T any](kind, name string, choices map[string]T) T {
	choice, known := choices[name]
	if !known {
		panic(fmt.Sprintf("mlp: unknown %s %.40q", kind, name))
	}
	return choice
}

// CountParams returns the number of weights and biases of a network of the given sizes.
func CountParams(sizes []int) int {
	count := 0
	for l := range len(sizes) - 1 {
		count += (sizes[l] + 1) * sizes[l+1]
	}
	return count
}

// Layers returns the number of layers, the output layer included.
func (n *Network) Layers() int { return len(n.Sizes) - 1 }

// Inputs returns I.
func (n *Network) Inputs() int { return n.Sizes[0] }

// Classes returns K, the number of classes that the outputs distinguish: a single output distinguishes two.
func (n *Network) Classes() int { return max(2, n.Sizes[len(n.Sizes)-1]) }

// Weight returns the view of the weights of layer l, from 0: an [in][out] matrix.
func (n *Network) Weight(l int) blas64.General { return weightView(n.Sizes, n.Params, l) }

// Bias returns the view of the biases of layer l.
func (n *Network) Bias(l int) []float64 { return biasView(n.Sizes, n.Params, l) }

// weightView and biasView are views of any slice laid out as Params is: the gradient has them too.
func weightView(sizes []int, flat []float64, l int) blas64.General {
	at := CountParams(sizes[:l+1])
	in, out := sizes[l], sizes[l+1]
	return blas64.General{Rows: in, Cols: out, Stride: out, Data: flat[at : at+in*out : at+in*out]}
}

func biasView(sizes []int, flat []float64, l int) []float64 {
	end := CountParams(sizes[:l+2])
	return flat[end-sizes[l+1] : end : end]
}

// Sizes returns those of the networks that a recipe asks for: I, the units of each hidden layer, and O.
func Sizes(recipe params.Train, inputs, classes int) []int {
	return slices.Concat([]int{inputs}, recipe.HiddenSizes, []int{OutputsFor(recipe.Loss, classes)})
}

// OutputsFor returns O, the number of outputs of a network that distinguishes classes with the given loss.
func OutputsFor(loss string, classes int) int {
	if loss == params.BinaryCrossEntropy {
		return 1
	}
	return classes
}
