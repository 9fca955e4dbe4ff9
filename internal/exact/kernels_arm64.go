//go:build !noasm

package exact

// supported returns the kernels that this CPU can run, the fastest first. Every
// arm64 has NEON.
func supported() []kernels {
	return []kernels{{
		name: "neon", lanes: 2,
		tall: panelKernel{tallNEON, 8, 8, 2}, flat: panelKernel{flatNEON, 8, 8, 2},
		exp: expNEON, log: logNEON, tanh: tanhNEON, logistic: logisticNEON, erf: erfNEON,
		logisticBackward: logisticBackwardNEON, adam: adamNEON,
		transpose: transposeNEON, maximum: maximumNEON, expSum: expSumNEON, divide: divideNEON,
	}, generic}
}

// The assembly takes an even number of columns; an odd last one is left to Go.

func tallNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int) {
	if columns > 1 {
		tallEvenNEON(rows, columns&^1, k, a, aRow, aCol, b, bRow, add, c, cRow, bias, relu, gate, gateRow)
	}
	oddNEON(rows, columns, k, a, aRow, aCol, b, bRow, add, c, cRow, bias, relu, gate, gateRow)
}

func flatNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int) {
	if columns > 1 {
		flatEvenNEON(rows, columns&^1, k, a, aRow, aCol, b, bRow, add, c, cRow, bias, relu, gate, gateRow)
	}
	oddNEON(rows, columns, k, a, aRow, aCol, b, bRow, add, c, cRow, bias, relu, gate, gateRow)
}

func oddNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int) {
	if j := columns - 1; columns%2 == 1 {
		panelGeneric(rows, 1, k, a, aRow, aCol, b[min(j, len(b)):], bRow, add, c[j:], cRow, bias[min(j, len(bias)):], relu,
			gate[min(j, len(gate)):], gateRow)
	}
}

//go:noescape
func tallEvenNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)

//go:noescape
func flatEvenNEON(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)

//go:noescape
func expNEON(dst, src []float64)

//go:noescape
func logNEON(dst, src []float64)

//go:noescape
func tanhNEON(dst, src []float64)

//go:noescape
func logisticNEON(dst, src []float64)

//go:noescape
func erfNEON(dst, src []float64)

//go:noescape
func transposeNEON(blocks int, dst []float64, dstRow int, src []float64, srcRow int)

//go:noescape
func maximumNEON(dst, src []float64)

//go:noescape
func expSumNEON(dst, sum, src, top []float64)

//go:noescape
func divideNEON(dst, by []float64)

//go:noescape
func logisticBackwardNEON(dz, h []float64)

//go:noescape
func adamNEON(w, m, v, g []float64, rest1, rest2, beta2, rate, inverseRoot, epsilon float64)
