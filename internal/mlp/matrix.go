package mlp

import (
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/exact"
)

func newMatrix(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

// newRows returns a matrix whose rows are as far apart as products read them best. The numbers between them are
// padding: an elementwise function is called once for the Data of the whole matrix, and computes them too, for nothing.
// They start at zero and no product reads them.
func newRows(rows, cols int) blas64.General {
	stride := exact.Stride(cols)
	return blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, rows*stride)}
}

func row(m blas64.General, i int) []float64 {
	return m.Data[i*m.Stride : i*m.Stride+m.Cols : i*m.Stride+m.Cols]
}

// alike returns the numbers of m with its rows as far apart as those of another matrix of its shape: they are copied to room unless
// they are so already.
func alike(m, other blas64.General, room []float64) []float64 {
	if m.Stride == other.Stride {
		return m.Data
	}
	for i := range m.Rows {
		copy(room[i*other.Stride:], row(m, i))
	}
	return room[:len(other.Data)]
}

// multiplyTo sets dst = a * b, element by element.
func multiplyTo(dst, a, b []float64) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// A span is a range of rows, columns or parameters.
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

// rowsOf is the view of these rows of a matrix.
func (s span) rowsOf(m blas64.General) blas64.General {
	m.Rows, m.Data = s.len(), m.Data[s.from*m.Stride:min(s.to*m.Stride, len(m.Data))]
	return m
}

// columnsOf is the view of these columns of a matrix.
func (s span) columnsOf(m blas64.General) blas64.General {
	m.Cols, m.Data = s.len(), m.Data[min(s.from, len(m.Data)):]
	return m
}

// cut returns one of several pieces of n things, a multiple of unit long unless it has the last of them.
func cut(n, piece, pieces, unit int) span {
	units := (n + unit - 1) / unit
	return span{min(units*piece/pieces*unit, n), min(units*(piece+1)/pieces*unit, n)}
}
