package exact

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A product is c = a*b, or c += a*b if add is set, to which bias is added, row by row, unless it
// is empty, and ReLU applied if relu is set: c is m x n, a m x k and b k x n. Unless gate is
// empty, c becomes 0 where gate, m x n too, is not positive.
type product struct {
	m, n, k int
	a, b    operand
	add     bool
	c       []float64
	ldc     int
	bias    []float64
	relu    bool
	gate    []float64
	ldgate  int
}

// newProduct returns c = op(a)*op(b), with op the transpose or nothing. c must not overlap a or b.
func newProduct(c blas64.General, tA blas.Transpose, a blas64.General, tB blas.Transpose, b blas64.General) product {
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
		m: m, n: n, k: k, c: c.Data, ldc: c.Stride,
		a: operandOf("a", tA, m, k, a.Data, a.Stride),
		b: operandOf("b", tB, k, n, b.Data, b.Stride),
	}
}

// The blocks that a product is computed in. Of a panel of b, depth rows stay in the
// second-level cache while rows of a pass by; of a, blockRows rows while panels of b do.
const (
	depth     = 512
	blockRows = 60
	flatDepth = 64 // if b is copied and a has few rows: the copy stays in the first-level cache
)

// columns returns the product of some columns of c.
func (p product) columns(from, to int) product {
	p.n = to - from
	p.b = p.b.from(0, from)
	p.c = p.c[from:]
	p.bias = p.bias[min(from, len(p.bias)):]
	p.gate = p.gate[min(from, len(p.gate)):]
	return p
}

// compute goes through the blocks along k; each block continues the chains that the
// last one has left in c.
func (p *product) compute() {
	if p.m == 0 || p.n == 0 {
		return
	}
	if p.isNarrow() {
		p.computeTransposed()
		return
	}
	if rows, k := p.narrowPart(); rows > 0 {
		p.computeNarrow(rows, k)
		return
	}
	depth := depth
	if p.m <= flatRows && p.mustPack() {
		depth = flatDepth
	}
	for from := 0; from == 0 || from < p.k; from += depth {
		part := p.block(from, min(depth, p.k-from))
		part.computePanels()
	}
}

// block returns the part of the product with k numbers of each chain.
func (p *product) block(from, k int) product {
	part := *p
	part.k = k
	part.a, part.b = p.a.from(0, from), p.b.from(from, 0)
	part.add = p.add || from > 0
	if from+k < p.k {
		part.bias, part.relu, part.gate = nil, false, nil
	}
	return part
}

// narrowPart returns of how many columns of c, and of how many numbers of their chains, the kernel for products with the rows
// of a matrix is to be used: 0 if it is not.
func (p *product) narrowPart() (columns, k int) {
	lanes := active.lanes
	if active.narrow == nil || p.m > flatRows || p.b.rowStep != 1 || p.b.colStep == 1 || p.k < lanes ||
		len(p.bias) > 0 || p.relu || len(p.gate) > 0 {
		return 0, 0
	}
	return p.n - p.n%(2*lanes), p.k - p.k%lanes
}

// computeNarrow computes so many columns of c with that kernel, and what is left without it.
func (p *product) computeNarrow(columns, k int) {
	last := p.m - 1
	w0, w1 := p.a.data, p.a.from(last, 0).data
	c0, c1 := p.c[:columns], p.c[last*p.ldc:][:columns]
	if !p.add {
		clear(c0)
		clear(c1)
	}
	active.narrow(columns, k, p.b.data, p.b.colStep, w0, w1, p.a.colStep, c0, c1)
	if k < p.k {
		rest := p.columns(0, columns)
		rest = rest.block(k, p.k-k)
		rest.computePanels()
	}
	if columns < p.n {
		rest := p.columns(columns, p.n)
		rest.compute()
	}
}

// computePanels divides a product of at most depth k into panels for the kernel.
func (p *product) computePanels() {
	kernel := active.tall
	if p.m <= flatRows {
		kernel = active.flat
	}
	width := kernel.widthFor(p.n)
	if !p.mustPack() {
		p.computeRows(kernel, width, width*p.b.colStep)
		return
	}
	// If the rows of a are one block, each panel is read once, soon after it has been copied.
	columns := p.n
	if p.m <= blockRows {
		columns = width
	}
	packed := borrow(p.k * (columns + width))
	defer packed.release()
	for j := 0; j < p.n; j += columns {
		part := p.columns(j, min(j+columns, p.n))
		part.b.copyPanels(packed.data, p.k, part.n, width)
		part.b = operand{data: packed.data, rowStep: width, colStep: 1}
		part.computeRows(kernel, width, width*p.k)
	}
}

