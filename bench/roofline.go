package main

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

// A shape is a product of a training step, c of m x n with k terms per number.
type shape struct {
	name    string
	tA, tB  blas.Transpose
	m, n, k int
}

const squareProductName = "square"

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
	{squareProductName, blas.NoTrans, blas.NoTrans, 1024, 1024, 1024},
}

// roofline returns, by name, the GFLOP/s of each product, and under shareOf(name) its share of the FMA
// peak, with the kernels of this process. A virtual machine may change its speed from one second to the
// next, so the two are measured in turns, each as long as the other, and the share is the median of the
// shares in each turn. With several threads there is the square product alone.
func roofline(threads int) map[string]float64 {
	results := map[string]float64{}
	if threads > 1 {
		shapes[len(shapes)-1].measure(threads, squareName(threads), results)
		return results
	}
	for _, s := range shapes {
		s.measure(1, s.name, results)
	}
	return results
}

func (s shape) measure(threads int, name string, results map[string]float64) {
	apart := 0
	if s.n%64 == 0 && s.name != squareProductName {
		apart = 8 // as mlp keeps such rows
	}
	a, b, c := filled(s.m, s.k, 0), filled(s.k, s.n, apart), filled(s.m, s.n, apart)
	if s.tA != blas.NoTrans {
		a = filled(s.k, s.m, 0)
	}
	flops := 2 * float64(s.m) * float64(s.n) * float64(s.k)
	repeats := max(1, int(2e7/flops)) // a quarter of a millisecond or more
	blas64.Use(exact.BLAS{Workers: threads})
	product := func() {
		for range repeats {
			blas64.Gemm(s.tA, s.tB, 1, a, b, 0, c)
		}
	}
	product()
	perRound := peak(threads, 1000) / 1000
	rounds := max(1, int(elapsed(product)/perRound))
	var speeds, shares []float64
	for range 15 {
		time := peak(threads, rounds)
		speed := flops * float64(repeats) / elapsed(product)
		speeds = append(speeds, speed/1e9)
		shares = append(shares, speed/(peakFlops(rounds)*float64(threads)/time))
	}
	results[name], results[shareOf(name)] = median(speeds), median(shares)
}

// peak is the seconds that so many rounds of FMA take on each of the threads.
func peak(threads, rounds int) float64 {
	return elapsed(func() {
		var group sync.WaitGroup
		for range threads - 1 {
			group.Go(func() { fmaPeak(rounds) })
		}
		fmaPeak(rounds)
		group.Wait()
	})
}

func peakFlops(rounds int) float64 { return fmaPeak(1) * float64(rounds) }

func shareOf(name string) string    { return name + ", share" }
func squareName(threads int) string { return fmt.Sprintf("%s, %d threads", squareProductName, threads) }
