package features

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
)

// Inputs are the rows of a sample as a network takes them. They are a matrix if that is small enough, and are otherwise
// computed from the table whenever they are needed: the bits are the same. If most inputs are 0, as those for texts are,
// they have slots in the sense of mlp.Sparse: one for a number, one for its gap and one for a text.
type Inputs struct {
	encoder
	sample dataset.Sample
	matrix *blas64.General // nil if it would be large
}

// maxMatrix is the size of the largest matrix that is kept, in numbers: 32 MiB. A large table would otherwise be in
// memory twice, and in cross-validation once more for each thread.
const maxMatrix = 1 << 22

// Inputs returns the inputs of a sample, whose table it scales in place if that is handed over. A number that scaling makes
// infinite is an *Error. It panics unless the sample's table has columns of the kinds that the features were fitted on, in
// their order; it may have other texts, or other codes for them.
func (f *Features) Inputs(s dataset.Sample) (*Inputs, error) { return f.inputs(s, maxMatrix) }

func (f *Features) inputs(s dataset.Sample, most int) (*Inputs, error) {
	if s.Len() > 0 && !f.fit(s.Table.Columns) {
		panic("features: the table must have the columns that the features were fitted to")
	}
	in := &Inputs{encoder: f.encoder(s.Table), sample: s}
	if err := in.check(f, s); err != nil {
		return nil, err
	}
	if s.HandedOver {
		in.scaleInPlace(s)
	}
	if in.Slots() > 0 || !isMatrix(s.Len(), in.inputs, most) {
		return in, nil
	}
	matrix := blas64.General{Rows: s.Len(), Cols: in.inputs, Stride: in.inputs, Data: make([]float64, s.Len()*in.inputs)}
	for i := range s.Len() {
		in.encode(matrix.Data[i*matrix.Stride:][:matrix.Cols], s.Numbers(i), s.Codes(i))
	}
	in.matrix = &matrix
	return in, nil
}

// isMatrix reports whether this many rows are kept as a matrix.
func isMatrix(rows, inputs, most int) bool { return rows <= most/max(1, inputs) }

// Memory returns how many bytes the Inputs of this many rows take besides their table.
func Memory(inputs, rows int) int64 {
	if !isMatrix(rows, inputs, maxMatrix) {
		return 0
	}
	return 8 * int64(inputs) * int64(rows)
}

// fit reports whether columns are of the kinds that f was fitted on.
func (f *Features) fit(columns []dataset.Column) bool {
	return slices.EqualFunc(f.Columns, columns, func(a Column, b dataset.Column) bool { return a.Kind == b.Kind })
}

// Dims returns the number of rows and I.
func (in *Inputs) Dims() (rows, cols int) { return in.sample.Len(), in.inputs }

// Gather sets row b of dst, a matrix of len(rows) x I, to row rows[b].
func (in *Inputs) Gather(dst blas64.General, rows []int) {
	if m := in.matrix; m != nil {
		for b, r := range rows {
			copy(dst.Data[b*dst.Stride:][:dst.Cols], m.Data[r*m.Stride:][:m.Cols])
		}
		return
	}
	var near dataset.Window
	for b, r := range rows {
		to := dst.Data[b*dst.Stride:][:dst.Cols]
		if !in.plain {
			clear(to)
		}
		in.encode(to, near.Numbers(&in.sample, rows, b), in.sample.Codes(r))
	}
}

// View returns the rows from, ..., to-1 in place; ok is false unless there is a matrix.
func (in *Inputs) View(from, to int) (x blas64.General, ok bool) {
	if in.matrix == nil {
		return x, false
	}
	x = *in.matrix
	x.Rows, x.Data = to-from, x.Data[from*x.Stride:to*x.Stride]
	return x, true
}

// Slots returns the number of slots of a row, or 0 if it is not small beside I: what follows from the features alone.
func (in *Inputs) Slots() int {
	const rarely = 4
	if rarely*in.slots > in.inputs {
		return 0
	}
	return in.slots
}

// GatherSlots sets row b of values, a matrix of len(rows) x Slots, and at[b*Slots:][:Slots] to the values and the inputs of
// the slots of row rows[b].
func (in *Inputs) GatherSlots(values blas64.General, at []int32, rows []int) {
	var near dataset.Window
	for b, r := range rows {
		in.encodeSlots(values.Data[b*values.Stride:][:in.slots], at[b*in.slots:][:in.slots], near.Numbers(&in.sample, rows, b), in.sample.Codes(r))
	}
}

// An encoder has the features in the form in which rows of one table are encoded fastest.
type encoder struct {
	inputs  int
	slots   int
	columns []place
	numbers []number
	plain   bool // the inputs are the numbers
	scaled  bool
	texts   [][]int32 // of each categorical column, the input that is 1, or none: of a gap, then of each code of the table
}

// A place is where the inputs of a column are.
type place struct {
	kind  dataset.Kind
	first int32
	count int
}

// A number is a column of numbers.
type number struct {
	at              int32 // its input
	missing         int32 // the input for gaps, or none
	median          float64
	offset, divisor float64
}

