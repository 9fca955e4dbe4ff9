package exact

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// forEachKernelB runs a benchmark with each of the kernels that this machine has.
func forEachKernelB(b *testing.B, bench func(b *testing.B)) {
	for _, k := range supported() {
		b.Run(k.name, func(b *testing.B) {
			defer func(before kernels) { active = before }(active)
			active = k
			bench(b)
		})
	}
}

// BenchmarkProduct computes the products of a step of 60-40-2, 60-256-2 and 60-256-256-2 on
// 1024 rows.
func BenchmarkProduct(b *testing.B) {
	shapes := []struct {
		name    string
		tA, tB  blas.Transpose
		m, n, k int
	}{
		{"X*W", blas.NoTrans, blas.NoTrans, 1024, 40, 60},
		{"XT*dZ", blas.Trans, blas.NoTrans, 60, 40, 1024},
		{"H*W", blas.NoTrans, blas.NoTrans, 1024, 2, 40},
		{"HT*dZ", blas.Trans, blas.NoTrans, 40, 2, 1024},
		{"dZ*WT", blas.NoTrans, blas.Trans, 1024, 40, 2},
		{"X*W", blas.NoTrans, blas.NoTrans, 1024, 256, 60},
		{"XT*dZ", blas.Trans, blas.NoTrans, 60, 256, 1024},
		{"H*W", blas.NoTrans, blas.NoTrans, 1024, 256, 256},
		{"dZ*WT", blas.NoTrans, blas.Trans, 1024, 256, 256},
	}
	forEachKernelB(b, func(b *testing.B) {
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%s/%dx%dx%d", s.name, s.m, s.n, s.k), func(b *testing.B) {
				r := newSource(1, 0)
				x, y := dense(r, s.m, s.k), dense(r, s.k, s.n)
				if s.tA != blas.NoTrans {
					x = dense(r, s.k, s.m)
				}
				if s.tB != blas.NoTrans {
					y = dense(r, s.n, s.k)
				}
				c := dense(r, s.m, s.n)
				b.ReportAllocs()
				for b.Loop() {
					p := newProduct(c, s.tA, x, s.tB, y)
					p.compute()
				}
				flops := 2 * float64(s.m) * float64(s.n) * float64(s.k) * float64(b.N)
				b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	})
}

func dense(s source, rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: s.numbers(rows * cols)}
}

func BenchmarkSlice(b *testing.B) {
	forms := []struct {
		name string
		to   func(dst, src []float64)
	}{
		{"Exp", ExpTo}, {"Log", LogTo}, {"Tanh", TanhTo}, {"Erf", ErfTo}, {"Logistic", LogisticTo},
		{"GELU", GELUTo}, {"GELUBackward", GELUBackward},
	}
	const n = 4096
	forEachKernelB(b, func(b *testing.B) {
		for _, f := range forms {
			b.Run(f.name, func(b *testing.B) {
				s := newSource(1, 0)
				dst, src := make([]float64, n), s.numbers(n)
				b.ReportAllocs()
				for b.Loop() {
					f.to(dst, src)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/n, "ns/number")
			})
		}
		b.Run("Adam", func(b *testing.B) {
			s := newSource(1, 0)
			w, m, v, g := s.numbers(n), s.numbers(n), make([]float64, n), s.numbers(n)
			for b.Loop() {
				Adam(w, m, v, g, AdamStep{0.9, 0.999, 1e-3, 1, 1e-8})
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/n, "ns/number")
		})
	})
}
