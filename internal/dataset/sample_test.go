package dataset

import (
	"slices"
	"testing"
)

// values returns those of all rows, one row after another.
func values(s Sample) []float64 {
	var list []float64
	for i := range s.Len() {
		list = append(list, s.Numbers(i)...)
	}
	return list
}

func TestASampleIsRowsInTheOrderGiven(t *testing.T) {
	table := NewTable(numberColumns(2))
	for i, label := range []int{1, 0, 1, 0} {
		table.Append([]float64{float64(i), float64(10 * i)}, nil, label)
	}
	s := Sample{Table: table, Rows: []int{3, 0, 2}}
	if got := values(s); !slices.Equal(got, []float64{3, 30, 0, 0, 2, 20}) || !slices.Equal(s.Labels(), []int{0, 1, 1}) {
		t.Errorf("got %v, %v", got, s.Labels())
	}
	if got := s.Select([]int{2, 0}); !slices.Equal(got.Rows, []int{2, 3}) {
		t.Errorf("selected the rows %v", got.Rows)
	}
	if all := table.All(); !slices.Equal(all.Rows, []int{0, 1, 2, 3}) {
		t.Errorf("all are %v", all.Rows)
	}
	if s := (Sample{}); s.Len() != 0 || len(s.Labels()) != 0 {
		t.Error("the zero sample has rows")
	}
}

// numberColumns returns n columns of numbers without names.
func numberColumns(n int) []Column {
	columns := make([]Column, n)
	for i := range columns {
		columns[i].Position = i + 1
	}
	return columns
}
