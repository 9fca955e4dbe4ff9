package exact

import "sync"

// A scratch is memory for the length of a call, used again by later calls.
type scratch struct{ data []float64 }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// borrow returns n numbers of any value.
func borrow(n int) *scratch {
	s := scratches.Get().(*scratch)
	if cap(s.data) < n {
		s.data = make([]float64, n)
	}
	s.data = s.data[:n]
	return s
}

func (s *scratch) giveBack() { scratches.Put(s) }
