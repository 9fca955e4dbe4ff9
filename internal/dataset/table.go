// Package dataset holds the rows of a data set: it reads and writes them as CSV, and divides them by a stratified split or
// into folds for cross-validation.
package dataset

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
)

// A Kind says what the fields of a column are.
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

// Label returns what messages and the names of inputs call the column: its name, or its position if it has none.
func (c Column) Label() string {
	if c.Name == "" {
		return strconv.Itoa(c.Position)
	}
	return c.Name
}

// String returns what messages call the column: its position and, if it has one, its name.
func (c Column) String() string {
	if c.Name == "" {
		return "column " + strconv.Itoa(c.Position)
	}
	return fmt.Sprintf("column %d (%.40q)", c.Position, c.Name)
}

// A Table is rows of numbers and texts, each with a label. A number takes 8 bytes; a text is kept as a code of 4 bytes.
// They are in blocks, so that a table grows without being copied.
type Table struct {
	Columns []Column
	Schema  *Schema    // of the file that it was read from; nil if it was not read from one
	Labels  []int      // of each row, an index into the classes; nil for rows to predict
	Texts   [][]string // of each categorical column, in the order of Columns: the text of each code

	IDs    []string // of each row; nil without an id
	Groups []string // of each row; nil without groups

	rows    int
	numbers blocks[float64]
	codes   blocks[int32]
	known   []map[string]int32 // of each categorical column: the code of each text
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

func newTable(s *Schema) *Table {
	t := NewTable(s.Columns)
	t.Schema = s
	t.known = make([]map[string]int32, len(t.Texts))
	for i := range t.known {
		t.known[i] = map[string]int32{}
	}
	return t
}

// reset removes all rows and texts, and keeps the memory of the numbers.
func (t *Table) reset() {
	t.rows, t.Labels, t.IDs, t.Groups = 0, nil, nil, nil
	for i := range t.known {
		t.Texts[i], t.known[i] = nil, map[string]int32{}
	}
}

// Rows returns the number of rows.
func (t *Table) Rows() int { return t.rows }

// Numbers returns the values of row i in the columns of numbers, in their order; a gap is NaN. It is a view, not a copy.
func (t *Table) Numbers(i int) []float64 { return t.numbers.row(i) }

// Codes returns the codes of row i in the categorical columns, in their order; a gap is NoCode. It is a view, not a copy.
func (t *Table) Codes(i int) []int32 { return t.codes.row(i) }

// Append copies a row to the end of the table: a value for each column of numbers, a code for each categorical one, and
// its label.
func (t *Table) Append(numbers []float64, codes []int32, label int) {
	if len(numbers) != t.numbers.width || len(codes) != t.codes.width {
		panic("dataset: a row must have a value for each column of the table")
	}
	t.numbers.append(t.rows, numbers)
	t.codes.append(t.rows, codes)
	t.Labels = append(t.Labels, label)
	t.rows++
}

// appendChunk appends the rows of a chunk, whose texts get the table's codes: new texts in order of first appearance.
func (t *Table) appendChunk(c *chunk) {
	for i := range c.texts {
		d := &c.texts[i]
		for _, text := range d.texts[len(d.known):] {
			code, known := t.known[i][text]
			if !known {
				code = int32(len(t.Texts[i]))
				t.known[i][text] = code
				t.Texts[i] = append(t.Texts[i], text)
			}
			d.known = append(d.known, code)
		}
	}
	for row := c.codes; len(row) > 0; row = row[len(c.texts):] {
		for i, code := range row[:len(c.texts)] {
			if code != NoCode {
				row[i] = c.texts[i].known[code]
			}
		}
	}
	t.numbers.append(t.rows, c.numbers)
	t.codes.append(t.rows, c.codes)
	t.Labels = append(t.Labels, c.labels...)
	t.IDs = c.ids.appendTo(t.IDs)
	t.Groups = c.groups.appendTo(t.Groups)
	t.rows += c.rows
}

// Warnings returns what is suspicious about the table, one line each: columns of numbers that count the rows, from 0 or
// from 1, in their order. They are usually an index, which says nothing about other rows, and a lot about these if
// they are sorted by class.
func (t *Table) Warnings() []string {
	var warnings []string
	for _, c := range t.counters() {
		warnings = append(warnings, c.String()+" counts the rows: if it is an index, list it in data.drop, or make it data.id")
	}
	return warnings
}

// counters returns the columns of numbers that are 0, ..., n-1 or 1, ..., n.
func (t *Table) counters() []Column {
	if t.rows < 2 {
		return nil
	}
	first := t.Numbers(0)
	slot := -1
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c Column) bool {
		if c.Kind != Number {
			return true
		}
		slot++
		if first[slot] != 0 && first[slot] != 1 {
			return true
		}
		for i := range t.rows {
			if t.Numbers(i)[slot] != first[slot]+float64(i) {
				return true
			}
		}
		return false
	})
}

// Blocks hold rows of a fixed number of values.
type blocks[T float64 | int32] struct {
	width int
	shift int // a block holds 1<<shift rows
	data  [][]T
}

const blockValues = 1 << 17 // a block holds up to this many values, or one row

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

// append appends whole rows after the first `at` rows. The first block grows with them, as most tables are small.
func (b *blocks[T]) append(at int, values []T) {
	for len(values) > 0 {
		block, begin := at>>b.shift, at&(1<<b.shift-1)*b.width
		if block == len(b.data) {
			b.data = append(b.data, nil)
			if block > 0 {
				b.data[block] = make([]T, 0, b.width<<b.shift)
			}
		}
		n := min(len(values), b.width<<b.shift-begin)
		b.data[block] = append(b.data[block][:begin], values[:n]...)
		at, values = at+n/b.width, values[n:]
	}
}
