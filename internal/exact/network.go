package exact

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Affine computes z = x*w + bias, with bias added to each row after its chains: a
// layer of B rows, I inputs and O outputs, x B x I, w I x O, z B x O, bias O. Like all
// functions on matrices here, it panics if the shapes do not match or a matrix has too
// few numbers; z must not overlap the operands.
func Affine(z, x, w blas64.General, bias []float64) { affine(z, x, w, bias, false) }

// AffineReLU computes Affine and then ReLU, 0 in place of a negative number, in one pass.
func AffineReLU(z, x, w blas64.General, bias []float64) { affine(z, x, w, bias, true) }

func affine(z, x, w blas64.General, bias []float64, relu bool) {
	p := newProduct(z, blas.NoTrans, x, blas.NoTrans, w)
	checkLengths(len(bias), z.Cols)
	p.bias, p.relu = bias, relu
	p.compute()
}

// AffineTransposed computes the transpose of Affine, zT of O x B. It is faster if there are fewer outputs
// than fill a vector.
func AffineTransposed(zT, x, w blas64.General, bias []float64) {
	p := newProduct(zT, blas.Trans, w, blas.Trans, x)
	checkLengths(len(bias), zT.Rows)
	p.compute()
	for o, b := range bias {
		row := zT.Data[o*zT.Stride:][:zT.Cols]
		for i := range row {
			row[i] += b
		}
	}
}

// Backward computes the gradient of a layer's inputs from that of its outputs, dx = op(d)*wT, where wT is the
// transpose of its weights. op(d), d or its transpose, is B x O, wT O x I, and dx B x I.
func Backward(dx blas64.General, t blas.Transpose, d, wT blas64.General) {
	p := newProduct(dx, t, d, blas.NoTrans, wT)
	p.compute()
}

// BackwardReLU computes Backward and then the gradient of ReLU in one pass, if the inputs of the layer are h,
// the values of ReLU: dz is dx, and 0 where h is not positive. h and dz are of one shape.
func BackwardReLU(dz blas64.General, t blas.Transpose, d, wT, h blas64.General) {
	p := newProduct(dz, t, d, blas.NoTrans, wT)
	if h.Rows != dz.Rows || h.Cols != dz.Cols {
		panic("exact: matrices whose shapes do not match")
	}
	checkMatrix("h", h.Rows, h.Cols, h.Data, h.Stride)
	p.gate, p.ldgate = h.Data, h.Stride
	p.compute()
}

// AddGradient adds the gradient of a layer's weights, given its inputs x and the gradient d of its outputs:
// dw += xT*op(d), with x B x I, op(d), d or its transpose, B x O, and dw I x O.
func AddGradient(dw, x blas64.General, t blas.Transpose, d blas64.General) {
	p := newProduct(dw, blas.Trans, x, t, d)
	p.add = true
	p.compute()
}

// AddReLUGradients goes backward from two outputs through a layer of ReLU, reading its values h once: it computes
// BackwardReLU(dz, blas.Trans, d, wT, h), AddColumnSums(db, dz) and AddGradient(dw, h, blas.Trans, d). d is 2 x B, wT 2 x H, h and dz
// B x H and dw H x 2, and db has H numbers.
func AddReLUGradients(dw blas64.General, db []float64, dz, d, wT, h blas64.General) {
	rows, units := h.Rows, h.Cols
	if d.Rows != 2 || d.Cols != rows || wT.Rows != 2 || wT.Cols != units || dw.Rows != units || dw.Cols != 2 || dz.Rows != rows || dz.Cols != units {
		panic("exact: matrices whose shapes do not match")
	}
	checkLengths(len(db), units)
	checkMatrix("dw", units, 2, dw.Data, dw.Stride)
	checkMatrix("dz", rows, units, dz.Data, dz.Stride)
	checkMatrix("d", 2, rows, d.Data, d.Stride)
	checkMatrix("wT", 2, units, wT.Data, wT.Stride)
	checkMatrix("h", rows, units, h.Data, h.Stride)
	whole := 0
	if active.outputs != nil && rows > 0 {
		whole = active.vectors(units)
	}
	if whole > 0 {
		sums := borrow(2 * whole)
		defer sums.release()
		dw0, dw1 := sums.data[:whole], sums.data[whole:][:whole]
		for j, at := 0, 0; j < whole; j, at = j+1, at+dw.Stride {
			dw0[j], dw1[j] = dw.Data[at], dw.Data[at+1]
		}
		active.outputs(rows, d.Data, d.Data[d.Stride:], h.Data, h.Stride, wT.Data, wT.Data[wT.Stride:], dw0, dw1, db[:whole], dz.Data, dz.Stride)
		for j, at := 0, 0; j < whole; j, at = j+1, at+dw.Stride {
			dw.Data[at], dw.Data[at+1] = dw0[j], dw1[j]
		}
	}
	if whole < units {
		rest := func(m blas64.General) blas64.General {
			m.Cols, m.Data = units-whole, m.Data[min(whole, len(m.Data)):]
			return m
		}
		dw.Rows, dw.Data = units-whole, dw.Data[whole*dw.Stride:]
		BackwardReLU(rest(dz), blas.Trans, d, rest(wT), rest(h))
		AddColumnSums(db[whole:], rest(dz))
		AddGradient(dw, rest(h), blas.Trans, d)
	}
}