// none is in place of an input that does not exist.
const none = -1

// encoder returns the encoder of a table; nil is a table without rows.
func (f *Features) encoder(t *dataset.Table) encoder {
	e := encoder{scaled: f.Offset != nil, columns: make([]place, 0, len(f.Columns)), numbers: make([]number, 0, len(f.Columns))}
	var texts [][]string
	if t != nil {
		texts = t.Texts
	}
	for _, c := range f.Columns {
		at := int32(e.inputs)
		e.inputs += c.Len()
		e.columns = append(e.columns, place{c.Kind, at, c.Len()})
		e.slots += c.slots()
		switch {
		case c.Kind == dataset.Number:
			e.numbers = append(e.numbers, f.number(c, at, len(e.numbers)))
		case t != nil:
			e.texts, texts = append(e.texts, c.textInputs(at, texts[0])), texts[1:]
		}
	}
	e.plain = e.inputs == len(e.numbers)
	return e
}

// slots returns the number of the column's inputs that may differ from 0 in a row.
func (c Column) slots() int {
	if c.Kind == dataset.Number {
		return c.Len()
	}
	return min(1, c.Len())
}

// number returns the k-th column of numbers.
func (f *Features) number(c Column, at int32, k int) number {
	n := number{at: at, missing: none, median: c.Median}
	if c.Gaps {
		n.missing = at + 1
	}
	if f.Offset != nil {
		n.offset, n.divisor = f.Offset[k], f.Divisor[k]
	}
	return n
}

// textInputs returns the input that is 1 for a gap, then for each code of a table.
func (c Column) textInputs(at int32, texts []string) []int32 {
	inputs := make([]int32, 0, 1+len(texts))
	inputs = append(inputs, none)
	if c.Gaps {
		inputs[0] = at + int32(len(c.Texts))
	}
	for _, text := range texts {
		input := int32(none)
		if i, known := slices.BinarySearch(c.Texts, text); known {
			input = at + int32(i)
		}
		inputs = append(inputs, input)
	}
	return inputs
}

// encode sets dst, of I zeros, to the inputs of a row.
func (e *encoder) encode(dst, numbers []float64, codes []int32) {
	if e.plain && !e.scaled {
		e.copy(dst, numbers)
		return
	}
	for k, v := range numbers {
		n := &e.numbers[k]
		if v != v { // a gap
			v = n.median
			if n.missing != none {
				dst[n.missing] = 1
			}
		}
		if e.scaled {
			v = (v - n.offset) / n.divisor
		}
		dst[n.at] = v
	}
	for c, code := range codes {
		if at := e.texts[c][code-dataset.NoCode]; at != none {
			dst[at] = 1
		}
	}
}

// encodeSlots sets the values and the inputs of the slots of a row. The slot of a text that the fitted rows lack has the
// first input of the column, and 0.
func (e *encoder) encodeSlots(values []float64, at []int32, numbers []float64, codes []int32) {
	slot, number, category := 0, 0, 0
	add := func(v float64, input int32) {
		values[slot], at[slot] = v, input
		slot++
	}
	for _, c := range e.columns {
		if c.kind == dataset.Number {
			n, v, gap := &e.numbers[number], numbers[number], 0.0
			number++
			if v != v {
				v, gap = n.median, 1
			}
			if e.scaled {
				v = (v - n.offset) / n.divisor
			}
			add(v, n.at)
			if n.missing != none {
				add(gap, n.missing)
			}
			continue
		}
		input := e.texts[category][codes[category]-dataset.NoCode]
		category++
		switch {
		case input != none:
			add(1, input)
		case c.count > 0:
			add(0, c.first)
		}
	}
}

// copy is encode for inputs that are the numbers of the table.
func (e *encoder) copy(dst, numbers []float64) {
	copy(dst, numbers)
	for k, v := range numbers {
		if v != v {
			dst[k] = e.numbers[k].median
		}
	}
}

// scaleInPlace makes encode find the numbers of the sample scaled. Gaps stay gaps.
func (e *encoder) scaleInPlace(s dataset.Sample) {
	if !e.scaled {
		return
	}
	for i := range s.Len() {
		row := s.Numbers(i)
		for k, v := range row {
			n := &e.numbers[k]
			row[k] = (v - n.offset) / n.divisor
		}
	}
	for k := range e.numbers {
		n := &e.numbers[k]
		n.median = (n.median - n.offset) / n.divisor
	}
	e.scaled = false
}

// check returns an *Error if a number of the sample is infinite once it is scaled.
func (e *encoder) check(f *Features, s dataset.Sample) error {
	if !e.scaled {
		return nil
	}
	for i := range s.Len() {
		for k, v := range s.Numbers(i) {
			n := &e.numbers[k]
			scaled := (v - n.offset) / n.divisor
			if scaled-scaled != 0 && v == v { // infinite, and not a gap
				return &Error{s.Table, f.numbers()[k].Column, s.Rows[i], fmt.Sprintf("must be finite once train.scaling has made it (x - %v) / %v, got x = %v", n.offset, n.divisor, v)}
			}
		}
	}
	return nil
}
