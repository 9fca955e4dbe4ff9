package mlp

import "gonum.org/v1/gonum/blas/blas64"

// Inputs are rows of I numbers each, as the first layer takes them. They may be a matrix, or be computed when they are
// asked for, so that a set of rows never has to exist as a whole. Their methods may be called by several goroutines at
// the same time, and always return the same numbers.
type Inputs interface {
	// Dims returns the number of rows and I.
	Dims() (rows, cols int)
	// Gather sets row b of dst, a matrix of len(rows) x I, to row rows[b].
	Gather(dst blas64.General, rows []int)
	// View returns the rows from, ..., to-1 in place, and false unless they are in memory as a matrix.
	View(from, to int) (x blas64.General, ok bool)
}

// A Matrix is Inputs in memory, row-major. It is not copied.
type Matrix blas64.General

// Dims returns the matrix's dimensions.
func (m Matrix) Dims() (rows, cols int) { return m.Rows, m.Cols }

// Gather copies rows.
func (m Matrix) Gather(dst blas64.General, rows []int) {
	for b, r := range rows {
		copy(row(dst, b), row(blas64.General(m), r))
	}
}

// View returns a view of the rows.
func (m Matrix) View(from, to int) (blas64.General, bool) {
	return span{from, to}.rowsOf(blas64.General(m)), true
}

// dense returns all rows of the inputs, in place if they are in memory as a matrix.
func dense(inputs Inputs) blas64.General {
	rows, cols := inputs.Dims()
	x, ok := inputs.View(0, rows)
	if ok {
		return x
	}
	all := make([]int, rows)
	for b := range all {
		all[b] = b
	}
	x = newMatrix(rows, cols)
	inputs.Gather(x, all)
	return x
}

// Data is a set of B rows: X has B x I inputs, and Labels the class of each row, from 0. Neither is copied. The zero
// Data has no rows.
type Data struct {
	X      Inputs
	Labels []int
}

// pick returns some of the rows, in the order given: as a matrix if they are read from one in memory, so that they are read in
// place from then on.
func (d Data) pick(rows []int) Data {
	picked := Data{Labels: make([]int, len(rows))}
	for i, r := range rows {
		picked.Labels[i] = d.Labels[r]
	}
	all, cols := d.X.Dims()
	if _, ok := d.X.View(0, all); !ok || slotsOf(d.X) > 0 {
		picked.X = subset{d.X, rows}
		return picked
	}
	x := newMatrix(len(rows), cols)
	d.X.Gather(x, rows)
	picked.X = Matrix(x)
	return picked
}

// A subset is some rows of Inputs that are not in memory.
type subset struct {
	of   Inputs
	rows []int
}

func (s subset) Dims() (rows, cols int) {
	_, cols = s.of.Dims()
	return len(s.rows), cols
}

func (s subset) Gather(dst blas64.General, rows []int) {
	for b, r := range rows {
		s.of.Gather(span{b, b + 1}.rowsOf(dst), s.rows[r:r+1])
	}
}

// Slots and GatherSlots are those of Sparse.
func (s subset) Slots() int { return slotsOf(s.of) }

func (s subset) GatherSlots(values blas64.General, at []int32, rows []int) {
	of, slots := s.of.(Sparse), values.Cols
	for b, r := range rows {
		of.GatherSlots(span{b, b + 1}.rowsOf(values), at[b*slots:][:slots], s.rows[r:r+1])
	}
}

func (s subset) View(int, int) (blas64.General, bool) { return blas64.General{}, false }
