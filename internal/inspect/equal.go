package inspect

import (
	"slices"

	"example.com/sonar/internal/dataset"
)

// Equal counts rows that are equal in all inputs; gaps equal each other.
type Equal struct {
	Repeated    int // equal to an earlier row
	OtherLabels int // equal to a row with another label
	BothSides   int // in the test rows, and equal to a training row

	// The first examples, by the numbers of the rows, from 0.
	Repeat, OtherLabel, Leak [2]int
}

func compareRows(t *dataset.Table, train, test []int) Equal {
	numbers, different := t.NumberRows()
	first := make([]int, different) // for each number: the first row, plus 1
	mixed := make([]bool, different)
	var e Equal
	for row, number := range numbers {
		if first[number] == 0 {
			first[number] = row + 1
			continue
		}
		earlier := first[number] - 1
		if e.Repeated++; e.Repeated == 1 {
			e.Repeat = [2]int{earlier, row}
		}
		if t.Labels[row] != t.Labels[earlier] && !mixed[number] {
			if e.OtherLabel == [2]int{} {
				e.OtherLabel = [2]int{earlier, row}
			}
			mixed[number] = true
		}
	}
	for _, number := range numbers {
		if mixed[number] {
			e.OtherLabels++
		}
	}
	trained := make([]int, different) // for each number: the first row to train on, plus 1
	for _, row := range slices.Backward(train) {
		trained[numbers[row]] = row + 1
	}
	for _, row := range test {
		if at := trained[numbers[row]]; at > 0 {
			if e.BothSides++; e.BothSides == 1 {
				e.Leak = [2]int{at - 1, row}
			}
		}
	}
	return e
}
