package onnx

import (
	"encoding/binary"
	"math"
	"strconv"

	"gonum.org/v1/gonum/blas/blas64"
)

// Element types of tensors, as TensorProto.DataType numbers them.
const (
	typeInt64  = 7
	typeString = 8
	typeDouble = 11
)

// The numbers by which AttributeProto.AttributeType states the type of an attribute.
const (
	attributeInt     = 2
	attributeTensor  = 4
	attributeStrings = 8
)

// mlDomain is the operator set of classical machine learning; the default one has no name.
const mlDomain = "ai.onnx.ml"

// A graph collects the parts of a GraphProto, or of the body of a FunctionProto. Values are named by
// a number after a prefix that no input has.
type graph struct {
	prefix       string
	values       int
	nodes        []message
	initializers []message
	inputs       []message
	outputs      []message
}

func (g *graph) newName() string {
	g.values++
	return g.prefix + strconv.Itoa(g.values)
}

// An attribute is an AttributeProto.
type attribute message

func intAttribute(name string, v int64) attribute {
	var m message
	m.string(1, name)
	m.int(3, v)
	m.int(20, attributeInt)
	return attribute(m)
}

func stringsAttribute(name string, values []string) attribute {
	var m message
	m.string(1, name)
	for _, v := range values {
		m.string(9, v)
	}
	m.int(20, attributeStrings)
	return attribute(m)
}

// apply adds a node of the default operator set and returns the name of its output.
func (g *graph) apply(op string, inputs []string, attributes ...attribute) string {
	output := g.newName()
	g.node("", op, inputs, output, attributes...)
	return output
}

// node adds a NodeProto with one output.
func (g *graph) node(domain, op string, inputs []string, output string, attributes ...attribute) {
	var m message
	for _, input := range inputs {
		m.string(1, input)
	}
	m.string(2, output)
	m.string(3, op+" "+output)
	m.string(4, op)
	for _, a := range attributes {
		m.bytes(5, a)
	}
	if domain != "" {
		m.string(7, domain)
	}
	g.nodes = append(g.nodes, m)
}

// doubles adds a constant tensor with the given shape and returns its name.
func (g *graph) doubles(values []float64, shape ...int64) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return g.tensor(typeDouble, shape, func(m *message, name string) {
		m.string(8, name)
		m.bytes(9, raw)
	})
}

// matrix adds a constant with the values of m.
func (g *graph) matrix(m blas64.General) string {
	values := make([]float64, 0, m.Rows*m.Cols)
	for i := range m.Rows {
		values = append(values, m.Data[i*m.Stride:i*m.Stride+m.Cols]...)
	}
	return g.doubles(values, int64(m.Rows), int64(m.Cols))
}

func (g *graph) int64s(values []int64) string {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return g.tensor(typeInt64, []int64{int64(len(values))}, func(m *message, name string) {
		m.string(8, name)
		m.bytes(9, raw)
	})
}

func (g *graph) strings(values []string) string {
	return g.tensor(typeString, []int64{int64(len(values))}, func(m *message, name string) {
		for _, v := range values {
			m.string(6, v)
		}
		m.string(8, name)
	})
}

// tensor adds a TensorProto whose name and values fill writes, in the order of their field numbers.
func (g *graph) tensor(elements int64, shape []int64, fill func(m *message, name string)) string {
	name := g.newName()
	var m message
	if len(shape) > 0 {
		m.ints(1, shape)
	}
	m.int(2, elements)
	fill(&m, name)
	g.initializers = append(g.initializers, m)
	return name
}

// input and output declare values of the whole graph: any number of rows, with the given number of columns;
// 0 columns is a vector of rows.
func (g *graph) input(name string, elements int64, columns int) {
	g.inputs = append(g.inputs, valueInfo(name, elements, columns))
}

func (g *graph) output(name string, elements int64, columns int) {
	g.outputs = append(g.outputs, valueInfo(name, elements, columns))
}

func valueInfo(name string, elements int64, columns int) message {
	var rows, shape message
	rows.string(2, "rows")
	shape.bytes(1, rows)
	if columns > 0 {
		var width message
		width.int(1, int64(columns))
		shape.bytes(1, width)
	}
	var tensor, kind, info message
	tensor.int(1, elements)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	info.string(1, name)
	info.bytes(2, kind)
	return info
}

// proto returns the GraphProto.
func (g *graph) proto(name string) message {
	var m message
	for _, n := range g.nodes {
		m.bytes(1, n)
	}
	m.string(2, name)
	for _, t := range g.initializers {
		m.bytes(5, t)
	}
	for _, v := range g.inputs {
		m.bytes(11, v)
	}
	for _, v := range g.outputs {
		m.bytes(12, v)
	}
	return m
}
