package dataset

// A Window has copies of the numbers of some rows. Rows that are copied together are read from a large table several times as
// fast as one by one: the processor waits for all of them at once. The zero value is an empty window.
type Window struct {
	from, to int // rows[from:to] are copied
	width    int // numbers in a row
	copied   [1 << 10]float64
}

// Numbers returns the numbers of rows[b] of a table or a sample, valid until the next call. It is called for each b from 0 on, in
// order, with the same rows. Long rows are not copied.
func (w *Window) Numbers(of interface{ Numbers(i int) []float64 }, rows []int, b int) []float64 {
	if b == w.to {
		first := of.Numbers(rows[b])
		w.from, w.to, w.width = b, b+1, len(first)
		if w.width == 0 || 2*w.width > len(w.copied) {
			return first
		}
		w.to = min(len(rows), b+len(w.copied)/w.width)
		at := w.copied[:]
		for _, row := range rows[w.from:w.to] {
			at = at[copy(at, of.Numbers(row)):]
		}
	}
	return w.copied[(b-w.from)*w.width:][:w.width]
}
