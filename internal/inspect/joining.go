package inspect

import (
	"context"
	"maps"
	"math"
	"runtime"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/parallel"
)

// fewestJoined is how many values a column has at least that joins rows, and fewestAgree in how many others they agree.
const (
	fewestJoined = 10
	fewestAgree  = 2
)

// findJoining fills Agree of the columns that seem to join rows, as the number of a patient does. Each value is in two rows or
// more, on average, and all rows with the same one agree in two others of the columns and the class. At least one of these has
// an order of its own: what follows from a number, such as the decade from the year, has the order of the number.
// Gaps join no rows, and neither do numbers that are not all integers. Of columns that join the same rows,
// the first is taken.
func (r *Report) findJoining(ctx context.Context, t *dataset.Table) error {
	var candidates []int
	for i, c := range r.Columns {
		if c.Gaps == 0 && c.Distinct >= fewestJoined && 2*c.Distinct <= r.Rows {
			candidates = append(candidates, i)
		}
	}
	j := joiner{table: t, columns: r.Columns, slots: slots(t)}
	var found [][]int // for each candidate
	err := parallel.InOrder(ctx, runtime.GOMAXPROCS(0), len(candidates),
		func(_ context.Context, n int) ([]int, error) { return j.agree(candidates[n]), nil },
		func(agree []int) { found = append(found, agree) })
	for n, agree := range found {
		again := false
		for m := range n {
			again = again || slices.Contains(found[m], candidates[n]) && slices.Contains(agree, candidates[m])
		}
		if !again {
			r.Columns[candidates[n]].Agree = j.names(agree)
		}
	}
	return err
}

// A joiner numbers the columns, and the class after them.
type joiner struct {
	table   *dataset.Table
	columns []Column
	slots   []int
}

func (j *joiner) value(row, column int) float64 {
	switch {
	case column == len(j.columns):
		return float64(j.table.Labels[row])
	case j.columns[column].Kind == dataset.Category:
		return float64(j.table.Codes(row)[j.slots[column]])
	}
	return j.table.Numbers(row)[j.slots[column]]
}

// agree returns in what all rows with the same value of a column agree, nil if that is too little.
func (j *joiner) agree(key int) []int {
	others := make([]int, 0, len(j.columns))
	for i := range len(j.columns) + 1 {
		if i != key {
			others = append(others, i)
		}
	}
	first := map[float64]int{}
	for row := range j.table.Rows() {
		value := j.value(row, key)
		if value != math.Trunc(value) {
			return nil
		}
		earlier, known := first[value]
		if !known {
			first[value] = row
			continue
		}
		others = slices.DeleteFunc(others, func(i int) bool { return !same(j.value(row, i), j.value(earlier, i)) })
		if len(others) < fewestAgree {
			return nil
		}
	}
	others = slices.DeleteFunc(others, func(i int) bool { return j.agreesByChance(i, j.table.Rows()-len(first)) })
	follows := func(i int) bool { return j.follows(i, first) }
	if len(others) < fewestAgree || !slices.ContainsFunc(others, func(i int) bool { return !follows(i) }) {
		return nil
	}
	return others
}

func (j *joiner) names(columns []int) (names []string) {
	for _, i := range columns {
		if i == len(j.columns) {
			names = append(names, "the class")
		} else {
			names = append(names, j.columns[i].String())
		}
	}
	return names
}

// same reports whether two values are equal. Gaps are.
func same(a, b float64) bool { return a == b || a != a && b != b }

// agreesByChance reports whether as many pairs of rows may well have equal values of a column by chance, as they have if it is
// nearly constant.
func (j *joiner) agreesByChance(column, pairs int) bool {
	const unlikely = 1e-6
	rows := map[float64]int{}
	gaps := 0
	for row := range j.table.Rows() {
		if value := j.value(row, column); value == value {
			rows[value]++
		} else {
			gaps++
		}
	}
	equal := gaps * gaps
	for _, n := range rows {
		equal += n * n
	}
	n := float64(j.table.Rows())
	chance := 1.0
	for pair := 0; pair < pairs && chance >= unlikely; pair++ {
		chance *= float64(equal) / (n * n)
	}
	return chance >= unlikely
}

// follows reports whether a column may be computed from another one, of which first has a row of each value: in the order of
// the other, its numbers only rise or only fall, and its texts come in as many runs as there are different ones. A column of two
// values may always be.
func (j *joiner) follows(column int, first map[float64]int) bool {
	const flag = 2
	if column < len(j.columns) && j.columns[column].Distinct <= flag {
		return true
	}
	var values []float64
	for _, key := range slices.Sorted(maps.Keys(first)) {
		values = append(values, j.value(first[key], column))
	}
	if column < len(j.columns) && j.columns[column].Kind == dataset.Number {
		rises := slices.IsSorted(values)
		slices.Reverse(values)
		return rises || slices.IsSorted(values)
	}
	runs := len(slices.Compact(slices.Clone(values)))
	slices.Sort(values)
	return runs == len(slices.Compact(values))
}
