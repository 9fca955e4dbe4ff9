package dataset

import (
	"cmp"
	"math"
	"slices"
)

// NumberRows numbers the rows so that two have the same number if they are equal in all columns, gaps
// included; labels do not count. It returns the number of each row and how many numbers there are. Rows are
// compared only if their hashes are equal.
func (t *Table) NumberRows() (numbers []int, different int) {
	type hashed struct {
		hash uint64
		row  int
	}
	rows := make([]hashed, t.rows)
	for row := range rows {
		rows[row] = hashed{t.hashRow(row), row}
	}
	slices.SortFunc(rows, func(a, b hashed) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.row, b.row))
	})
	numbers = make([]int, t.rows)
	for i, r := range rows {
		same := i - 1
		for same >= 0 && rows[same].hash == r.hash && !t.equalRows(rows[same].row, r.row) {
			same--
		}
		if same >= 0 && rows[same].hash == r.hash {
			numbers[r.row] = numbers[rows[same].row]
		} else {
			numbers[r.row] = different
			different++
		}
	}
	return numbers, different
}

// hashRow mixes the values of a row, each as MurmurHash3 mixes its result (A. Appleby, 2011).
func (t *Table) hashRow(row int) uint64 {
	h := uint64(0)
	for _, v := range t.Numbers(row) {
		h = mix(h ^ numberBits(v))
	}
	for _, code := range t.Codes(row) {
		h = mix(h ^ uint64(code+1))
	}
	return h
}

func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// numberBits returns the bits of a number or a gap: the same for all gaps, and for 0 and -0.
func numberBits(v float64) uint64 {
	switch {
	case v == 0:
		return 0
	case math.IsNaN(v):
		return 1
	}
	return math.Float64bits(v)
}

func (t *Table) equalRows(a, b int) bool {
	equal := func(v, w float64) bool { return cmp.Compare(v, w) == 0 } // NaN equals NaN
	return slices.Equal(t.Codes(a), t.Codes(b)) && slices.EqualFunc(t.Numbers(a), t.Numbers(b), equal)
}
