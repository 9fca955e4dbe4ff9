package dataset

import (
	"cmp"
	"slices"
)

// NumberRows numbers the rows so that two have the same number if they are equal in all columns, gaps
// too; labels do not count. It returns the number of each row and how many numbers there are.
func (t *Table) NumberRows() (numbers []int, different int) {
	order := t.All().Rows
	slices.SortFunc(order, t.compareRows)
	numbers = make([]int, len(order))
	for i, row := range order {
		if i == 0 || t.compareRows(order[i-1], row) != 0 {
			different++
		}
		numbers[row] = different - 1
	}
	return numbers, different
}

// compareRows puts a row before another that it is not equal to, in some order.
func (t *Table) compareRows(a, b int) int {
	if order := slices.Compare(t.Codes(a), t.Codes(b)); order != 0 {
		return order
	}
	return slices.CompareFunc(t.Numbers(a), t.Numbers(b), cmp.Compare[float64]) // for which NaN is equal to NaN
}
