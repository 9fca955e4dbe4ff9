package dataset

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestAWindowHasTheNumbersOfEachRow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, width := range []int{0, 1, 60, 512, 513, 2000} {
		table := NewTable(make([]Column, width))
		for i := range 100 {
			table.Append(slices.Repeat([]float64{float64(i)}, width), nil, 0)
		}
		rows := r.Perm(100)
		sample := Sample{Table: table, Rows: r.Perm(100)}
		var ofTable, ofSample Window
		for b, row := range rows {
			if got := ofTable.Numbers(table, rows, b); !slices.Equal(got, table.Numbers(row)) {
				t.Fatalf("%d columns: row %d of the table is %v", width, row, got)
			}
			if got := ofSample.Numbers(&sample, rows, b); !slices.Equal(got, sample.Numbers(row)) {
				t.Fatalf("%d columns: row %d of the sample is %v", width, row, got)
			}
		}
	}
}
