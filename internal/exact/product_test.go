package exact

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// forEachKernel runs a test with each of the kernels that this machine has.
func forEachKernel(t *testing.T, test func(t *testing.T)) {
	for _, k := range supported() {
		t.Run(k.name, func(t *testing.T) {
			defer func(before kernels) { active = before }(active)
			active = k
			test(t)
		})
	}
}

// oracle computes a product as the package promises it, with a triple loop.
func oracle(p product) {
	for i := range p.m {
		for j := range p.n {
			sum := 0.0
			if p.add {
				sum = p.c[i*p.ldc+j]
			}
			for l := range p.k {
				sum = math.FMA(p.a.from(i, l).data[0], p.b.from(l, j).data[0], sum)
			}
			if len(p.bias) > 0 {
				sum += p.bias[j]
			}
			if p.relu && sum < 0 || len(p.gate) > 0 && !(p.gate[i*p.ldgate+j] > 0) {
				sum = 0
			}
			p.c[i*p.ldc+j] = sum
		}
	}
}

// A source draws test data.
type source struct {
	*rand.Rand
	wild float64 // share of special numbers
}

func newSource(seed uint64, wild float64) source {
	return source{rand.New(rand.NewPCG(seed, 0)), wild}
}

var specials = []float64{
	0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(),
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 0x1p-1022, 0x1.fffffffffffffp-1023,
	math.MaxFloat64, -math.MaxFloat64, 0x1p-537, 0x1p512,
}

func (s source) number() float64 {
	if s.Float64() < s.wild {
		return specials[s.IntN(len(specials))]
	}
	return s.NormFloat64()
}

func (s source) numbers(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = s.number()
	}
	return x
}

// matrix returns one with a stride of its own that starts at any alignment.
func (s source) matrix(rows, cols int) blas64.General {
	stride := max(1, cols+s.IntN(4)*s.IntN(4))
	return blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: s.numbers(rows*stride + 8)[s.IntN(8):]}
}

func (s source) transpose() blas.Transpose {
	return []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}[s.IntN(3)]
}

func (s source) product(m, n, k int) product {
	tA, tB := s.transpose(), s.transpose()
	a, b, c := s.matrix(m, k), s.matrix(k, n), s.matrix(m, n)
	if tA != blas.NoTrans {
		a = s.matrix(k, m)
	}
	if tB != blas.NoTrans {
		b = s.matrix(n, k)
	}
	p := newProduct(c, tA, a, tB, b)
	p.add = s.IntN(2) == 0
	if s.IntN(2) == 0 {
		p.bias = s.numbers(n)
	}
	p.relu = s.IntN(3) == 0
	if s.IntN(3) == 0 {
		gate := s.matrix(m, n)
		p.gate, p.ldgate = gate.Data, gate.Stride
	}
	return p
}

// checkProduct compares a product with the oracle: all of c's memory, so that what
// lies between the rows must not change.
func checkProduct(t *testing.T, p product) {
	t.Helper()
	want := p
	want.c = append([]float64(nil), p.c...)
	oracle(want)
	p.compute()
	for i, w := range want.c {
		if !sameBits(p.c[i], w) {
			t.Fatalf("%d x %d x %d, add %v, bias %v, relu %v, gate %v: c[%d] (stride %d) is %v, want %v",
				p.m, p.n, p.k, p.add, len(p.bias) > 0, p.relu, len(p.gate) > 0, i, p.ldc, p.c[i], w)
		}
	}
}

func TestProductIsTheChainOfFMA(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for seed := range uint64(600) {
			s := newSource(seed, []float64{0, 0.01, 0.2}[seed%3])
			checkProduct(t, s.product(s.IntN(30), s.IntN(90), s.IntN(40)))
		}
	})
}

func TestProductOfTrainingShapes(t *testing.T) {
	shapes := [][3]int{
		{156, 40, 60}, {60, 40, 156}, {156, 2, 40}, {40, 2, 156}, {156, 40, 2}, {52, 40, 60},
		{1, 1, 1500}, {70, 130, 2 * depth}, {7, 33, 2*depth + 1}, {256, 256, 128}, {0, 3, 4}, {3, 0, 4}, {3, 4, 0},
	}
	forEachKernel(t, func(t *testing.T) {
		for seed, shape := range shapes {
			t.Run(fmt.Sprint(shape), func(t *testing.T) {
				checkProduct(t, newSource(uint64(seed), 0).product(shape[0], shape[1], shape[2]))
			})
		}
	})
}

// TestProductWithOneOrTwoRows has b transposed, as the outputs' layer does, with sizes on either side of whole vectors.
func TestProductWithOneOrTwoRows(t *testing.T) {
	forEachKernel(t, func(t *testing.T) {
		for m := 1; m <= 2; m++ {
			for _, n := range []int{3, 7, 8, 15, 16, 17, 48, 61} {
				for _, k := range []int{1, 3, 4, 8, 9, 40, 71} {
					s := newSource(uint64(m*n*k), 0.01)
					p := newProduct(s.matrix(m, n), blas.Trans, s.matrix(k, m), blas.Trans, s.matrix(n, k))
					checkProduct(t, p)
					p.add = true
					checkProduct(t, p)
				}
			}
		}
	})
}

func FuzzProduct(f *testing.F) {
	f.Add(uint64(1), uint8(7), uint8(9), uint8(3), false)
	f.Add(uint64(2), uint8(1), uint8(64), uint8(200), true)
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint8, wild bool) {
		s := newSource(seed, 0)
		if wild {
			s.wild = 0.1
		}
		p := s.product(int(m), int(n), int(k))
		forEachKernel(t, func(t *testing.T) {
			again := p
			again.c = append([]float64(nil), p.c...)
			checkProduct(t, again)
		})
	})
}
