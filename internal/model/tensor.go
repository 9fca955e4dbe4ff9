package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/mlp"
)

// A tensor is a named part of a member. In the file it is the transpose of the matrix that it is in
// the member; a vector is a matrix of one row there.
type tensor struct {
	name       string
	shape      []int // in the file
	begin, end int   // its place among the values, in bytes
	member     int
	divides    bool
	of         func(n *mlp.Network) blas64.General
}

// tensors are those of all members, in the order of the file.
func (d description) tensors() []tensor {
	var list []tensor
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

func (d description) memberTensors() []tensor {
	var list []tensor
	for l, out := range d.layers[1:] {
		// Activations stand between the layers of a Sequential, and have no tensors.
		name := strconv.Itoa(2 * l)
		list = append(list,
			tensor{name: name + ".weight", shape: []int{out, d.layers[l]}, of: func(n *mlp.Network) blas64.General { return n.Weight(l) }},
			vector(name+".bias", out, func(n *mlp.Network) []float64 { return n.Bias(l) }))
	}
	if d.scales() {
		offset := vector("scaling.offset", d.layers[0], func(n *mlp.Network) []float64 { return n.Offset })
		divisor := vector("scaling.divisor", d.layers[0], func(n *mlp.Network) []float64 { return n.Divisor })
		divisor.divides = true
		list = append(list, offset, divisor)
	}
	return list
}

func vector(name string, length int, of func(n *mlp.Network) []float64) tensor {
	return tensor{name: name, shape: []int{length}, of: func(n *mlp.Network) blas64.General {
		values := of(n)
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

// entry is what the header says of the tensor.
func (t tensor) entry() any {
	return struct {
		Offsets [2]int `json:"data_offsets"`
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
	}{[2]int{t.begin, t.end}, "F64", t.shape}
}

// check tells whether all values of the tensor in n are finite, and none is a divisor of 0.
func (t tensor) check(n *mlp.Network) error {
	m := t.of(n)
	for i := range m.Rows {
		for _, v := range m.Data[i*m.Stride : i*m.Stride+m.Cols] {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("tensor %s must hold finite values, got %v", t.name, v)
			}
			if v == 0 && t.divides {
				return fmt.Errorf("tensor %s must hold no 0", t.name)
			}
		}
	}
	return nil
}
