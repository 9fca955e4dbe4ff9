package exact

import "sync"

// A scratch is memory for the duration of a call, kept for later calls.
type scratch struct{ data []float64 }

// scratches holds the free ones: no more than there have ever been calls at once, so few.
// (A sync.Pool would drop them now and then, and a training must not allocate.)
var scratches struct {
	sync.Mutex
	free []*scratch
}

// borrow returns n numbers of arbitrary value, to be released.
func borrow(n int) *scratch {
	s := freeScratch()
	if cap(s.data) < n {
		s.data = make([]float64, n)
	}
	s.data = s.data[:n]
	return s
}

// freeScratch returns one that is free, or a new one.
func freeScratch() *scratch {
	scratches.Lock()
	defer scratches.Unlock()
	last := len(scratches.free) - 1
	if last < 0 {
		return new(scratch)
	}
	s := scratches.free[last]
	scratches.free = scratches.free[:last]
	return s
}

func (s *scratch) release() {
	scratches.Lock()
	scratches.free = append(scratches.free, s)
	scratches.Unlock()
}
