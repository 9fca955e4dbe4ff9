package dataset

import (
	"math"
	"slices"
	"testing"
)

func TestRowsThatAreEqualInAllColumnsHaveOneNumber(t *testing.T) {
	table := NewTable([]Column{{Position: 1}, {Position: 2, Kind: Category}, {Position: 3}})
	table.Texts[0] = []string{"a", "b"}
	gap := math.NaN()
	for i, row := range []struct {
		numbers []float64
		code    int32
	}{
		{[]float64{1, 2}, 0}, {[]float64{0, 2}, 0}, {[]float64{1, 2}, 0}, {[]float64{1, 2}, 1}, {[]float64{1, gap}, 0},
		{[]float64{math.Copysign(0, -1), 2}, 0}, {[]float64{1, -gap}, 0}, {[]float64{1, 2}, NoCode}, {[]float64{2, 1}, 0}, {[]float64{1, 2}, 0},
	} {
		table.Append(row.numbers, []int32{row.code}, i%2)
	}
	numbers, different := table.NumberRows()
	want := [][]int{{0, 2, 9}, {1, 5}, {3}, {4, 6}, {7}, {8}}
	if different != len(want) {
		t.Errorf("%d numbers, want %d", different, len(want))
	}
	var seen []int
	for _, equal := range want {
		for _, row := range equal {
			if numbers[row] != numbers[equal[0]] {
				t.Errorf("row %d has another number than row %d", row, equal[0])
			}
		}
		seen = append(seen, numbers[equal[0]])
	}
	slices.Sort(seen)
	if !slices.Equal(seen, []int{0, 1, 2, 3, 4, 5}) {
		t.Errorf("numbers %v", seen)
	}
}
