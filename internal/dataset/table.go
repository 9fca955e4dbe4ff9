// Package dataset has the rows of a data set and what is done to them before a network sees them:
// reading and writing CSV, the stratified split, folds for cross-validation, and scaling.
package dataset

import (
	"math/bits"

	"gonum.org/v1/gonum/blas/blas64"
)

// A Table is rows of numbers, each with a label. It lies in blocks, so that it grows without being
// copied: a table of n values takes little more than 8n bytes at any time.
type Table struct {
	Labels []int // of each row, an index into the classes

	features int
	shift    int // a block holds 1<<shift rows
	blocks   [][]float64
}

const blockValues = 1 << 17 // a block holds up to so many values, or one row

func newTable(features int) *Table {
	return &Table{features: features, shift: bits.Len(uint(max(1, blockValues/features))) - 1}
}

// Rows is the number of rows.
func (t *Table) Rows() int { return len(t.Labels) }

// Features is the number of values in each row.
func (t *Table) Features() int { return t.features }

// Row gives the values of row i, of which there are Features: a view, not a copy.
func (t *Table) Row(i int) []float64 {
	at := i & (1<<t.shift - 1) * t.features
	return t.blocks[i>>t.shift][at : at+t.features : at+t.features]
}

// grow adds a row of zeros and gives its view.
func (t *Table) grow(label int) []float64 {
	if t.Rows()>>t.shift == len(t.blocks) {
		t.blocks = append(t.blocks, make([]float64, t.features<<t.shift))
	}
	t.Labels = append(t.Labels, label)
	return t.Row(t.Rows() - 1)
}

// Matrix copies all rows to a matrix of Rows x Features, and gives their labels.
func (t *Table) Matrix() (x blas64.General, labels []int) {
	all := make([]int, t.Rows())
	for row := range all {
		all[row] = row
	}
	return t.Select(all)
}

// Select copies rows, in the order given, to a matrix of len(rows) x Features, and gives their labels.
func (t *Table) Select(rows []int) (x blas64.General, labels []int) {
	x = blas64.General{Rows: len(rows), Cols: t.features, Stride: t.features, Data: make([]float64, 0, len(rows)*t.features)}
	labels = make([]int, len(rows))
	for i, row := range rows {
		x.Data = append(x.Data, t.Row(row)...)
		labels[i] = t.Labels[row]
	}
	return x, labels
}
