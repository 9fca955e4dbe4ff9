package mlp

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A team is the goroutines that share a stepper's jobs. A job may take as
// little as 20 microseconds, in which the system could hardly wake a thread: so the members wait for
// jobs in a loop, and yield only when that takes long. A member that is free takes the next piece, so
// that one whose core is busy with something else holds up the others as little as possible.
type team struct {
	pieces int // of each job

	job   job
	of    *stepper
	next  atomic.Int64  // the piece to be taken next
	done  atomic.Int64  // pieces
	round atomic.Uint32 // counts the jobs, for the members that wait
	ended atomic.Bool
}

// A job is what a stepper has to do, divided into pieces: each call does one of them.
type job func(s *stepper, piece int)

// newTeam starts a team of the given size, the caller included. It must be stopped.
func newTeam(size int) *team {
	t := &team{pieces: 1}
	if size > 1 {
		t.pieces = 4 * size
	}
	t.next.Store(int64(t.pieces))
	for range size - 1 {
		go t.member()
	}
	return t
}

// do does a job of s, and returns when all pieces are done.
func (t *team) do(s *stepper, j job) {
	t.of, t.job = s, j
	t.done.Store(0)
	t.next.Store(0)
	t.round.Add(1)
	t.takePieces()
	for wait := 0; t.done.Load() < int64(t.pieces); wait++ {
		pause(wait)
	}
}

// takePieces works until no piece is left. (A piece that is taken belongs to the present job: do does not
// return before it is done.)
func (t *team) takePieces() {
	for {
		piece := t.next.Add(1) - 1
		if piece >= int64(t.pieces) {
			return
		}
		t.job(t.of, int(piece))
		t.done.Add(1)
	}
}

func (t *team) member() {
	for seen := uint32(0); !t.ended.Load(); {
		for wait := 0; t.round.Load() == seen; wait++ {
			pause(wait)
		}
		seen = t.round.Load()
		t.takePieces()
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
