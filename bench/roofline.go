package main

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/blas"

	"example.com/sonar/internal/exact"
)

// A shape is a product of a training step, c of m x n with k terms per number.
type shape struct {
	name    string
	tA, tB  blas.Transpose
	m, n, k int
}

// shapes are those of steps on 1024 rows, in the chunks that mlp makes of them.
var shapes = []shape{
	{"60-40-2, X W", blas.NoTrans, blas.NoTrans, 1024, 40, 60},
	{"60-40-2, X' dZ", blas.Trans, blas.NoTrans, 60, 40, 1024},
	{"60-40-2, A W", blas.NoTrans, blas.NoTrans, 1024, 2, 40},
	{"60-40-2, A' dZ", blas.Trans, blas.NoTrans, 40, 2, 1024},
	{"60-40-2, dZ W'", blas.NoTrans, blas.NoTrans, 1024, 40, 2},
	{"60-256-2, X W", blas.NoTrans, blas.NoTrans, 256, 256, 60},
	{"60-256-2, X' dZ", blas.Trans, blas.NoTrans, 60, 256, 256},
	{"60-1024-2, X W", blas.NoTrans, blas.NoTrans, 64, 1024, 60},
	{"60-1024-2, X' dZ", blas.Trans, blas.NoTrans, 60, 1024, 64},
	{"60-256-256-2, A W", blas.NoTrans, blas.NoTrans, 128, 256, 256},
	{"60-256-256-2, A' dZ", blas.Trans, blas.NoTrans, 256, 256, 128},
	{"square", blas.NoTrans, blas.NoTrans, 1024, 1024, 1024},
}

// peaks is how many GFLOP/s the FMA units do, with one thread and with so many, for as long as the square
// product takes: a CPU may be faster for a shorter time.
func peaks(threads int) (one, all float64) {
	const n = 500_000
	var flops float64
	one = 1 / shortest(5, func() { flops = fmaPeak(n) })
	all = 1 / shortest(5, func() {
		var group sync.WaitGroup
		for range threads {
			group.Go(func() { fmaPeak(n) })
		}
		group.Wait()
	})
	return one * flops / 1e9, all * flops * float64(threads) / 1e9
}

// speed is the GFLOP/s of a product.
func (s shape) speed() float64 {
	a, b, c := filled(s.m, s.k), filled(s.k, s.n), matrix(s.m, s.n)
	if s.tA != blas.NoTrans {
		a = filled(s.k, s.m)
	}
	flops := 2 * float64(s.m) * float64(s.n) * float64(s.k)
	rounds := max(5, int(2e8/flops))
	return flops / shortest(rounds, func() { exact.Gemm(s.tA, s.tB, 1, a, b, 0, c) }) / 1e9
}

// roofline returns the speeds of this process's kernel, by name.
func roofline(threads int) map[string]float64 {
	one, all := peaks(threads)
	speeds := map[string]float64{peakName(1): one, peakName(threads): all}
	for _, s := range shapes {
		speeds[s.name] = s.speed()
	}
	if threads > 1 {
		speeds[squareName(threads)] = 2 * 1024 * 1024 * 1024 / squareProduct(threads) / 1e9
	}
	return speeds
}

func squareName(threads int) string { return fmt.Sprintf("square, %d threads", threads) }

func peakName(threads int) string { return fmt.Sprintf("FMA peak, %d threads", threads) }
