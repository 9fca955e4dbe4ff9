package dataset

import (
	"context"
	"fmt"
	"math"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/params"
)

// Read reads the table of a raw CSV file that data describes. Every class of data must have a row. A field is a finite
// decimal number, a text if data lists its column as categorical, or a gap. Package csvfile defines what CSV is.
//
// Errors name the file, the line, the column, the rule and the value. Gaps that data does not list, and texts in
// columns of numbers, are counted to the end of the file and reported together. Read stops with the cause of ctx.
func Read(ctx context.Context, f File, data params.Data) (*Table, error) {
	table, err := readTable(ctx, f, math.MaxInt, nil, func(p *csvfile.Piece) (*layout, error) { return rawLayout(p, data, nil) })
	if err == nil && table == nil {
		err = fmt.Errorf("%s: must hold rows of numbers and a label, is empty", f.Name())
	}
	if err == nil && table.Rows() == 0 {
		err = fmt.Errorf("%s: must hold rows below its header, has none", f.Name())
	}
	if err == nil {
		err = checkClasses(f.Name(), table, data.Classes)
	}
	if err != nil {
		return nil, err
	}
	return table, nil
}

func checkClasses(name string, table *Table, classes []string) error {
	for c, n := range count(table.Labels, len(classes)) {
		if n == 0 {
			return fmt.Errorf("%s: must have rows of every class of data.classes, got none of %.40q", name, classes[c])
		}
	}
	return nil
}

// ReadCase reads rows with their labels, in the form of the raw file; a class need not have a row. The inputs must be
// those of the schema, which is a model's. Errors are those of Read.
func (s *Schema) ReadCase(ctx context.Context, f File) (*Table, error) {
	table, err := readTable(ctx, f, math.MaxInt, nil, func(p *csvfile.Piece) (*layout, error) { return rawLayout(p, s.Data, s) })
	if err == nil && (table == nil || table.Rows() == 0) {
		err = fmt.Errorf("%s: must hold rows with their labels, is empty", f.Name())
	}
	if err != nil {
		return nil, err
	}
	return table, nil
}

// ReadRows reads rows to predict and calls collect with tables of them, one after another, in the order of the file, each
// with a function that returns the line of a row of the table. They have no labels and no groups. With a header, the
// columns of the inputs are found by their names, in any order, and so is that of the ids, which may be missing; other
// columns are ignored. Without a header, the columns are those of the raw file, with or without the label's.
//
// The tables are as long as a piece of the file, and share one memory: each is valid during its call only, and memory does
// not grow with the rows. For the same reason ids are not required to be unique. If there is a header and no row, collect
// gets one table without rows, and no function. Errors are those of Read and of collect. After a row that cannot be read,
// collect is not called again.
func (s *Schema) ReadRows(ctx context.Context, f File, collect func(rows *Table, lineOf func(row int) int) error) error {
	r := reader{layoutOf: s.rowsLayout, repeats: true}
	table, none := newTable(s), true
	r.collect = func(p *csvfile.Piece, c *chunk) error {
		none = false
		if r.faults.first != nil {
			return nil
		}
		table.reset()
		table.appendChunk(c)
		c.texts = nil // they have the codes of this table
		return collect(table, p.LineOf)
	}
	if err := r.read(ctx, f); err != nil || r.layout == nil || !none {
		return err
	}
	if r.layout.hasID() {
		table.IDs = []string{}
	}
	return collect(table, nil)
}

// ReadSplit reads a table from the two files of one side of a split: x has the columns of the raw file except the label
// and those that data drops; y has the label of each row of x. Errors are those of Read.
func ReadSplit(ctx context.Context, x, y File, data params.Data) (*Table, error) {
	labels, err := readLabels(ctx, y, data.Classes)
	if err != nil {
		return nil, err
	}
	tooMany := fmt.Errorf("must not be there, as %s has only %d rows", y.Name(), len(labels))
	table, err := readTable(ctx, x, len(labels), tooMany, func(p *csvfile.Piece) (*layout, error) { return splitLayout(p, data) })
	switch {
	case err != nil:
		return nil, err
	case table == nil:
		return nil, fmt.Errorf("%s: must hold rows of numbers, is empty", x.Name())
	case table.Rows() < len(labels):
		return nil, fmt.Errorf("%s: must have %d rows as %s has, got %d", x.Name(), len(labels), y.Name(), table.Rows())
	}
	table.Labels = labels
	return table, nil
}

func readLabels(ctx context.Context, y File, classes []string) (labels []int, err error) {
	known := newClasses(classes)
	err = csvfile.Read(ctx, y, workers(), csvfile.Steps[[]int]{
		First: func(p *csvfile.Piece) (header bool, err error) {
			if n := len(p.Fields); n != 1 {
				return false, p.Errorf("must have 1 column, the label, got %d", n)
			}
			return false, nil
		},
		Parse: func(p *csvfile.Piece) (labels []int, err error) {
			for p.Next() {
				class, ok := known.of(p.Fields[0])
				if !ok {
					return nil, p.Errorf("%w", known.errorOf(place{Column: Column{Position: 1}}, string(p.Fields[0])))
				}
				labels = append(labels, class)
			}
			return labels, nil
		},
		Collect: func(_ *csvfile.Piece, part []int) error {
			labels = append(labels, part...)
			return nil
		},
	})
	if err == nil && labels == nil {
		err = fmt.Errorf("%s: must hold labels, is empty", y.Name())
	}
	return labels, err
}
