package exact

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

func TestAffineIsAProductThenABiasThenReLU(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(100) {
			s := newSource(seed, []float64{0, 0.1}[seed%2])
			b, i, o := s.IntN(40), s.IntN(40), 1+s.IntN(70)
			x, w, bias := s.matrix(b, i), s.matrix(i, o), s.numbers(o)
			z, h, dense := s.matrix(b, o), s.matrix(b, o), s.matrix(b, o)
			Affine(z, x, w, bias)
			AffineReLU(h, x, w, bias)
			zT := s.matrix(o, b)
			AffineTransposed(zT, x, w, bias)
			oracle(newProduct(dense, blas.NoTrans, x, blas.NoTrans, w))
			for r := range b {
				for c := range o {
					want := dense.Data[r*dense.Stride+c] + bias[c]
					if got := z.Data[r*z.Stride+c]; !sameBits(got, want) {
						t.Fatalf("Affine gives %v, want %v", got, want)
					}
					if got := h.Data[r*h.Stride+c]; !sameBits(got, positive(want)) {
						t.Fatalf("AffineReLU gives %v of %v", got, want)
					}
					if got := zT.Data[c*zT.Stride+r]; !sameBits(got, want) {
						t.Fatalf("AffineTransposed gives %v, want %v", got, want)
					}
				}
			}
		}
	})
}

func TestBackwardReLUIsAProductThenItsGate(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(60) {
			s := newSource(seed, []float64{0, 0.1}[seed%2])
			b, o, units := s.IntN(40), 1+s.IntN(9), 1+s.IntN(70)
			d, wT := s.matrix(o, b), s.matrix(o, units)
			dz, h, want := s.matrix(b, units), s.matrix(b, units), s.matrix(b, units)
			BackwardReLU(dz, blas.Trans, d, wT, h)
			oracle(newProduct(want, blas.Trans, d, blas.NoTrans, wT))
			for i := range b {
				row := want.Data[i*want.Stride:][:units]
				for j, w := range row {
					if !(h.Data[i*h.Stride+j] > 0) {
						w = 0
					}
					if got := dz.Data[i*dz.Stride+j]; !sameBits(got, w) {
						t.Fatalf("%d x %d: dz[%d][%d] is %v, want %v", b, units, i, j, got, w)
					}
				}
			}
		}
	})
}

func TestBackwardAndAddGradientAreProducts(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(60) {
			s := newSource(seed, []float64{0, 0.1}[seed%2])
			b, i, o := s.IntN(40), 1+s.IntN(70), 1+s.IntN(9)
			d, transposed := s.matrix(b, o), blas.NoTrans
			if seed%3 == 0 {
				d, transposed = s.matrix(o, b), blas.Trans
			}
			x, wT := s.matrix(b, i), s.matrix(o, i)
			dx, dw := s.matrix(b, i), s.matrix(i, o)
			wantX, wantW := copyOf(dx), copyOf(dw)
			oracle(newProduct(wantX, transposed, d, blas.NoTrans, wT))
			sum := newProduct(wantW, blas.Trans, x, transposed, d)
			sum.add = true
			oracle(sum)
			Backward(dx, transposed, d, wT)
			AddGradient(dw, x, transposed, d)
			if !slices.EqualFunc(dx.Data, wantX.Data, sameBits) {
				t.Fatalf("%d x %d x %d, %c: Backward is not the oracle's", b, i, o, transposed)
			}
			if !slices.EqualFunc(dw.Data, wantW.Data, sameBits) {
				t.Fatalf("%d x %d x %d, %c: AddGradient is not the oracle's", b, i, o, transposed)
			}
		}
	})
}

// TestReLUGradientsAreThoseOfThreePasses compares all of the memory, so that what lies between the rows must not change.
func TestReLUGradientsAreThoseOfThreePasses(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(200) {
			s := newSource(seed, []float64{0, 0.1}[seed%2])
			b, units := s.IntN(40), s.IntN(90)
			d, wT, h := s.matrix(2, b), s.matrix(2, units), s.matrix(b, units)
			dw, db, dz := s.matrix(units, 2), s.numbers(units), s.matrix(b, units)
			wantW, wantB, wantZ := copyOf(dw), slices.Clone(db), copyOf(dz)
			backward := newProduct(wantZ, blas.Trans, d, blas.NoTrans, wT)
			backward.gate, backward.ldgate = h.Data, h.Stride
			oracle(backward)
			sum := newProduct(wantW, blas.Trans, h, blas.Trans, d)
			sum.add = true
			oracle(sum)
			for i := range b {
				for j := range units {
					wantB[j] += wantZ.Data[i*wantZ.Stride+j]
				}
			}
			AddReLUGradients(dw, db, dz, d, wT, h)
			if !slices.EqualFunc(dz.Data, wantZ.Data, sameBits) || !slices.EqualFunc(dw.Data, wantW.Data, sameBits) || !slices.EqualFunc(db, wantB, sameBits) {
				t.Fatalf("%d x %d: the gradients are not the oracle's", b, units)
			}
		}
	})
}

func copyOf(m blas64.General) blas64.General {
	m.Data = slices.Clone(m.Data)
	return m
}