// computeRows computes blocks of rows, panel by panel of the given width; the panels are panelStep apart in b.
func (p *product) computeRows(kernel panelKernel, width, panelStep int) {
	for i := 0; i < p.m; i += blockRows {
		rows := min(blockRows, p.m-i)
		for j, at := 0, 0; j < p.n; j, at = j+width, at+panelStep {
			var a, b []float64
			if p.k > 0 {
				a, b = p.a.data[i*p.a.rowStep:], p.b.data[at:]
			}
			kernel.compute(rows, min(width, p.n-j), p.k, a, p.a.rowStep, p.a.colStep, b, p.b.rowStep,
				p.add, p.c[i*p.ldc+j:], p.ldc, p.bias[min(j, len(p.bias)):], p.relu,
				p.gate[min(i*p.ldgate+j, len(p.gate)):], p.ldgate)
		}
	}
}

// mustPack reports whether b is to be copied, panel by panel: because its rows are not contiguous, or because a has enough rows
// to make the copy worthwhile and b's are so far apart that they share few of a cache's sets, or, if a panel is only one or two
// cache lines wide, that they are on more pages than a first-level TLB holds.
func (p *product) mustPack() bool {
	return p.b.colStep != 1 && p.n > 1 ||
		p.m >= 256 && p.k*p.b.rowStep > 4096 && sharesSets(p.b.rowStep) ||
		p.m >= 192 && p.k*p.b.rowStep > 32768 && active.tall.width <= 16
}

// isNarrow reports whether the transposed product, cT = bT*aT, has rows that fill
// vectors, unlike this one.
func (p *product) isNarrow() bool {
	return p.n <= flatRows && p.m > p.n && p.a.rowStep == 1 && len(p.bias) == 0 && !p.relu && len(p.gate) == 0
}

// computeTransposed computes cT and transposes it. The chains are the same, as
// multiplication commutes.
func (p *product) computeTransposed() {
	memory := borrow(p.m * p.n)
	defer memory.release()
	t := product{
		m: p.n, n: p.m, k: p.k, add: p.add,
		a: p.b.transposed(), b: p.a.transposed(), c: memory.data, ldc: p.m,
	}
	if p.add {
		operand{data: p.c, rowStep: p.ldc, colStep: 1}.transposed().copyTo(t.c, t.m, t.n, t.n)
	}
	t.compute()
	operand{data: t.c, rowStep: t.ldc, colStep: 1}.transposed().copyTo(p.c, p.m, p.n, p.ldc)
}

// An operand is op of a stored matrix: element (i, j) is at i*rowStep + j*colStep.
type operand struct {
	data             []float64
	rowStep, colStep int
}

// from returns the part of the operand that starts at row i and column j.
func (o operand) from(i, j int) operand {
	o.data = o.data[i*o.rowStep+j*o.colStep:]
	return o
}

// transposed returns the transpose.
func (o operand) transposed() operand {
	o.rowStep, o.colStep = o.colStep, o.rowStep
	return o
}

// copyTo copies the operand to data, with its rows stride apart.
func (o operand) copyTo(data []float64, rows, cols, stride int) {
	if o.colStep == 1 {
		for i := range rows {
			copy(data[i*stride:][:cols], o.data[i*o.rowStep:])
		}
		return
	}
	lanes := max(1, active.lanes)
	if active.transpose != nil && o.rowStep == 1 && rows >= lanes && cols >= lanes {
		o.transposeTo(data, rows, cols, stride)
		return
	}
	for j := range cols {
		for i, at := 0, j*o.colStep; i < rows; i, at = i+1, at+o.rowStep {
			data[i*stride+j] = o.data[at]
		}
	}
}

// transposeTo is copyTo with the kernel, for an operand whose columns are contiguous. If the rows or columns do
// not divide into blocks, the last block overlaps the one before it.
func (o operand) transposeTo(data []float64, rows, cols, stride int) {
	lanes := active.lanes
	for j := 0; j < cols; j += lanes {
		j := min(j, cols-lanes)
		active.transpose(rows/lanes, data[j:], stride, o.data[j*o.colStep:], o.colStep)
		if i := rows - lanes; rows%lanes > 0 {
			active.transpose(1, data[i*stride+j:], stride, o.data[j*o.colStep+i:], o.colStep)
		}
	}
}

// copyPanels copies the operand to data in panels of the given width, one after the other, each row by row.
func (o operand) copyPanels(data []float64, rows, cols, width int) {
	for j := 0; j < cols; j += width {
		o.from(0, j).copyTo(data[j*rows:], rows, min(width, cols-j), width)
	}
}

// operandOf checks a matrix, rows x cols after op, and returns it. name is what a panic
// calls it.
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

// checkMatrix panics if data cannot hold rows x cols numbers, row-major.
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
