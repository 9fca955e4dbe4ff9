package main

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/mlp"
)

// A product is one product of a training step, m x n with k terms per element, computed by the kernel
// that training calls: the bias, ReLU and ReLU's derivative are part of it.
type product struct {
	name    string
	m, n, k int
	compute func()
}

// chunkRows returns how many of a step's rows mlp takes through a net at once, on one thread.
func chunkRows(hidden []int) int {
	return min(stepRows, mlp.ChunkRows(60, append(slices.Clone(hidden), 2), 1))
}

// products returns those of a step of each net, on one chunk. For layer l, A0 being X, they are the
// forward pass A(l-1) W(l), the gradient A(l-1)' dZ(l), and the backward pass dZ(l) W(l)'.
func products() []product {
	var list []product
	for _, hidden := range nets {
		list = append(list, productsOf(netName(hidden), append(slices.Clone(hidden), 2), chunkRows(hidden))...)
	}
	return list
}

func productsOf(net string, units []int, rows int) []product {
	var list []product
	add := func(name string, m, n, k int, compute func()) {
		list = append(list, product{net + ", " + name, m, n, k, compute})
	}
	inputs, x, xName := 60, filled(rows, 60), "X"
	for l, outputs := range units {
		w, dW, bias := filledRows(inputs, outputs), filled(inputs, outputs), filled(1, outputs).Data
		wT := filledRows(outputs, inputs)
		number := fmt.Sprint(l + 1)
		forward, gradient, backward := xName+" W"+number, xName+"' dZ"+number, "dZ"+number+" W"+number+"'"
		z, d, transposed := filledRows(rows, outputs), filledRows(rows, outputs), blas.NoTrans
		affine := exact.AffineReLU
		if l == len(units)-1 { // the outputs are few: they are kept transposed
			z, d, transposed, affine = filled(outputs, rows), filled(outputs, rows), blas.Trans, exact.AffineTransposed
		}
		a := x // of this layer, as the closures see it
		add(forward, rows, outputs, inputs, func() { affine(z, a, w, bias) })
		if l == 1 && len(units) == 2 { // one pass over A does both
			add(gradient+" and "+backward, rows, inputs, 2*outputs, func() { addReLUGradients(dW, d, wT, a) })
			break
		}
		add(gradient, inputs, outputs, rows, func() { exact.AddGradient(dW, a, transposed, d) })
		if l > 0 {
			dA := filledRows(rows, inputs)
			add(backward, rows, inputs, outputs, func() { exact.BackwardReLU(dA, transposed, d, wT, a) })
		}
		inputs, x, xName = outputs, z, "A"+number
	}
	return list
}

// addReLUGradients calls the kernel for some units at a time, as a step does.
func addReLUGradients(dW, d, wT, a blas64.General) {
	units := 32
	if a.Cols <= 40 {
		units = a.Cols
	}
	for from := 0; from < a.Cols; from += units {
		n := min(units, a.Cols-from)
		dz := blas64.General{Rows: a.Rows, Cols: n, Stride: n, Data: panelRoom[:a.Rows*n]}
		some := func(m blas64.General) blas64.General { m.Cols, m.Data = n, m.Data[from:]; return m }
		exact.AddReLUGradients(blas64.General{Rows: n, Cols: 2, Stride: 2, Data: dW.Data[2*from:]}, panelSums[:n], dz, d, some(wT), some(a))
	}
}

var panelRoom, panelSums = make([]float64, 40*stepRows), make([]float64, 40)

// roofline returns, by name, the GFLOP/s of each product and step, and under shareOf(name) its share of the FMA
// peak, with the kernels and the one thread of this process.
func roofline() map[string]float64 {
	results := map[string]float64{}
	for _, p := range products() {
		results[p.name], results[shareOf(p.name)] = p.measure()
	}
	for _, hidden := range nets {
		name := stepName(hidden)
		results[name], results[shareOf(name)] = measureStep(hidden)
	}
	return results
}

func stepName(hidden []int) string { return netName(hidden) + ", step" }

// measureStep returns the speed of the products of a step, in GFLOP/s over the time of the whole step, and its share of the FMA
// peak; the two are measured in turn, as those of products.
func measureStep(hidden []int) (speed, share float64) {
	_, flops := flopsPerRow(hidden)
	flops *= stepRows
	rounds := max(1000, int(flops/peakFlops(1)/2))
	var speeds, shares []float64
	last := seconds()
	fit(stepRecipe(hidden, 60), randomRows(stepRows), mlp.Data{}, mlp.Options{Workers: 1, Progress: func(done int) {
		speed := flops / (seconds() - last)
		if done > 1 { // the first one includes building the network
			speeds = append(speeds, speed/1e9)
			shares = append(shares, speed/(peakFlops(rounds)/peakTime(rounds)))
		}
		last = seconds()
	}})
	return median(speeds), median(shares)
}

// measure returns the speed of a product in GFLOP/s and its share of the FMA peak. A virtual machine may
// change its speed from one second to the next, so the two are measured in turn, for equal times, and the
// share is the median of those of each turn.
func (p product) measure() (speed, share float64) {
	flops := 2 * float64(p.m) * float64(p.n) * float64(p.k)
	repeats := max(1, int(2e7/flops)) // a quarter of a millisecond or more
	work := func() {
		for range repeats {
			p.compute()
		}
	}
	work()
	rounds := max(1, int(1000*elapsed(work)/peakTime(1000)))
	var speeds, shares []float64
	for range 15 {
		peak := peakFlops(rounds) / peakTime(rounds)
		speed := flops * float64(repeats) / elapsed(work)
		speeds = append(speeds, speed/1e9)
		shares = append(shares, speed/peak)
	}
	return median(speeds), median(shares)
}

// peakTime returns the seconds that so many rounds of FMA take on one thread.
func peakTime(rounds int) float64 { return elapsed(func() { runPeak(1, rounds) }) }

func shareOf(name string) string { return name + ", share" }

// filled returns a matrix of numbers around 0.
func filled(rows, cols int) blas64.General { return filledWithStride(rows, cols, cols) }

// filledRows returns one with its rows as far apart as mlp keeps them.
func filledRows(rows, cols int) blas64.General {
	return filledWithStride(rows, cols, exact.Stride(cols))
}

func filledWithStride(rows, cols, stride int) blas64.General {
	m := blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, rows*stride)}
	for i := range m.Data {
		m.Data[i] = float64(i%13)/13 - 0.4
	}
	return m
}
