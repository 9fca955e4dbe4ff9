package exact

import "sync"

// A scratch is memory for the length of a call, kept for later calls.
type scratch struct{ data []float64 }

// scratches are those that nobody uses: as many as calls have ever been at work at once, so few.
// (A sync.Pool would lose them now and then, and a training is to allocate nothing.)
var scratches struct {
	sync.Mutex
	free []*scratch
}

// borrow returns n numbers of any value.
func borrow(n int) *scratch {
	s := takeScratch()
	if cap(s.data) < n {
		s.data = make([]float64, n)
	}
	s.data = s.data[:n]
	return s
}

func takeScratch() *scratch {
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

func (s *scratch) giveBack() {
	scratches.Lock()
	scratches.free = append(scratches.free, s)
	scratches.Unlock()
}
