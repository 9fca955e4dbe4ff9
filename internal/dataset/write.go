package dataset

import (
	"context"
	"io"
	"math"

	"example.com/sonar/internal/csvfile"
)

// WriteFeatures writes rows, in the order given, as CSV: the columns of the raw file except the label and the dropped ones,
// with the header if the file has one. Numbers have six decimals, or the shortest form that reads back as the same number
// if six decimals do not; texts are written as they are; a gap is an empty field. A table that was not read from a file is
// written without a header.
func WriteFeatures(ctx context.Context, w io.Writer, t *Table, rows []int) error {
	columns := t.fileColumns()
	if t.Schema != nil && t.Schema.Data.Header {
		var line []byte
		for _, name := range t.Schema.header() {
			line = append(csvfile.AppendText(line, name), ',')
		}
		if _, err := w.Write(csvfile.EndRow(line, 0)); err != nil {
			return err
		}
	}
	return csvfile.Write(ctx, w, len(rows), workers(), func(dst []byte, from, to int) []byte {
		var near Window
		some := rows[from:to]
		for i, row := range some {
			start := len(dst)
			dst = csvfile.EndRow(t.appendRow(dst, columns, row, near.Numbers(t, some, i)), start)
		}
		return dst
	})
}

// appendRow appends the fields of a row, each followed by a comma.
func (t *Table) appendRow(dst []byte, columns []place, row int, numbers []float64) []byte {
	codes := t.Codes(row)
	for i := range columns {
		switch column := &columns[i]; column.part {
		case numberPart:
			if v := numbers[column.slot]; !math.IsNaN(v) {
				dst = csvfile.AppendNumber(dst, v)
			}
		case categoryPart:
			if code := codes[column.slot]; code != NoCode {
				dst = csvfile.AppendText(dst, t.Texts[column.slot][code])
			}
		case idPart:
			dst = csvfile.AppendText(dst, t.IDs[row])
		case groupPart:
			dst = csvfile.AppendText(dst, t.Groups[row])
		}
		dst = append(dst, ',')
	}
	return dst
}

// fileColumns returns what WriteFeatures writes.
func (t *Table) fileColumns() []place {
	if t.Schema != nil {
		return t.Schema.kept
	}
	return placesOf(t.Columns)
}

// WriteLabels writes the label of each of rows, in the order given, as a CSV file of one column.
func WriteLabels(ctx context.Context, w io.Writer, t *Table, rows []int, classes []string) error {
	fields := make([][]byte, len(classes))
	for i, class := range classes {
		fields[i] = append(csvfile.AppendText(nil, class), ',')
	}
	return csvfile.Write(ctx, w, len(rows), workers(), csvfile.EachRow(func(dst []byte, i int) []byte {
		return append(dst, fields[t.Labels[rows[i]]]...)
	}))
}
