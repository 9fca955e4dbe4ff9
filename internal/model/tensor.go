package model

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// A tensor is a named part of a model. In the file it is the transpose of its matrix in the model;
// a vector is a matrix of one row there.
type tensor struct {
	name       string
	shape      []int // in the file
	begin, end int   // its place among the values, in bytes
	member     int
	common     bool // the same for all members
	divides    bool
	of         func(m *Model, member int) blas64.General
}

// tensors returns the tensors of all members, in the order and the places in which Encode writes them.
func (d description) tensors() []tensor {
	list := make([]tensor, 0, d.countTensors())
	for member := range d.members {
		prefix := ""
		if d.members > 1 {
			prefix = strconv.Itoa(member) + "."
		}
		for _, t := range d.memberTensors() {
			t.name, t.member = prefix+t.name, member
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b tensor) int { return strings.Compare(a.name, b.name) })
	at := 0
	for i := range list {
		t := &list[i]
		t.begin = at
		at += 8 * size(t.shape)
		t.end = at
	}
	return list
}

func (d description) countTensors() int {
	count := 2 * (len(d.layers) - 1)
	if d.scaling != params.None {
		count += 2
	}
	return count * d.members
}

func (d description) memberTensors() []tensor {
	var list []tensor
	for l, out := range d.layers[1:] {
		// Activations are between the layers of a Sequential, and have no tensors.
		name := strconv.Itoa(2 * l)
		list = append(list,
			tensor{name: name + ".weight", shape: []int{out, d.layers[l]}, of: func(m *Model, i int) blas64.General { return m.Members[i].Weight(l) }},
			vector(name+".bias", out, func(m *Model, i int) []float64 { return m.Members[i].Bias(l) }))
	}
	if d.scaling != params.None {
		offset := vector("scaling.offset", d.scaled(), func(m *Model, _ int) []float64 { return m.Features.Offset })
		divisor := vector("scaling.divisor", d.scaled(), func(m *Model, _ int) []float64 { return m.Features.Divisor })
		offset.common, divisor.common, divisor.divides = true, true, true
		list = append(list, offset, divisor)
	}
	return list
}

func vector(name string, length int, of func(m *Model, member int) []float64) tensor {
	return tensor{name: name, shape: []int{length}, of: func(m *Model, member int) blas64.General {
		values := of(m, member)
		return blas64.General{Rows: 1, Cols: len(values), Stride: len(values), Data: values}
	}}
}

func size(shape []int) int {
	n := 1
	for _, length := range shape {
		n *= length
	}
	return n
}

// An entry is what the header says about a tensor.
type entry struct {
	Offsets []int  `json:"data_offsets"`
	Type    string `json:"dtype"`
	Shape   []int  `json:"shape"`
}

func (t tensor) entry() entry { return entry{[]int{t.begin, t.end}, "F64", t.shape} }

// each calls visit for the tensor's values in the order of the file.
func (t tensor) each(m *Model, visit func(v *float64)) {
	values := t.of(m, t.member)
	for j := range values.Cols {
		for i := range values.Rows {
			visit(&values.Data[i*values.Stride+j])
		}
	}
}

// write writes the tensor's values as they are in the file.
func (t tensor) write(out *bufio.Writer, m *Model) {
	t.each(m, func(v *float64) {
		out.Write(binary.LittleEndian.AppendUint64(out.AvailableBuffer(), math.Float64bits(*v)))
	})
}

// read sets the tensor's values to those of the file. It reports whether they equal those of the first member, if they must.
func (t tensor) read(m *Model, from []byte) bool {
	agree := true
	t.each(m, func(v *float64) {
		bits := binary.LittleEndian.Uint64(from)
		from = from[8:]
		if t.common && t.member > 0 {
			agree = agree && bits == math.Float64bits(*v)
			return
		}
		*v = math.Float64frombits(bits)
	})
	return agree
}

// check returns an error unless all values of the tensor are finite, and no divisor is 0.
func (t tensor) check(m *Model) (err error) {
	t.each(m, func(v *float64) {
		switch {
		case err != nil:
		case !exact.IsFinite(*v):
			err = fmt.Errorf("tensor %s must hold finite values, got %v", t.name, *v)
		case *v == 0 && t.divides:
			err = fmt.Errorf("tensor %s must hold no 0", t.name)
		}
	})
	return err
}
