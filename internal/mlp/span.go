package mlp

import "gonum.org/v1/gonum/blas/blas64"

// A span is a range of rows, columns or parameters.
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

// of is the view on these rows of a matrix.
func (s span) of(m blas64.General) blas64.General {
	m.Rows, m.Data = s.len(), m.Data[s.from*m.Stride:min(s.to*m.Stride, len(m.Data))]
	return m
}

// columnsOf is the view on these columns of a matrix.
func (s span) columnsOf(m blas64.General) blas64.General {
	m.Cols, m.Data = s.len(), m.Data[min(s.from, len(m.Data)):]
	return m
}

// cut is one part of n things, in multiples of unit but for the last things.
func cut(n, part, parts, unit int) span {
	units := (n + unit - 1) / unit
	return span{min(units*part/parts*unit, n), min(units*(part+1)/parts*unit, n)}
}
