package exact

import (
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
	newProduct(tA, tB, alpha, a, b, beta, c).compute()
}

// A product is c = alpha*a*b + beta*c, to which bias is added, row by row, unless it
// is empty, and ReLU applied if relu is set: c is m x n, a m x k and b k x n.
type product struct {
	m, n, k     int
	alpha, beta float64
	a, b        operand
	c           []float64
	ldc         int
	bias        []float64
	relu        bool
}

func newProduct(tA, tB blas.Transpose, alpha float64, a, b blas64.General, beta float64, c blas64.General) product {
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
	checkMatrix("c", m, n, c.Data, c.Stride)
	return product{
		m: m, n: n, k: k, alpha: alpha, beta: beta, c: c.Data, ldc: c.Stride,
		a: operandOf("a", tA, m, k, a.Data, a.Stride),
		b: operandOf("b", tB, k, n, b.Data, b.Stride),
	}
}

// depth is how many k a kernel takes at once: so many rows of a panel of b stay in
// the second-level cache while the rows of a pass by.
const depth = 512

// compute divides the product into panels for the kernel, and into blocks of k, one
// of which goes on with the chains where the last one has left them in c.
func (p product) compute() {
	if p.m == 0 || p.n == 0 {
		return
	}
	if p.alpha != 1 && p.k > 0 {
		scaled := borrow(p.m * p.k)
		defer scaled.giveBack()
		p.a = p.a.copyTo(scaled.data, p.m, p.k, p.alpha)
	}
	width := panelWidth(p.n)
	for from := 0; from == 0 || from < p.k; from += depth {
		k := min(depth, p.k-from)
		beta, bias, relu := p.beta, p.bias, p.relu
		if from > 0 {
			beta = 1
		}
		if from+k < p.k {
			bias, relu = nil, false
		}
		for j := 0; j < p.n; j += width {
			columns := min(width, p.n-j)
			var a, b operand
			if k > 0 {
				a, b = p.a.from(0, from), p.b.from(from, j)
			}
			p.panel(columns, k, a, b, beta, p.c[j:], bias[min(j, len(bias)):], relu)
		}
	}
}

// panel calls the kernel, for which the rows of b must lie as vectors do.
func (p product) panel(columns, k int, a, b operand, beta float64, c, bias []float64, relu bool) {
	if b.colStep != 1 && columns > 1 {
		packed := borrow(k * columns)
		defer packed.giveBack()
		b = b.copyTo(packed.data, k, columns, 1)
	}
	active.panel(p.m, columns, k, a.data, a.rowStep, a.colStep, b.data, b.rowStep, beta, c, p.ldc, bias, relu)
}

// panelWidth divides n columns into the fewest panels and returns their width: they
// are all about as wide, as narrow ones are slow.
func panelWidth(n int) int {
	panels := (n + active.width - 1) / active.width
	width := (n + panels - 1) / panels
	lanes := max(active.lanes, 1)
	return (width + lanes - 1) / lanes * lanes
}

// An operand is op of a stored matrix: element (i, j) lies at i*rowStep + j*colStep.
type operand struct {
	data             []float64
	rowStep, colStep int
}

func (o operand) at(i, j int) float64 { return o.data[i*o.rowStep+j*o.colStep] }

// from returns the operand from row i and column j on.
func (o operand) from(i, j int) operand {
	o.data = o.data[i*o.rowStep+j*o.colStep:]
	return o
}

// copyTo copies factor times the operand to data, row by row.
func (o operand) copyTo(data []float64, rows, cols int, factor float64) operand {
	for i := range rows {
		row := data[i*cols:][:cols]
		for j := range row {
			row[j] = float64(factor * o.at(i, j))
		}
	}
	return operand{data: data, rowStep: cols, colStep: 1}
}

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
