package inspect

import "example.com/sonar/internal/exact"

// sortValues sorts by value, which must not be NaN, and keeps the order of equal ones; -0 comes before 0. It is a radix sort by the
// bytes of the doubles, from the lowest, and several times as fast as one that compares: each column of a table is sorted.
func sortValues(values []labelled) {
	const bytes = 8
	var counts [bytes][256]int
	for _, v := range values {
		key := exact.Order(v.value)
		for b := range bytes {
			counts[b][byte(key>>(8*b))]++
		}
	}
	from, to := values, make([]labelled, len(values))
	for b := range bytes {
		next, alike := 0, false // where the values with each byte begin, and whether all have the same one
		for i, n := range counts[b] {
			alike = alike || n == len(values)
			counts[b][i], next = next, next+n
		}
		if alike {
			continue
		}
		at := &counts[b]
		for _, v := range from {
			i := byte(exact.Order(v.value) >> (8 * b))
			to[at[i]] = v
			at[i]++
		}
		from, to = to, from
	}
	copy(values, from)
}
