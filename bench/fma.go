//go:build amd64

package main

import "example.com/sonar/internal/exact"

// fmaPeak runs n rounds of the FMA that the kernels use, without touching memory, and returns the number
// of multiplications and additions.
func fmaPeak(n int) float64 {
	switch exact.Kernel() {
	case "avx512":
		fmaAVX512(n)
		return float64(n) * 24 * 8 * 2
	case "avx2":
		fmaAVX2(n)
		return float64(n) * 12 * 4 * 2
	}
	return fmaGo(n)
}

//go:noescape
func fmaAVX512(n int)

//go:noescape
func fmaAVX2(n int)
