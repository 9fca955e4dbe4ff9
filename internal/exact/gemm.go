package exact

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Gemm computes c = alpha*op(a)*op(b) + beta*c, as [blas64.Gemm] does, with op the
// transpose or nothing. c must not overlap a or b.
//
// An element is the chain that the package promises, without exceptions: an alpha
// of 0 still multiplies, so that infinities in a give NaN; where beta is 0, c is
// not read.
func Gemm(tA, tB blas.Transpose, alpha float64, a, b blas64.General, beta float64, c blas64.General) {
	m, k := a.Rows, a.Cols
	if tA != blas.NoTrans {
		m, k = k, m
	}
	kB, n := b.Rows, b.Cols
	if tB != blas.NoTrans {
		kB, n = n, kB
	}
	if k != kB || m != c.Rows || n != c.Cols {
		panic("exact: matrices whose shapes do not match")
	}
	BLAS{}.Dgemm(tA, tB, m, n, k, alpha, a.Data, a.Stride, b.Data, b.Stride, beta, c.Data, c.Stride)
}

// Mul computes dst = a*b.
func Mul(dst, a, b blas64.General) { Gemm(blas.NoTrans, blas.NoTrans, 1, a, b, 0, dst) }

// gemm is Dgemm behind its checks.
func gemm(m, n, k int, alpha float64, a operand, b operand, beta float64, c []float64, ldc int) {
	for i := range m {
		row := c[i*ldc:][:n]
		for j := range row {
			if beta == 0 {
				row[j] = 0
			} else {
				row[j] = float64(beta * row[j])
			}
		}
		for l := range k {
			x := float64(alpha * a.at(i, l))
			for j := range row {
				row[j] = math.FMA(x, b.at(l, j), row[j])
			}
		}
	}
}

// An operand is op of a stored matrix: element (i, j) lies at i*rowStep + j*colStep.
type operand struct {
	data             []float64
	rowStep, colStep int
}

func (o operand) at(i, j int) float64 { return o.data[i*o.rowStep+j*o.colStep] }

// operandOf checks a matrix of rows x cols numbers, as BLAS's op makes it from
// data, and returns it. name is that of BLAS's argument.
func operandOf(name string, t blas.Transpose, rows, cols int, data []float64, stride int) operand {
	o := operand{data: data, rowStep: stride, colStep: 1}
	switch t {
	case blas.NoTrans:
	case blas.Trans, blas.ConjTrans:
		rows, cols = cols, rows
		o.rowStep, o.colStep = 1, stride
	default:
		panic("exact: illegal transpose of " + name)
	}
	checkMatrix(name, rows, cols, data, stride)
	return o
}

// checkMatrix panics where data cannot hold rows x cols numbers, row-major.
func checkMatrix(name string, rows, cols int, data []float64, stride int) {
	if rows < 0 || cols < 0 {
		panic("exact: negative dimension of " + name)
	}
	if stride < max(1, cols) {
		panic("exact: stride of " + name + " is smaller than its rows")
	}
	if rows > 0 && cols > 0 && len(data) < (rows-1)*stride+cols {
		panic("exact: too few numbers in " + name)
	}
}
