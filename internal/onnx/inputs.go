package onnx

import (
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// encoded is the matrix of a graph that the first layers are applied to, rows x width. Its columns are the model's inputs
// in another order, some of them more than once.
type encoded struct {
	name  string
	order []int // for each column, the number of the model's input
}

// weight returns the weight of a first layer for the columns of e.
func (e encoded) weight(w blas64.General) blas64.General {
	out := blas64.General{Rows: len(e.order), Cols: w.Cols, Stride: w.Cols, Data: make([]float64, 0, len(e.order)*w.Cols)}
	for _, i := range e.order {
		out.Data = append(out.Data, w.Data[i*w.Stride:i*w.Stride+w.Cols]...)
	}
	return out
}

// encode declares the inputs of the graph, raw columns, and turns them into those of the networks: numbers first, then 1
// for each gap in them, then the categorical columns.
func (g *graph) encode(m *model.Model) encoded {
	var blocks []string
	var order, gaps []int // of gaps, the columns of numbers that have an input for them
	var numbers []features.Column
	input := 0
	for _, c := range m.Features.Columns {
		if c.Kind == dataset.Number {
			order = append(order, input)
			if c.Gaps {
				gaps = append(gaps, len(numbers))
			}
			numbers = append(numbers, c)
		}
		input += c.Len()
	}
	if len(numbers) > 0 {
		x := g.numbers(numbers, !m.Data.Header && len(numbers) == len(m.Features.Columns))
		missing := g.apply("IsNaN", []string{x})
		blocks = append(blocks, g.scaled(m.Features, numbers, x, missing))
		if len(gaps) > 0 {
			blocks = append(blocks, g.columns(g.cast(missing), gaps))
			for _, k := range gaps {
				order = append(order, order[k]+1) // an input for gaps follows that of its number
			}
		}
	}
	input = 0
	for _, c := range m.Features.Columns {
		if c.Kind == dataset.Category {
			block, at := g.category(c, m.Data.Missing)
			if block != "" {
				blocks = append(blocks, block)
			}
			for _, i := range at {
				order = append(order, input+i)
			}
		}
		input += c.Len()
	}
	if len(blocks) == 1 {
		return encoded{blocks[0], order}
	}
	return encoded{g.apply("Concat", blocks, intAttribute("axis", 1)), order}
}

// featuresName is the one input of a table that has only numbers and no names for them.
const featuresName = "features"

// numbers declares an input for each column of numbers, or one for all of them, and returns their matrix.
func (g *graph) numbers(columns []features.Column, together bool) string {
	if together {
		g.input(featuresName, typeDouble, len(columns))
		return featuresName
	}
	var names []string
	for _, c := range columns {
		g.input(c.Label(), typeDouble, 1)
		names = append(names, c.Label())
	}
	if len(names) == 1 {
		return names[0]
	}
	return g.apply("Concat", names, intAttribute("axis", 1))
}

// scaled replaces gaps with medians, and scales.
func (g *graph) scaled(f *features.Features, columns []features.Column, x, missing string) string {
	n := int64(len(columns))
	medians := make([]float64, n)
	for i, c := range columns {
		medians[i] = c.Median
	}
	x = g.apply("Where", []string{missing, g.doubles(medians, 1, n), x})
	if f.Scaling == params.None {
		return x
	}
	if n > 1 {
		return g.standardized(x, f.Offset, f.Divisor)
	}
	// ONNX Runtime removes x - offset and x / divisor if the constant has one element that is 0 or 1 as a float32: so one
	// column becomes two equal ones.
	return g.columns(g.standardized(x, slices.Repeat(f.Offset, 2), slices.Repeat(f.Divisor, 2)), []int{0})
}

// standardized is (x - offset) / divisor, column by column; x may be a single column for all of them.
func (g *graph) standardized(x string, offset, divisor []float64) string {
	n := int64(len(offset))
	x = g.apply("Sub", []string{x, g.doubles(offset, 1, n)})
	return g.apply("Div", []string{x, g.doubles(divisor, 1, n)})
}

// category declares a text column and returns its block, or "" if it has no inputs, and for each of the block's columns the
// input of the text column that it is. Each text that means "no value" has a column of its own.
func (g *graph) category(c features.Column, missing []string) (block string, inputs []int) {
	g.input(c.Label(), typeString, 1)
	texts := slices.Clone(c.Texts)
	for i := range texts {
		inputs = append(inputs, i)
	}
	if c.Gaps {
		for _, text := range slices.Compact(slices.Sorted(slices.Values(append([]string{""}, missing...)))) {
			texts = append(texts, text)
			inputs = append(inputs, len(c.Texts))
		}
	}
	if len(texts) == 0 {
		return "", nil
	}
	one := g.newName()
	g.node(mlDomain, "OneHotEncoder", []string{c.Label()}, one, stringsAttribute("cats_strings", texts), intAttribute("zeros", 1))
	return g.cast(g.apply("Reshape", []string{one, g.int64s([]int64{-1, int64(len(texts))})})), inputs
}

// cast turns booleans or floats into doubles.
func (g *graph) cast(x string) string {
	return g.apply("Cast", []string{x}, intAttribute("to", typeDouble))
}

// columns selects some columns of a matrix.
func (g *graph) columns(x string, columns []int) string {
	at := make([]int64, len(columns))
	for i, column := range columns {
		at[i] = int64(column)
	}
	return g.apply("Gather", []string{x, g.int64s(at)}, intAttribute("axis", 1))
}
