// Package dataset has the rows of a data set and deals them out: reading and writing CSV, the stratified split, and folds
// for cross-validation.
package dataset

import "math/bits"

// A Table is rows of numbers, each with a label. It is stored in blocks, so that it grows without being
// copied: a table of n values takes little more than 8n bytes at any time.
type Table struct {
	Labels []int // of each row, an index into the classes

	features int
	shift    int // a block holds 1<<shift rows
	blocks   [][]float64
}

const blockValues = 1 << 17 // a block holds up to so many values, or one row

// NewTable returns a table without rows, for rows of the given number of values.
func NewTable(features int) *Table {
	return &Table{features: features, shift: bits.Len(uint(max(1, blockValues/features))) - 1}
}

// Rows is the number of rows.
func (t *Table) Rows() int { return len(t.Labels) }

// Features is the number of values in each row.
func (t *Table) Features() int { return t.features }

// Row returns the values of row i, of which there are Features: a view, not a copy. It panics unless i is in [0, Rows).
func (t *Table) Row(i int) []float64 {
	at := i & (1<<t.shift - 1) * t.features
	return t.blocks[i>>t.shift][at : at+t.features : at+t.features]
}

// grow adds a row of zeros and returns its view.
func (t *Table) grow(label int) []float64 {
	if t.Rows()>>t.shift == len(t.blocks) {
		t.blocks = append(t.blocks, make([]float64, t.features<<t.shift))
	}
	t.Labels = append(t.Labels, label)
	return t.Row(t.Rows() - 1)
}

// Append copies a row of Features values, with its label, to the end of the table.
func (t *Table) Append(values []float64, label int) {
	if len(values) != t.features {
		panic("dataset: a row must have as many values as the table has features")
	}
	copy(t.grow(label), values)
}
