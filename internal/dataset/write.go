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
		names := t.Schema.header()
		err := csvfile.Write(ctx, w, 1, 1, func(dst []byte, _ int) []byte {
			for _, name := range names {
				dst = append(csvfile.AppendText(dst, name), ',')
			}
			return dst
		})
		if err != nil {
			return err
		}
	}
	return csvfile.Write(ctx, w, len(rows), workers(), func(dst []byte, i int) []byte {
		row := rows[i]
		numbers, codes := t.Numbers(row), t.Codes(row)
		for _, column := range columns {
			switch column.part {
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
	})
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
	return csvfile.Write(ctx, w, len(rows), workers(), func(dst []byte, i int) []byte {
		return append(csvfile.AppendText(dst, classes[t.Labels[rows[i]]]), ',')
	})
}
