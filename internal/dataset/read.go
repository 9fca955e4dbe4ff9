package dataset

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"example.com/sonar/internal/params"
)

// Read reads a table from a CSV file with the label in the column that data names. All other columns
// are features and hold finite numbers; every class of data has a row. Spaces around a field do not
// count, nor do empty lines; lines end in LF or CRLF. Errors name the file, the line, the column, the
// rule and the value.
func Read(ctx context.Context, f File, data params.Data) (*Table, error) {
	r := newRecords(ctx, f)
	var table *Table
	var label labelColumn
	err := r.each(func(fields []string) error {
		if table == nil {
			var err error
			if label, err = r.findLabel(fields, data); err != nil {
				return err
			}
			table = NewTable(NumberColumns(r.columns - 1))
			if data.Header {
				return nil
			}
		}
		class, err := r.class(fields, label)
		if err != nil {
			return err
		}
		row, _ := table.grow(class)
		return r.numbers(row, fields, label.at)
	})
	if err == nil && table == nil {
		err = fmt.Errorf("%s: must hold rows of numbers and a label, is empty", r.name)
	}
	if err == nil {
		err = checkClasses(r.name, table, data.Classes)
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

// ReadSplit reads a table from the two files of a split: x has the features without a header, y the
// label of each row of x. Errors are those of Read.
func ReadSplit(ctx context.Context, x, y File, classes []string) (*Table, error) {
	labels, err := readLabels(ctx, y, classes)
	if err != nil {
		return nil, err
	}
	r := newRecords(ctx, x)
	var table *Table
	err = r.each(func(fields []string) error {
		if table == nil {
			table = NewTable(NumberColumns(r.columns))
		}
		row := table.Rows()
		if row == len(labels) {
			return r.errorf("must not be there, as %s has only %d rows", y.Name(), row)
		}
		values, _ := table.grow(labels[row])
		return r.numbers(values, fields, noColumn)
	})
	switch {
	case err != nil:
		return nil, err
	case table == nil:
		return nil, fmt.Errorf("%s: must hold rows of numbers, is empty", r.name)
	case table.Rows() < len(labels):
		return nil, fmt.Errorf("%s: must have %d rows as %s has, got %d", r.name, len(labels), y.Name(), table.Rows())
	}
	return table, nil
}

func readLabels(ctx context.Context, y File, classes []string) (labels []int, err error) {
	r := newRecords(ctx, y)
	label := newLabelColumn(0, classes)
	err = r.each(func(fields []string) error {
		if r.columns != 1 {
			return r.errorf("must have 1 column, the label, got %d", r.columns)
		}
		class, err := r.class(fields, label)
		labels = append(labels, class)
		return err
	})
	if err == nil && labels == nil {
		err = fmt.Errorf("%s: must hold labels, is empty", r.name)
	}
	return labels, err
}

// A labelColumn says where the label is, from 0, and what it may be.
type labelColumn struct {
	at    int
	index map[string]int // into the classes
	rule  string
}

const noColumn = -1

func newLabelColumn(at int, classes []string) labelColumn {
	l := labelColumn{at: at, index: map[string]int{}}
	for i, class := range classes {
		l.index[class] = i
	}
	const shown = 10
	l.rule = strings.Join(classes[:min(shown, len(classes))], ", ")
	if len(classes) > shown {
		l.rule += ", ..."
	}
	return l
}

// findLabel finds the label's column by position, by name in the first line, or as the last one.
func (r *records) findLabel(first []string, data params.Data) (labelColumn, error) {
	at, err := r.labelPosition(first, data)
	if err == nil && r.columns < 2 {
		err = r.errorf("must have 2 or more columns, got %d: %.40q", r.columns, first[0])
	}
	return newLabelColumn(at, data.Classes), err
}

func (r *records) labelPosition(first []string, data params.Data) (int, error) {
	if data.Label.IsNone() {
		return r.columns - 1, nil
	}
	if position := data.Label.Position; position > 0 {
		if position > r.columns {
			return 0, r.errorf("must have a column %d, the label's, got %d columns", position, r.columns)
		}
		return position - 1, nil
	}
	at := noColumn
	for i, name := range first {
		if !data.Header || strings.TrimSpace(name) != data.Label.Name {
			continue
		}
		if at != noColumn {
			return 0, r.errorf("column %d must not be called %.40q as column %d is", i+1, data.Label.Name, at+1)
		}
		at = i
	}
	if at == noColumn {
		return 0, r.errorf("must have a column called %.40q, the label's, got none", data.Label.Name)
	}
	return at, nil
}

func (r *records) class(fields []string, label labelColumn) (int, error) {
	text := strings.TrimSpace(fields[label.at])
	class, known := label.index[text]
	if !known {
		return 0, r.errorf("column %d must be one of the labels %s, got %.40q", label.at+1, label.rule, text)
	}
	return class, nil
}

// numbers fills row with all fields but the one at skip.
func (r *records) numbers(row []float64, fields []string, skip int) error {
	for i, field := range fields {
		if i == skip {
			continue
		}
		v, ok := number(strings.TrimSpace(field))
		if !ok {
			return r.errorf("column %d must be a finite number, got %.40q", i+1, field)
		}
		row[0], row = v, row[1:]
	}
	return nil
}

// number reads a decimal number. Inf, NaN, 0x1p-2 and 1_000, which Go takes for numbers, are none.
func number(text string) (v float64, ok bool) {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}
