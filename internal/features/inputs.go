package features

import (
	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
)

// Inputs are the rows of a sample as a network takes them. They are a matrix if that is small, and are otherwise
// computed from the table whenever they are asked for: the bits are the same.
type Inputs struct {
	features *Features
	sample   dataset.Sample
	matrix   *blas64.General // nil if it would be large
}

// maxMatrix is the size of the largest matrix that is kept, in numbers: 256 MiB.
const maxMatrix = 1 << 25

// Inputs returns those of a sample. It panics unless its table has the columns that the features were fitted to.
func (f *Features) Inputs(s dataset.Sample) *Inputs { return f.inputs(s, maxMatrix) }

func (f *Features) inputs(s dataset.Sample, most int) *Inputs {
	if s.Len() > 0 && len(s.Table.Columns) != len(f.Columns) {
		panic("features: the table must have the columns that the features were fitted to")
	}
	in := &Inputs{features: f, sample: s}
	if s.Len() > most/max(1, f.Len()) {
		return in
	}
	matrix := blas64.General{Rows: s.Len(), Cols: f.Len(), Stride: f.Len(), Data: make([]float64, s.Len()*f.Len())}
	for i := range s.Len() {
		f.encode(matrix.Data[i*matrix.Stride:][:matrix.Cols], s.Numbers(i))
	}
	in.matrix = &matrix
	return in
}

// Dims returns the number of rows and I.
func (in *Inputs) Dims() (rows, cols int) { return in.sample.Len(), in.features.Len() }

// Gather sets row b of dst, a matrix of len(rows) x I, to row rows[b].
func (in *Inputs) Gather(dst blas64.General, rows []int) {
	for b, r := range rows {
		to := dst.Data[b*dst.Stride:][:dst.Cols]
		if m := in.matrix; m != nil {
			copy(to, m.Data[r*m.Stride:][:m.Cols])
		} else {
			in.features.encode(to, in.sample.Numbers(r))
		}
	}
}

// View returns the rows from, ..., to-1 in place, and false unless there is a matrix.
func (in *Inputs) View(from, to int) (x blas64.General, ok bool) {
	if in.matrix == nil {
		return x, false
	}
	x = *in.matrix
	x.Rows, x.Data = to-from, x.Data[from*x.Stride:to*x.Stride]
	return x, true
}
