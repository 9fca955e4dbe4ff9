//go:build !noasm

package exact

// supported returns the kernels that this CPU can run, the fastest first. Every
// arm64 has NEON.
func supported() []kernels {
	return []kernels{{
		name: "neon", panel: panelNEON, width: 8, lanes: 2,
		exp: expNEON, log: logNEON, log1p: log1pNEON, tanh: tanhNEON, logistic: logisticNEON, erf: erfNEON,
		relu: reluNEON, reluBackward: reluBackwardNEON, adam: adamNEON,
	}, generic}
}

// panelNEON is kernels.panel: an odd last column is left to Go.
func panelNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, beta float64, c []float64, cRow int, bias []float64, relu bool) {
	even := columns &^ 1
	if even > 0 {
		panelEvenNEON(rows, even, k, a, aRow, aCol, b, bRow, beta, c, cRow, bias, relu)
	}
	if even < columns {
		panelGeneric(rows, 1, k, a, aRow, aCol, b[min(even, len(b)):], bRow, beta, c[even:], cRow, bias[min(even, len(bias)):], relu)
	}
}

//go:noescape
func panelEvenNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, beta float64, c []float64, cRow int, bias []float64, relu bool)

//go:noescape
func expNEON(dst, src []float64)

//go:noescape
func logNEON(dst, src []float64)

//go:noescape
func log1pNEON(dst, src []float64)

//go:noescape
func tanhNEON(dst, src []float64)

//go:noescape
func logisticNEON(dst, src []float64)

//go:noescape
func erfNEON(dst, src []float64)

//go:noescape
func reluNEON(dst, src []float64)

//go:noescape
func reluBackwardNEON(dz, h []float64)

//go:noescape
func adamNEON(w, m, v, g []float64, rest1, rest2, beta2, rate, inverseRoot, epsilon float64)
