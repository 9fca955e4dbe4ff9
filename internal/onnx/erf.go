package onnx

import (
	"encoding/binary"
	"math"

	"example.com/sonar/internal/exact"
)

// erfFunction returns the FunctionProto of the error function, computed as by exact.Erf: runtimes have no Erf for
// doubles. Without fused multiply-adds it is within 3e-16 of exact.Erf.
func erfFunction() message {
	b := body{graph{prefix: "v"}}
	x := "x"
	a := b.apply("Abs", []string{x})
	z := b.apply("Mul", []string{a, a})
	small, large := exact.ErfPolynomials()
	p := b.horner(small, z)
	one := b.constant(1)
	near := b.apply("Add", []string{a, b.apply("Mul", []string{a, p})})

	bound := b.constant(exact.ErfBound)
	clamped := b.apply("Where", []string{b.apply("Less", []string{a, bound}), a, bound})
	q := b.horner(large, b.apply("Sub", []string{clamped, one}))
	far := b.apply("Sub", []string{one, b.apply("Exp", []string{b.apply("Neg", []string{q})})})

	y := b.apply("Where", []string{b.apply("Less", []string{a, one}), near, far})
	b.node("", "Mul", []string{y, b.apply("Sign", []string{x})}, "y")

	var m message
	m.string(1, "Erf")
	m.string(4, x)
	m.string(5, "y")
	for _, n := range b.nodes {
		m.bytes(7, n)
	}
	m.bytes(9, operatorSet("", operatorsFunctions))
	m.string(10, project)
	return m
}

// A body is the body of a function, in which constants are nodes.
type body struct{ graph }

// constant adds a scalar.
func (b *body) constant(v float64) string {
	var tensor, a message
	tensor.int(2, typeDouble)
	tensor.bytes(9, binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	a.string(1, "value")
	a.bytes(5, tensor)
	a.int(20, attributeTensor)
	return b.apply("Constant", nil, attribute(a))
}

// horner evaluates a polynomial, given its coefficients from the highest power down.
func (b *body) horner(coefficients []float64, x string) string {
	y := b.constant(coefficients[0])
	for _, c := range coefficients[1:] {
		y = b.apply("Add", []string{b.apply("Mul", []string{y, x}), b.constant(c)})
	}
	return y
}
