package exact

import (
	"math"

	"gonum.org/v1/gonum/blas"
)

// BLAS implements gonum's blas.Float64 with the bits that the package promises:
// programs set it with blas64.Use(exact.BLAS{}), so that what they call of gonum's
// mat and blas64 is exact. The calls that the project has no use for panic, by
// name, rather than fall back to gonum's own code, whose sums differ from one
// machine to another.
type BLAS struct {
	// Workers is how many goroutines share a large product of matrices; with 0 or 1
	// the caller does it alone.
	Workers int

	refused
}

var _ blas.Float64 = BLAS{}

// Dgemm computes C = alpha*op(A)*op(B) + beta*C for an m x k op(A) and a k x n
// op(B), as [Gemm] describes.
func (i BLAS) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	checkMatrix("c", m, n, c, ldc)
	p := product{
		m: m, n: n, k: k, alpha: alpha, beta: beta, c: c, ldc: ldc,
		a: operandOf("a", tA, m, k, a, lda),
		b: operandOf("b", tB, k, n, b, ldb),
	}
	p.computeBy(i.Workers)
}

// Dgemv computes y = alpha*op(A)*x + beta*y for an m x n matrix A; each element is
// a chain as in a product of matrices.
func (BLAS) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if tA != blas.NoTrans {
		m, n = n, m
	}
	opA := operandOf("a", tA, m, n, a, lda)
	startX, startY := vectorOf("x", n, x, incX), vectorOf("y", m, y, incY)
	for i := range m {
		sum := 0.0
		if beta != 0 {
			sum = float64(beta * y[startY+i*incY])
		}
		for j := range n {
			sum = math.FMA(float64(alpha*opA.at(i, j)), x[startX+j*incX], sum)
		}
		y[startY+i*incY] = sum
	}
}

// Dger computes A = alpha*x*yᵀ + A for an m x n matrix A, as a product of matrices
// with one k.
func (BLAS) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	checkMatrix("a", m, n, a, lda)
	startX, startY := vectorOf("x", m, x, incX), vectorOf("y", n, y, incY)
	for i := range m {
		ax := float64(alpha * x[startX+i*incX])
		for j := range n {
			a[i*lda+j] = math.FMA(ax, y[startY+j*incY], a[i*lda+j])
		}
	}
}

// Ddot returns the sum of x[i]*y[i], the chain FMA(x[i], y[i], sum) from 0.
func (BLAS) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	startX, startY := vectorOf("x", n, x, incX), vectorOf("y", n, y, incY)
	sum := 0.0
	for i := range n {
		sum = math.FMA(x[startX+i*incX], y[startY+i*incY], sum)
	}
	return sum
}

// Daxpy sets y[i] = FMA(alpha, x[i], y[i]).
func (BLAS) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	startX, startY := vectorOf("x", n, x, incX), vectorOf("y", n, y, incY)
	for i := range n {
		at := startY + i*incY
		y[at] = math.FMA(alpha, x[startX+i*incX], y[at])
	}
}

// Dscal sets x[i] = alpha*x[i].
func (BLAS) Dscal(n int, alpha float64, x []float64, incX int) {
	start := vectorOf("x", n, x, incX)
	for i := range n {
		x[start+i*incX] *= alpha
	}
}

// Dcopy sets y[i] = x[i].
func (BLAS) Dcopy(n int, x []float64, incX int, y []float64, incY int) {
	startX, startY := vectorOf("x", n, x, incX), vectorOf("y", n, y, incY)
	for i := range n {
		y[startY+i*incY] = x[startX+i*incX]
	}
}

// vectorOf checks a vector of n numbers, inc apart, and returns where its first one
// lies: with a negative inc, at the end.
func vectorOf(name string, n int, data []float64, inc int) (start int) {
	if n < 0 {
		panic("exact: negative length of " + name)
	}
	if inc == 0 {
		panic("exact: zero increment of " + name)
	}
	last := (n - 1) * inc
	if n > 0 && len(data) <= max(last, -last) {
		panic("exact: too few numbers in " + name)
	}
	return max(0, -last)
}
