// Package onnx writes a model in the ONNX format, so that other programs and languages can run it with a runtime of their
// own. The file uses float64 throughout and takes raw columns: gaps, scaling and categories are part of it.
//
// A table has an input for each column, by its name or, without names, its position in the raw file: doubles, in which NaN is a
// gap, or strings, in which "" is a gap. But a table of numbers without names has one input, "features". The outputs are "label",
// the class of each row, and "probabilities".
//
// The probabilities are those of model.Predict except for rounding, as a runtime sums in another order; only this project's
// programs have the exact bits. See https://onnx.ai/onnx/intro/concepts.html and, for the numbers of the fields, onnx.proto.
package onnx

import (
	"encoding/json"
	"fmt"
	"math"

	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// The versions that most runtimes support: those of IR 7, except with functions, which came with IR 8.
const (
	irPlain, irFunctions               = 7, 8
	operatorsPlain, operatorsFunctions = 13, 15
	operatorsML                        = 1
)

// The outputs of the graph.
const (
	labelName         = "label"
	probabilitiesName = "probabilities"
)

// project is the name that the file says it comes from, and the domain of the function that it defines. It is a variable so that
// the linker can set it: test/exactness pins the bytes of files under one name, whatever the project is called.
var project = "sonar"

// maxSize is the size of the largest file, in bytes: that of a protocol buffer.
const maxSize = math.MaxInt32

// Encode returns the file of m. It is an error if an input has the name of another one or of an output, or if the model is larger
// than the format allows (2 GiB); a large one is refused before memory is allocated for it.
func Encode(m *model.Model) ([]byte, error) {
	if err := checkNames(m); err != nil {
		return nil, err
	}
	if err := checkSize(weightBytes(m)); err != nil {
		return nil, err
	}
	functions := usesErf(m)
	text, err := json.Marshal(m.Data.Classes)
	if err != nil {
		return nil, err
	}
	var file message
	file.int(1, ifElse(functions, irFunctions, irPlain))
	file.string(2, project)
	file.bytes(7, buildGraph(m).proto(project))
	file.bytes(8, operatorSet("", operators(functions)))
	file.bytes(8, operatorSet(mlDomain, operatorsML))
	if functions {
		file.bytes(8, operatorSet(project, 1))
	}
	file.bytes(14, property("classes", string(text)))
	file.bytes(14, property("project", project))
	if functions {
		file.bytes(25, erfFunction())
	}
	return file, checkSize(len(file))
}

func checkSize(size int) error {
	if size > maxSize {
		return fmt.Errorf("the model must take at most %d bytes, as ONNX files do, takes %d", maxSize, size)
	}
	return nil
}

// weightBytes returns the size of all weights and biases, a lower bound for the size of the file.
func weightBytes(m *model.Model) int {
	values := 0
	for _, n := range m.Members {
		for l := range n.Layers() {
			w := n.Weight(l)
			values += w.Rows*w.Cols + len(n.Bias(l))
		}
	}
	return 8 * values
}

// checkNames returns an error if an input has the name of another one or of an output.
func checkNames(m *model.Model) error {
	taken := map[string]bool{labelName: true, probabilitiesName: true}
	for _, c := range m.Features.Columns {
		if taken[c.Label()] {
			return fmt.Errorf("column %.40q must not have the name of an output, %s or %s, or of another column: rename it", c.Label(), labelName, probabilitiesName)
		}
		taken[c.Label()] = true
	}
	return nil
}

func buildGraph(m *model.Model) *graph {
	g := &graph{prefix: prefix(m)}
	x := g.encode(m)
	probabilities, decisive := g.ensemble(m.Members, x)
	g.node("", "Identity", []string{probabilities}, probabilitiesName)
	best := g.apply("ArgMax", []string{decisive}, intAttribute("axis", 1), intAttribute("keepdims", 0))
	g.node("", "Gather", []string{g.strings(m.Data.Classes), best}, labelName)
	g.output(labelName, typeString, 0)
	g.output(probabilitiesName, typeDouble, len(m.Data.Classes))
	return g
}

// prefix returns a text that begins the names of all values inside the graph, and the name of no input.
func prefix(m *model.Model) string {
	text := "/"
	for _, c := range m.Features.Columns {
		for len(c.Label()) >= len(text) && c.Label()[:len(text)] == text {
			text += "/"
		}
	}
	return text
}

func usesErf(m *model.Model) bool {
	n := m.Members[0]
	return n.Activation == params.GELU && n.Layers() > 1
}

func operators(functions bool) int64 { return ifElse(functions, operatorsFunctions, operatorsPlain) }

func ifElse(condition bool, yes, no int64) int64 {
	if condition {
		return yes
	}
	return no
}

func operatorSet(domain string, version int64) message {
	var m message
	if domain != "" {
		m.string(1, domain)
	}
	m.int(2, version)
	return m
}

func property(key, value string) message {
	var m message
	m.string(1, key)
	m.string(2, value)
	return m
}
