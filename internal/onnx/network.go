package onnx

import (
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// activations maps a choice of train.activation or train.output to the operator for it.
var activations = map[string]func(g *graph, z string) string{
	params.ReLU:     operator("Relu"),
	params.Tanh:     operator("Tanh"),
	params.Logistic: operator("Sigmoid"),
	params.Sigmoid:  operator("Sigmoid"),
	params.GELU:     gelu,
	params.Linear:   func(_ *graph, z string) string { return z },
}

func operator(op string) func(g *graph, z string) string {
	return func(g *graph, z string) string { return g.apply(op, []string{z}) }
}

// gelu is z*(1 + erf(z/sqrt 2))/2. The half comes first, as optimizers replace the usual order with their own
// GELU, which computes in float32.
func gelu(g *graph, z string) string {
	erf := g.newName()
	g.node(project, "Erf", []string{g.apply("Mul", []string{z, g.scalar(rootHalf)})}, erf)
	half := g.scalar(0.5)
	cdf := g.apply("Add", []string{half, g.apply("Mul", []string{half, erf})})
	return g.apply("Mul", []string{z, cdf})
}

const rootHalf = 0.70710678118654752440

// network adds the layers of a network and returns its outputs.
func (g *graph) network(n *mlp.Network, inputs encoded) string {
	x := inputs.name
	for l := range n.Layers() {
		weight, bias := n.Weight(l), n.Bias(l)
		if l == 0 {
			weight = inputs.weight(weight)
		}
		z := g.apply("Gemm", []string{x, g.matrix(weight), g.doubles(bias, int64(len(bias)))})
		if l == n.Layers()-1 {
			return activations[n.Output](g, z)
		}
		x = activations[n.Activation](g, z)
	}
	panic("onnx: a network has at least one layer")
}

// probabilities adds the softmax of the outputs or, if there is one output p, (1-p, p).
func (g *graph) probabilities(outputs string, count int) string {
	if count == 1 {
		rest := g.apply("Sub", []string{g.scalar(1), outputs})
		return g.apply("Concat", []string{rest, outputs}, intAttribute("axis", 1))
	}
	return g.apply("Softmax", []string{outputs}, intAttribute("axis", 1))
}

// ensemble adds all members and returns the probabilities, averaged over the members, and the values
// whose largest decides the class: those of a single network are its outputs, which may differ if the
// probabilities do not.
func (g *graph) ensemble(members []*mlp.Network, x encoded) (probabilities, decisive string) {
	for i, n := range members {
		outputs := g.network(n, x)
		count := len(n.Bias(n.Layers() - 1))
		p := g.probabilities(outputs, count)
		if i == 0 {
			probabilities, decisive = p, outputs
			if count == 1 {
				decisive = p
			}
			continue
		}
		probabilities = g.apply("Add", []string{probabilities, p})
	}
	if len(members) > 1 {
		probabilities = g.apply("Div", []string{probabilities, g.scalar(float64(len(members)))})
		decisive = probabilities
	}
	return probabilities, decisive
}

// scalar is a constant without dimensions.
func (g *graph) scalar(v float64) string { return g.doubles([]float64{v}) }
