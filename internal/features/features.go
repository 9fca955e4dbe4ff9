// Package features turns the rows of a table into the inputs of a network. What this takes is fitted on the rows of one
// training, and belongs to the model that is trained. The package opens no file, reads no clock and logs nothing.
//
// Inputs are in the order of the columns:
//
//   - A column of numbers has one input, the number, scaled by train.scaling. If the fitted rows have gaps in it, a second
//     input follows, 1 for a gap and 0 otherwise. A gap becomes the median of the fitted rows, before scaling.
//   - A categorical column has an input for each text in the fitted rows, in the order of code points, and a last one for
//     gaps if the fitted rows have any: 1 for what the row has, 0 for all others. A text or a gap that the fitted rows
//     lack leaves all of them 0.
//
// These are the inputs of scikit-learn's StandardScaler after SimpleImputer(strategy="median"), and of
// OneHotEncoder(handle_unknown="ignore").
package features

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
)

// Features are fitted on the rows of a training.
type Features struct {
	Scaling string   // a choice of train.scaling
	Columns []Column // of the table, in its order

	// A number, or the median in its place, becomes (x - Offset) / Divisor: an element for each column of numbers, in
	// their order. Both are nil with scaling none.
	Offset, Divisor []float64
}

// A Column is a column of the table, and what the fitted rows have in it.
type Column struct {
	dataset.Column
	Gaps   bool     // whether one of them has a gap
	Median float64  // of a column of numbers, without its gaps; 0 if there are only gaps
	Texts  []string // of a categorical column, in the order of code points
}

// The limits of features.
const (
	MaxInputs = 1 << 20
	MaxTexts  = 10_000 // of a column
)

// Len returns the number of the column's inputs.
func (c Column) Len() int {
	n := len(c.Texts)
	if c.Kind == dataset.Number {
		n = 1
	}
	if c.Gaps {
		n++
	}
	return n
}

// names returns the names of the column's inputs.
func (c Column) names() []string {
	label := c.Label()
	if c.Kind == dataset.Number {
		return []string{label, label + " is missing"}[:c.Len()]
	}
	names := make([]string, 0, c.Len())
	for _, text := range c.Texts {
		names = append(names, label+"="+text)
	}
	if c.Gaps {
		names = append(names, label+"=")
	}
	return names
}

// Len returns I, the number of inputs.
func (f *Features) Len() int {
	inputs := 0
	for _, c := range f.Columns {
		inputs += c.Len()
	}
	return inputs
}

// Names returns the name of each input: for a number, that of its column, from the header or its position in the raw file
// ("m0", "7"); "m0 is missing" for its gaps; "kind=A" for a text, and "kind=" for gaps.
func (f *Features) Names() []string {
	var names []string
	for _, c := range f.Columns {
		names = append(names, c.names()...)
	}
	return names
}

// Numeric reports for each input whether it is a number of the table rather than a 0 or 1 for what a row has.
func (f *Features) Numeric() []bool {
	numeric := make([]bool, 0, f.Len())
	for _, c := range f.Columns {
		for i := range c.Len() {
			numeric = append(numeric, c.Kind == dataset.Number && i == 0)
		}
	}
	return numeric
}

// numbers returns the columns of numbers.
func (f *Features) numbers() []*Column {
	var numbers []*Column
	for i := range f.Columns {
		if c := &f.Columns[i]; c.Kind == dataset.Number {
			numbers = append(numbers, c)
		}
	}
	return numbers
}

// Check returns the first rule of fitted features that f breaks, as features read from a file may.
func (f *Features) Check() error {
	scaled := 0
	if f.Scaling != params.None {
		scaled = len(f.numbers())
	}
	if len(f.Offset) != scaled || len(f.Divisor) != scaled {
		return errors.New("each column of numbers must have an offset and a divisor if numbers are scaled, and none if not")
	}
	position, inputs := 0, 0
	for _, c := range f.Columns {
		if err := c.check(position); err != nil {
			return fmt.Errorf("%s %w", called(c.Column), err)
		}
		position = c.Position
		inputs += c.Len()
	}
	if inputs < 1 || inputs > MaxInputs {
		return fmt.Errorf("there must be 1 to 2^20 inputs, got %d", inputs)
	}
	return nil
}

// check returns the first rule that the column breaks, which follows the one at a position.
func (c Column) check(after int) error {
	number := c.Kind == dataset.Number
	switch {
	case !number && c.Kind != dataset.Category:
		return fmt.Errorf("must be of a known kind, got %d", c.Kind)
	case c.Position <= after:
		return fmt.Errorf("must follow column %d of the raw file", after)
	case number && len(c.Texts) > 0 || !number && c.Median != 0:
		return errors.New("must have a median if it is of numbers, and texts if not")
	case !exact.IsFinite(c.Median):
		return fmt.Errorf("must have a finite median, got %v", c.Median)
	case len(c.Texts) > MaxTexts:
		return fmt.Errorf("must have at most %d different texts, got %d", MaxTexts, len(c.Texts))
	case !ascend(c.Texts):
		return errors.New("must have different texts in the order of code points")
	}
	return nil
}

func ascend(texts []string) bool {
	return slices.IsSorted(texts) && len(slices.Compact(slices.Clone(texts))) == len(texts)
}

// An Error is about a column of a table that cannot be turned into inputs. The caller knows which file the table was read from.
type Error struct {
	Table  *dataset.Table
	Column dataset.Column
	Row    int    // of the table; NoRow if it is not about one
	Rule   string // and what was found
}

// NoRow is the row of an Error about a whole column.
const NoRow = -1

func (e *Error) Error() string { return called(e.Column) + " " + e.Rule }

// called is how messages refer to a column.
func called(c dataset.Column) string {
	if c.Name == "" {
		return "column " + strconv.Itoa(c.Position)
	}
	return fmt.Sprintf("column %.80q", c.Name)
}
