// Package dataset has the rows of a data set and deals them out: reading and writing CSV, the stratified split, and folds
// for cross-validation.
package dataset

import (
	"math/bits"
	"strconv"
)

// A Kind is what the fields of a column are.
type Kind int

// The kinds of columns.
const (
	Number   Kind = iota // finite numbers
	Category             // texts
)

// A Column is an input column of a table.
type Column struct {
	Name     string // by the file's header; "" without one
	Position int    // in the raw file, from 1
	Kind     Kind
}

// Label returns what messages and inputs call the column: its name, or its position if it has none.
func (c Column) Label() string {
	if c.Name == "" {
		return strconv.Itoa(c.Position)
	}
	return c.Name
}

// NumberColumns returns n columns of numbers without names, in the positions from 1.
func NumberColumns(n int) []Column {
	columns := make([]Column, n)
	for i := range columns {
		columns[i].Position = i + 1
	}
	return columns
}

// A Table is rows of numbers and texts, each with a label. A number takes 8 bytes, a text, which is kept as a
// code, 4. They are in blocks, so that a table grows without being copied.
type Table struct {
	Columns []Column
	Labels  []int      // of each row, an index into the classes
	Texts   [][]string // of each categorical column, in the order of Columns: the text of each code

	IDs    []string // of each row; nil without an id
	IDName string   // what files call the id: the name of its column, "id" if that has none
	Groups []string // of each row; nil without groups

	numbers blocks[float64]
	codes   blocks[int32]
}

// NoCode is the code of a gap in a categorical column. A gap in a column of numbers is NaN.
const NoCode = -1

// NewTable returns a table without rows. Texts are set by the caller, before or after rows are appended.
func NewTable(columns []Column) *Table {
	t := &Table{Columns: columns}
	categories := 0
	for _, c := range columns {
		if c.Kind == Category {
			categories++
		}
	}
	t.numbers, t.codes = newBlocks[float64](len(columns)-categories), newBlocks[int32](categories)
	t.Texts = make([][]string, categories)
	return t
}

// Rows returns the number of rows.
func (t *Table) Rows() int { return len(t.Labels) }

// Numbers returns the values of row i in the columns of numbers, in their order; a gap is NaN. It is a view, not a copy.
func (t *Table) Numbers(i int) []float64 { return t.numbers.row(i) }

// Codes returns the codes of row i in the categorical columns, in their order; a gap is NoCode. It is a view, not a copy.
func (t *Table) Codes(i int) []int32 { return t.codes.row(i) }

// Append copies a row to the end of the table: a value for each column of numbers, a code for each categorical one, and
// its label.
func (t *Table) Append(numbers []float64, codes []int32, label int) {
	n, c := t.grow(label)
	if len(numbers) != len(n) || len(codes) != len(c) {
		panic("dataset: a row must have a value for each column of the table")
	}
	copy(n, numbers)
	copy(c, codes)
}

// grow adds a row of zeros and returns its views.
func (t *Table) grow(label int) (numbers []float64, codes []int32) {
	row := t.Rows()
	t.Labels = append(t.Labels, label)
	t.numbers.grow(row)
	t.codes.grow(row)
	return t.Numbers(row), t.Codes(row)
}

// Blocks hold rows of a fixed number of values.
type blocks[T float64 | int32] struct {
	width int
	shift int // a block holds 1<<shift rows
	data  [][]T
}

const blockValues = 1 << 17 // a block holds up to so many values, or one row

func newBlocks[T float64 | int32](width int) blocks[T] {
	return blocks[T]{width: width, shift: bits.Len(uint(max(1, blockValues/max(1, width)))) - 1}
}

func (b *blocks[T]) row(i int) []T {
	if b.width == 0 {
		return nil
	}
	at := i & (1<<b.shift - 1) * b.width
	return b.data[i>>b.shift][at : at+b.width : at+b.width]
}

// grow makes room for row i, the next.
func (b *blocks[T]) grow(i int) {
	if b.width > 0 && i>>b.shift == len(b.data) {
		b.data = append(b.data, make([]T, b.width<<b.shift))
	}
}