// TestTranspose looks at all of the memory, so that what lies between the rows must not change.
func TestTranspose(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(300) {
			s := newSource(seed, 0.01)
			a := s.matrix(s.IntN(30), s.IntN(30))
			dst := s.matrix(a.Cols, a.Rows)
			want := append([]float64(nil), dst.Data...)
			for i := range a.Rows {
				for j := range a.Cols {
					want[j*dst.Stride+i] = a.Data[i*a.Stride+j]
				}
			}
			Transpose(dst, a)
			for i, w := range want {
				if !sameBits(dst.Data[i], w) {
					t.Fatalf("the transpose of %d x %d (stride %d) has %v at %d, want %v", a.Rows, a.Cols, dst.Stride, dst.Data[i], i, w)
				}
			}
		}
	})
}

func TestRowSumsAscend(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(50) {
			s := newSource(seed, 0.01*float64(seed%2))
			a := s.matrix(1+s.IntN(9), s.IntN(600))
			dst := s.numbers(a.Rows)
			want := append([]float64(nil), dst...)
			for r := range want {
				for c := range a.Cols {
					want[r] += a.Data[r*a.Stride+c]
				}
			}
			AddRowSums(dst, a)
			for r, w := range want {
				if !sameBits(dst[r], w) {
					t.Fatalf("the sum of row %d of %d x %d is %v, want %v", r, a.Rows, a.Cols, dst[r], w)
				}
			}
		}
	})
}

func TestColumnSumsAscend(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(50) {
			s := newSource(seed, 0.01*float64(seed%2))
			a := s.matrix(s.IntN(600), 1+s.IntN(70))
			dst := s.numbers(a.Cols)
			want := append([]float64(nil), dst...)
			for r := range a.Rows {
				for c := range want {
					want[c] += a.Data[r*a.Stride+c]
				}
			}
			AddColumnSums(dst, a)
			for c, w := range want {
				if !sameBits(dst[c], w) {
					t.Fatalf("the sum of column %d of %d x %d is %v, want %v", c, a.Rows, a.Cols, dst[c], w)
				}
			}
		}
	})
}

func TestSoftmaxIsItsFormula(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(60) {
			s := newSource(seed, 0.02*float64(seed%2))
			z := s.matrix(1+s.IntN(6), 1+s.IntN(40))
			p, logSum := s.matrix(z.Rows, z.Cols), make([]float64, z.Cols)
			Softmax(p, logSum, z)
			for i := range z.Cols {
				checkSoftmax(t, column(p, i), logSum[i], column(z, i))
			}
		}
	})
}

func column(m blas64.General, j int) []float64 {
	var c []float64
	for i := range m.Rows {
		c = append(c, m.Data[i*m.Stride+j])
	}
	return c
}

func checkSoftmax(t *testing.T, p []float64, logSum float64, z []float64) {
	t.Helper()
	top := math.Inf(-1)
	for _, x := range z {
		top = max(top, x)
	}
	sum := 0.0
	for _, x := range z {
		sum += Exp(x - top)
	}
	if want := top + Log(sum); !sameBits(logSum, want) {
		t.Fatalf("log sum exp of %v is %v, want %v", z, logSum, want)
	}
	for k, x := range z {
		if want := Exp(x-top) / sum; !sameBits(p[k], want) {
			t.Fatalf("softmax of %v is %v", z, p)
		}
	}
}

func TestSoftmaxOfHugeOutputsIsFinite(t *testing.T) {
	z := blas64.General{Rows: 2, Cols: 1, Stride: 1, Data: []float64{1e4, -1e4}}
	logSum := []float64{0}
	Softmax(z, logSum, z)
	if z.Data[0] != 1 || z.Data[1] != 0 || logSum[0] != 1e4 {
		t.Errorf("softmax is %v, log sum %v", z.Data, logSum)
	}
}

func TestDerivativesAgreeWithFiniteDifferences(t *testing.T) {
	for _, a := range []struct {
		name     string
		to       func(dst, src []float64)
		backward func(d, value []float64)
		byZ      bool
	}{
		{"ReLU", relu, gate, false}, {"tanh", TanhTo, TanhBackward, false},
		{"logistic", LogisticTo, LogisticBackward, false}, {"GELU", GELUTo, GELUBackward, true},
	} {
		t.Run(a.name, func(t *testing.T) {
			const h = 1e-5
			z := newSource(3, 0).numbers(301)
			n := len(z)
			below, above, value, d := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
			for i, x := range z {
				below[i], above[i], d[i] = x-h, x+h, 3
			}
			a.to(below, below)
			a.to(above, above)
			a.to(value, z)
			if a.byZ {
				a.backward(d, z)
			} else {
				a.backward(d, value)
			}
			for i, x := range z {
				if want := 3 * (above[i] - below[i]) / (2 * h); math.Abs(d[i]-want) > 1e-8 {
					t.Errorf("at %v the derivative times 3 is %v, finite differences give %v", x, d[i], want)
				}
			}
		})
	}
}

func TestGELUHasTheSameBitsWithAnyKernel(t *testing.T) {
	s := newSource(4, 0.01)
	z, d := s.numbers(1000), s.numbers(1000)
	var first [2][]float64
	forEachKernel(t, func(t *testing.T) {
		value, gradient := make([]float64, len(z)), append([]float64(nil), d...)
		GELUTo(value, z)
		GELUBackward(gradient, z)
		if first[0] == nil {
			first = [2][]float64{value, gradient}
		}
		for i := range z {
			if !sameBits(value[i], first[0][i]) || !sameBits(gradient[i], first[1][i]) {
				t.Fatalf("GELU(%v) is %v, its derivative times %v is %v; the first kernel gave %v, %v",
					z[i], value[i], d[i], gradient[i], first[0][i], first[1][i])
			}
		}
	})
}
