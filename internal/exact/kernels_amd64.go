//go:build !noasm

package exact

import "golang.org/x/sys/cpu"

// supported returns the kernels that this CPU can run, the fastest first.
func supported() []kernels {
	list := []kernels{generic}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append([]kernels{{
			name: "avx2", lanes: 4,
			tall: panelKernel{tallAVX2, 8, 8, 4}, flat: panelKernel{flatAVX2, 16, 16, 4},
			exp: expAVX2, log: logAVX2, tanh: tanhAVX2, logistic: logisticAVX2, erf: erfAVX2,
			logisticBackward: logisticBackwardAVX2, adam: adamAVX2,
			transpose: transposeAVX2, narrow: narrowAVX2, outputs: outputsAVX2, maximum: maximumAVX2, expSum: expSumAVX2, divide: divideAVX2,
		}}, list...)
	}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		list = append([]kernels{{
			name: "avx512", lanes: 8,
			tall: panelKernel{tallAVX512, 32, 40, 8}, flat: panelKernel{flatAVX512, 32, 32, 8},
			exp: expAVX512, log: logAVX512, tanh: tanhAVX512, logistic: logisticAVX512, erf: erfAVX512,
			logisticBackward: logisticBackwardAVX512, adam: adamAVX512,
			transpose: transposeAVX512, narrow: narrowAVX512, outputs: outputsAVX512, maximum: maximumAVX512, expSum: expSumAVX512, divide: divideAVX512,
		}}, list...)
	}
	return list
}

//go:noescape
func tallAVX2(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)

//go:noescape
func flatAVX2(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)

//go:noescape
func expAVX2(dst, src []float64)

//go:noescape
func logAVX2(dst, src []float64)

//go:noescape
func tanhAVX2(dst, src []float64)

//go:noescape
func logisticAVX2(dst, src []float64)

//go:noescape
func erfAVX2(dst, src []float64)

//go:noescape
func transposeAVX2(blocks int, dst []float64, dstRow int, src []float64, srcRow int)

//go:noescape
func narrowAVX2(rows, k int, x []float64, xRow int, w0, w1 []float64, wRow int, c0, c1 []float64)

//go:noescape
func outputsAVX2(rows int, d0, d1, h []float64, hRow int, w0, w1, dw0, dw1, db, dz []float64, dzRow int)

//go:noescape
func maximumAVX2(dst, src []float64)

//go:noescape
func expSumAVX2(dst, sum, src, top []float64)

//go:noescape
func divideAVX2(dst, by []float64)

//go:noescape
func logisticBackwardAVX2(dz, h []float64)

//go:noescape
func adamAVX2(w, m, v, g []float64, rest1, rest2, beta2, rate, inverseRoot, epsilon float64)

//go:noescape
func tallAVX512(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)

//go:noescape
func flatAVX512(rows, columns, k int, a []float64, aRow, aCol int, b []float64, bRow int, add bool, c []float64, cRow int, bias []float64, relu bool, gate []float64, gateRow int)

//go:noescape
func expAVX512(dst, src []float64)

//go:noescape
func logAVX512(dst, src []float64)

//go:noescape
func tanhAVX512(dst, src []float64)

//go:noescape
func logisticAVX512(dst, src []float64)

//go:noescape
func erfAVX512(dst, src []float64)

//go:noescape
func transposeAVX512(blocks int, dst []float64, dstRow int, src []float64, srcRow int)

//go:noescape
func narrowAVX512(rows, k int, x []float64, xRow int, w0, w1 []float64, wRow int, c0, c1 []float64)

//go:noescape
func outputsAVX512(rows int, d0, d1, h []float64, hRow int, w0, w1, dw0, dw1, db, dz []float64, dzRow int)

//go:noescape
func maximumAVX512(dst, src []float64)

//go:noescape
func expSumAVX512(dst, sum, src, top []float64)

//go:noescape
func divideAVX512(dst, by []float64)

//go:noescape
func logisticBackwardAVX512(dz, h []float64)

//go:noescape
func adamAVX512(w, m, v, g []float64, rest1, rest2, beta2, rate, inverseRoot, epsilon float64)