// Transpose sets dst, J x I, to the transpose of a, I x J.
func Transpose(dst, a blas64.General) {
	if dst.Rows != a.Cols || dst.Cols != a.Rows {
		panic("exact: matrices whose shapes do not match")
	}
	checkMatrix("a", a.Rows, a.Cols, a.Data, a.Stride)
	checkMatrix("dst", dst.Rows, dst.Cols, dst.Data, dst.Stride)
	operand{data: a.Data, rowStep: 1, colStep: a.Stride}.copyTo(dst.Data, dst.Rows, dst.Cols, dst.Stride)
}

// AddColumnSums adds each column of a, row after row, to dst: dst[j] += a[i][j] for
// ascending i. dst has an element for each column. It is a product with ones, whose
// chains FMA(1, a[i][j], sum) are sums.
func AddColumnSums(dst []float64, a blas64.General) {
	checkLengths(len(dst), a.Cols)
	checkMatrix("a", a.Rows, a.Cols, a.Data, a.Stride)
	p := product{
		m: 1, n: a.Cols, k: a.Rows, add: true, c: dst, ldc: a.Cols,
		a: operand{data: one[:]}, b: operand{data: a.Data, rowStep: a.Stride, colStep: 1},
	}
	p.compute()
}

// AddRowSums adds each row of a, column after column, to dst: dst[i] += a[i][j] for ascending j. dst has an
// element for each row.
func AddRowSums(dst []float64, a blas64.General) {
	checkLengths(len(dst), a.Rows)
	checkMatrix("a", a.Rows, a.Cols, a.Data, a.Stride)
	p := product{
		m: a.Rows, n: 1, k: a.Cols, add: true, c: dst, ldc: 1,
		a: operand{data: a.Data, rowStep: a.Stride, colStep: 1}, b: operand{data: one[:]},
	}
	p.compute()
}

var one = [1]float64{1}

// TanhBackward sets dz[i] = dz[i] * (1 - h[i]**2), where h is tanh's value. Like all functions on slices
// here, it panics if their lengths differ.
func TanhBackward(dz, h []float64) {
	checkLengths(len(dz), len(h))
	for i, x := range h {
		dz[i] = float64(dz[i] * math.FMA(-x, x, 1))
	}
}

// LogisticBackward sets dz[i] = dz[i] * h[i]*(1-h[i]), where h is the logistic
// function's value.
func LogisticBackward(dz, h []float64) {
	checkLengths(len(dz), len(h))
	n := active.vectors(len(h))
	if n > 0 {
		active.logisticBackward(dz[:n], h[:n])
	}
	for i, x := range h[n:] {
		dz[n+i] = float64(dz[n+i] * float64(x*(1-x)))
	}
}

// GELUTo sets dst[i] = z*(1 + erf(z/sqrt 2))/2 for z = src[i]; dst may be src
// (Hendrycks and Gimpel, 2016).
func GELUTo(dst, src []float64) {
	checkLengths(len(dst), len(src))
	cdf := borrow(len(src))
	defer cdf.release()
	normalCDF(cdf.data, src)
	for i, z := range src {
		dst[i] = float64(z * cdf.data[i])
	}
}

// GELUBackward multiplies dz[i] by the derivative of GELU at z[i],
// cdf(z) + z*pdf(z) of the normal distribution.
func GELUBackward(dz, z []float64) {
	checkLengths(len(dz), len(z))
	const scale = 1 / (math.Sqrt2 * math.SqrtPi)
	cdf, pdf := borrow(len(z)), borrow(len(z))
	defer cdf.release()
	defer pdf.release()
	normalCDF(cdf.data, z)
	for i, x := range z {
		pdf.data[i] = float64(-0.5 * float64(x*x))
	}
	ExpTo(pdf.data, pdf.data)
	for i, x := range z {
		dz[i] = float64(dz[i] * math.FMA(x, float64(scale*pdf.data[i]), cdf.data[i]))
	}
}

// normalCDF sets cdf[i] = (1 + erf(z[i]/sqrt 2))/2.
func normalCDF(cdf, z []float64) {
	for i, x := range z {
		cdf[i] = float64(x * (1 / math.Sqrt2))
	}
	ErfTo(cdf, cdf)
	for i, x := range cdf {
		cdf[i] = float64(0.5 * (1 + x))
	}
}

