package mlp

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A team is the goroutines that share the work of a training's steps. A part of a step may take as
// little as 20 microseconds, in which the system could hardly wake a thread: so the members wait for
// each other in a loop, and give way to others only when it takes long.
type team struct {
	size  int
	work  func(part int)
	round atomic.Uint32 // counts the calls of do; the members work when it changes
	busy  atomic.Int32  // members that are at work
	ended atomic.Bool
}

// newTeam starts a team of the given size, the caller included. It is to be stopped.
func newTeam(size int) *team {
	t := &team{size: size}
	for part := 1; part < size; part++ {
		go t.member(part)
	}
	return t
}

// do calls work once for each part, from 0 to size-1, at the same time.
func (t *team) do(work func(part int)) {
	t.work = work
	t.busy.Store(int32(t.size - 1))
	t.round.Add(1)
	work(0)
	for wait := 0; t.busy.Load() > 0; wait++ {
		pause(wait)
	}
}

func (t *team) member(part int) {
	for round := uint32(0); ; {
		for wait := 0; t.round.Load() == round; wait++ {
			pause(wait)
		}
		round++
		if t.ended.Load() {
			return
		}
		t.work(part)
		t.busy.Add(-1)
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
