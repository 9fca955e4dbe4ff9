package dataset

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
)

// WriteFeatures writes the values of rows, in the order given, as CSV without a header: with six
// decimals, or in the shortest form that reads back as the same number where six decimals do not.
func WriteFeatures(ctx context.Context, w io.Writer, t *Table, rows []int) error {
	var line []byte
	for _, row := range rows {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line = line[:0]
		for _, v := range t.Numbers(row) {
			line = append(appendValue(line, v), ',')
		}
		line[len(line)-1] = '\n'
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

func appendValue(line []byte, v float64) []byte {
	start := len(line)
	line = strconv.AppendFloat(line, v, 'f', 6, 64)
	if back, _ := strconv.ParseFloat(string(line[start:]), 64); back != v {
		line = strconv.AppendFloat(line[:start], v, 'g', -1, 64)
	}
	return line
}

// WriteLabels writes the label of each of rows, in the order given, as a CSV of one column.
func WriteLabels(w io.Writer, t *Table, rows []int, classes []string) error {
	out := csv.NewWriter(w)
	for _, row := range rows {
		if err := out.Write([]string{classes[t.Labels[row]]}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