// Softmax sets each column of p to exp(z[k])/sum(exp(z[k])), where z[k] are the numbers of that column of z,
// and logSum to log(sum(exp(z[k]))), so that logSum - z[k] is the cross-entropy of class k. p and z are K x B
// with K at least 1, logSum has B numbers, and p may be z. The maximum of a column is subtracted first, and
// the sum is one chain over ascending k.
func Softmax(p blas64.General, logSum []float64, z blas64.General) {
	if p.Rows != z.Rows || p.Cols != z.Cols {
		panic("exact: matrices whose shapes do not match")
	}
	checkLengths(len(logSum), z.Cols)
	memory := borrow(2 * z.Cols)
	defer memory.release()
	top, sum := memory.data[:z.Cols], memory.data[z.Cols:]
	copy(top, z.Data)
	clear(sum)
	for k := 1; k < z.Rows; k++ {
		maximum(top, z.Data[k*z.Stride:])
	}
	for k := range z.Rows {
		expSum(p.Data[k*p.Stride:], sum, z.Data[k*z.Stride:], top)
	}
	for k := range z.Rows {
		divide(p.Data[k*p.Stride:], sum)
	}
	LogTo(logSum, sum)
	for i, x := range top {
		logSum[i] += x
	}
}

// maximum sets dst[i] to src[i] if that is larger, for as many numbers as dst has.
func maximum(dst, src []float64) {
	n := active.vectors(len(dst))
	if n > 0 {
		active.maximum(dst[:n], src[:n])
	}
	for i := n; i < len(dst); i++ {
		if src[i] > dst[i] {
			dst[i] = src[i]
		}
	}
}

// expSum sets dst[i] = exp(src[i] - top[i]) and adds it to sum[i].
func expSum(dst, sum, src, top []float64) {
	n := len(sum)
	if active.expSum == nil {
		for i := range n {
			dst[i] = Exp(src[i] - top[i])
			sum[i] += dst[i]
		}
		return
	}
	whole := active.vectors(n)
	active.expSum(dst[:whole], sum[:whole], src[:whole], top[:whole])
	if whole < n {
		lanes := active.lanes
		rest := borrow(3 * lanes)
		defer rest.release()
		s, x, t := rest.data[:lanes], rest.data[lanes:2*lanes], rest.data[2*lanes:]
		copy(s, sum[whole:])
		copy(x, src[whole:n])
		copy(t, top[whole:])
		active.expSum(x, s, x, t)
		copy(dst[whole:n], x)
		copy(sum[whole:], s)
	}
}

// divide sets dst[i] = dst[i] / by[i].
func divide(dst, by []float64) {
	n := active.vectors(len(by))
	if n > 0 {
		active.divide(dst[:n], by[:n])
	}
	for i := n; i < len(by); i++ {
		dst[i] /= by[i]
	}
}

// AdamStep holds the numbers that all parameters share in step t of Adam (Kingma and
// Ba, 2015), as torch.optim.Adam computes it.
type AdamStep struct {
	Beta1, Beta2 float64
	Rate         float64 // learning rate / (1 - Beta1**t)
	Root         float64 // sqrt(1 - Beta2**t)
	Epsilon      float64
}

// Adam moves the parameters w by one step, given the gradient g and the moments m
// and v, which it updates; all are of the same length. For each parameter:
//
//	m = FMA(g-m, 1-Beta1, m)
//	v = FMA((1-Beta2)*g, g, Beta2*v)
//	w = FMA(-Rate, m/FMA(sqrt(v), 1/Root, Epsilon), w)
func Adam(w, m, v, g []float64, s AdamStep) {
	checkLengths(len(m), len(w))
	checkLengths(len(v), len(w))
	checkLengths(len(g), len(w))
	for from := 0; from < len(w); from += interruptible {
		to := min(from+interruptible, len(w))
		adam(w[from:to], m[from:to], v[from:to], g[from:to], s)
	}
}

// Clear sets all numbers to 0. The built-in clear would keep the thread, even from a signal, to the end.
func Clear(numbers []float64) {
	for some := range slices.Chunk(numbers, interruptible) {
		clearSome(some)
	}
}

// clearSome is not inlined, as adam is not.
//
//go:noinline
func clearSome(numbers []float64) { clear(numbers) }

// adam is not inlined, since Go takes the thread from a busy goroutine when it calls a function.
//
//go:noinline
func adam(w, m, v, g []float64, s AdamStep) {
	rest1, rest2, inverseRoot := 1-s.Beta1, 1-s.Beta2, 1/s.Root
	n := active.vectors(len(w))
	if n > 0 {
		active.adam(w[:n], m[:n], v[:n], g[:n], rest1, rest2, s.Beta2, s.Rate, inverseRoot, s.Epsilon)
	}
	for i := n; i < len(w); i++ {
		d := g[i]
		m[i] = math.FMA(d-m[i], rest1, m[i])
		v[i] = math.FMA(float64(rest2*d), d, float64(s.Beta2*v[i]))
		w[i] = math.FMA(-s.Rate, m[i]/math.FMA(math.Sqrt(v[i]), inverseRoot, s.Epsilon), w[i])
	}
}
