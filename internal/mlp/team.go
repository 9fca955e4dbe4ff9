package mlp

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A team is the goroutines that share the work of a training's steps. A part of a step may take as
// little as 20 microseconds, in which the system could hardly wake a thread: so the members wait for
// work in a loop, and give way to others only when it takes long. Who is free takes the next part, so
// that a member whose core is busy with something else holds up the others as little as can be.
type team struct {
	parts int // of a work

	work  func(part int)
	next  atomic.Int64  // the part to be taken next
	done  atomic.Int64  // parts
	round atomic.Uint32 // counts the works, for the members that wait
	ended atomic.Bool
}

// newTeam starts a team of the given size, the caller included. It is to be stopped.
func newTeam(size int) *team {
	t := &team{parts: 1}
	if size > 1 {
		t.parts = 4 * size
	}
	t.next.Store(int64(t.parts))
	for range size - 1 {
		go t.member()
	}
	return t
}

// do calls work once for each part, from 0 on, and returns when all are done.
func (t *team) do(work func(part int)) {
	t.work = work
	t.done.Store(0)
	t.next.Store(0)
	t.round.Add(1)
	t.takeParts()
	for wait := 0; t.done.Load() < int64(t.parts); wait++ {
		pause(wait)
	}
}

// takeParts works until no part is left. (A part that is taken is one of the present work: do has not
// returned before it is done.)
func (t *team) takeParts() {
	for {
		part := t.next.Add(1) - 1
		if part >= int64(t.parts) {
			return
		}
		t.work(int(part))
		t.done.Add(1)
	}
}

func (t *team) member() {
	for seen := uint32(0); !t.ended.Load(); {
		for wait := 0; t.round.Load() == seen; wait++ {
			pause(wait)
		}
		seen = t.round.Load()
		t.takeParts()
	}
}

// stop ends the goroutines.
func (t *team) stop() {
	t.ended.Store(true)
	t.round.Add(1)
}

// pause is called again and again while nothing happens: it does nothing for some microseconds, lets
// other goroutines run for about a millisecond, and then sleeps.
func pause(wait int) {
	switch {
	case wait < 10_000:
	case wait < 20_000:
		runtime.Gosched()
	default:
		time.Sleep(20 * time.Microsecond)
	}
}
