package exact

import (
	"fmt"
	"os"
	"strings"
)

//go:generate go run ./gen .

// kernels are the inner loops for one instruction set.
type kernels struct {
	name string

	// tall is for products with any number of rows, flat for those with up to flatRows.
	tall, flat panelKernel

	// The others work element by element, on slices whose length is a multiple of
	// lanes. In generic they are nil, and lanes is 0.
	lanes                         int
	exp, log, tanh, logistic, erf func(dst, src []float64)
	logisticBackward              func(dz, h []float64)
	maximum                       func(dst, src []float64)
	expSum                        func(dst, sum, src, top []float64)
	divide                        func(dst, by []float64)
	adam                          func(w, m, v, g []float64, rest1, rest2, beta2, rate, inverseRoot, epsilon float64)

	// transpose sets rows of dst to the first blocks*lanes columns of lanes rows of src.
	transpose func(blocks int, dst []float64, dstRow int, src []float64, srcRow int)
	// narrow adds the products of each row of x with w0 and w1, columns whose numbers are wRow apart, to c0 and c1. rows must be
	// a multiple of 2*lanes and k of lanes, and both positive. It is nil where transpose and flat are as fast.
	narrow func(rows, k int, x []float64, xRow int, w0, w1 []float64, wRow int, c0, c1 []float64)
	// outputs sets rows of dz to d0[i]*w0 + d1[i]*w1, or 0 where h is not positive, and adds dz's columns to db, d0[i]*h to dw0 and
	// d1[i]*h to dw1. It takes as many columns as db has, a multiple of lanes, and at least one row. It may be nil.
	outputs func(rows int, d0, d1, h []float64, hRow int, w0, w1, dw0, dw1, db, dz []float64, dzRow int)
}

// A panelKernel computes c = a*b, or c += a*b if add is set, then adds bias to each row unless bias is empty,
// then applies ReLU if relu is set, then sets to 0 each element whose gate is not positive,
// unless gate is empty. c is a panel: rows x columns, with at most whole columns. Element
// (i, l) of a is a[i*aRow+l*aCol], (l, j) of b is b[l*bRow+j], (i, j) of c is c[i*cRow+j]
// and of gate is gate[i*gateRow+j].
type panelKernel struct {
	compute func(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int,
		add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)
	width int
	whole int // the width of a panel that is all of c, at most: no less than width
	lanes int
}

// flatRows is how many rows the flat kernels hold in registers.
const flatRows = 2

// widthFor returns the width of panels that divide n columns into as few of them as possible:
// they are about equally wide, as narrow ones are slow.
func (k panelKernel) widthFor(n int) int {
	panels := (n + k.width - 1) / k.width
	if n <= k.whole {
		panels = 1
	}
	width := (n + panels - 1) / panels
	return (width + k.lanes - 1) / k.lanes * k.lanes
}

// active are the kernels in use.
var active, errKernel = choose(os.Getenv("SONAR_KERNEL"), supported())

// choose returns the kernels of that name, or the first ones if name is empty or, with an error, unknown.
func choose(name string, list []kernels) (kernels, error) {
	for _, k := range list {
		if name == "" || k.name == name {
			return k, nil
		}
	}
	return list[0], fmt.Errorf("SONAR_KERNEL must name a kernel of this CPU and build (%s), got %.40q",
		strings.Join(names(list), ", "), name)
}

// CheckKernel returns an error if the environment variable SONAR_KERNEL names no kernel that this CPU and
// build have. A program that computes calls it at its start, as the fastest kernels would take over.
func CheckKernel() error { return errKernel }

func names(list []kernels) []string {
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = k.name
	}
	return names
}

// Kernels returns the names of the kernels that this CPU and build have, the fastest first.
func Kernels() []string { return names(supported()) }

// Kernel returns the name of the kernels in use: avx512, avx2, neon or generic.
func Kernel() string { return active.name }

// interruptible is how many numbers a kernel takes at most if they may be millions: Go cannot take its thread from a goroutine
// that is in a kernel, not even to handle a signal. It is a multiple of the lanes of every kernel.
const interruptible = 1 << 15

// vectors returns how many of n numbers fill whole vectors.
func (k *kernels) vectors(n int) int {
	if k.lanes == 0 {
		return 0
	}
	return n - n%k.lanes
}
