package inspect

import (
	"cmp"
	"math"
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

// compareRows finds equal rows by their hashes. Rows whose hashes are equal are compared.
func compareRows(t *dataset.Table, train, test []int) Equal {
	first := firstEqual(t)
	var e Equal
	label := make([]bool, t.Rows()) // of the first of equal rows: whether another one has another label
	for row, f := range first {
		if row == f {
			continue
		}
		if e.Repeated++; e.Repeated == 1 {
			e.Repeat = [2]int{f, row}
		}
		if t.Labels[row] != t.Labels[f] && !label[f] {
			if e.OtherLabel == [2]int{} {
				e.OtherLabel = [2]int{f, row}
			}
			label[f] = true
		}
	}
	for _, f := range first {
		if label[f] {
			e.OtherLabels++
		}
	}
	trained := make([]int, t.Rows()) // of the first of equal rows: the number, from 1, of one to train on
	for _, row := range slices.Backward(train) {
		trained[first[row]] = row + 1
	}
	for _, row := range test {
		if at := trained[first[row]]; at > 0 {
			if e.BothSides++; e.BothSides == 1 {
				e.Leak = [2]int{at - 1, row}
			}
		}
	}
	return e
}

// firstEqual returns, for each row, the first one that equals it in all inputs.
func firstEqual(t *dataset.Table) []int {
	type hashed struct {
		hash uint64
		row  int
	}
	rows := make([]hashed, t.Rows())
	for row := range rows {
		rows[row] = hashed{hashRow(t, row), row}
	}
	slices.SortFunc(rows, func(a, b hashed) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row))
	})
	first := make([]int, t.Rows())
	for i, r := range rows {
		first[r.row] = r.row
		for j := i - 1; j >= 0 && rows[j].hash == r.hash; j-- {
			if earlier := rows[j].row; equalRows(t, earlier, r.row) {
				first[r.row] = first[earlier]
				break
			}
		}
	}
	return first
}

// hashRow mixes the values of a row, each as MurmurHash3 mixes its result (A. Appleby, 2011).
func hashRow(t *dataset.Table, row int) uint64 {
	const odd1, odd2 = 0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53
	h := uint64(0)
	for _, v := range t.Numbers(row) {
		h = (h ^ numberBits(v)) * odd1
		h = (h ^ h>>33) * odd2
		h ^= h >> 33
	}
	for _, code := range t.Codes(row) {
		h = (h ^ uint64(code+1)) * odd1
		h ^= h >> 33
	}
	return h
}

// numberBits are those of a number or a gap; all gaps have the same, and so have 0 and -0.
func numberBits(v float64) uint64 {
	switch {
	case v == 0:
		return 0
	case math.IsNaN(v):
		return 1
	}
	return math.Float64bits(v)
}

func equalRows(t *dataset.Table, a, b int) bool {
	return slices.EqualFunc(t.Numbers(a), t.Numbers(b), func(v, w float64) bool { return v == w || math.IsNaN(v) && math.IsNaN(w) }) &&
		slices.Equal(t.Codes(a), t.Codes(b))
}
