package main

import "math"

// fmaGo is fmaPeak for kernels that have no assembly here: eight chains in Go.
func fmaGo(n int) float64 {
	a, b, c, d, e, f, g, h := 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0
	x, y := 0.5, 0.5
	for range n {
		a, b = math.FMA(x, y, a), math.FMA(x, y, b)
		c, d = math.FMA(x, y, c), math.FMA(x, y, d)
		e, f = math.FMA(x, y, e), math.FMA(x, y, f)
		g, h = math.FMA(x, y, g), math.FMA(x, y, h)
	}
	if math.IsNaN(a + b + c + d + e + f + g + h) { // never, but it keeps the loop from being optimized away
		return 0
	}
	return float64(n) * 8 * 2
}
