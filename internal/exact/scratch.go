package exact

import "sync"

// A scratch is memory for the duration of a call, kept for later calls.
type scratch struct{ data []float64 }

// scratches holds the free ones, each for the core that used it last, whose caches have it. It drops those that are not used
// from one collection of garbage to the next, so that training does not allocate.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// borrow returns n numbers of arbitrary value, to be released.
func borrow(n int) *scratch {
	s := scratches.Get().(*scratch)
	if cap(s.data) < n {
		s.data = make([]float64, n)
	}
	s.data = s.data[:n]
	return s
}

func (s *scratch) release() { scratches.Put(s) }
