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
	size, pieces int // members, and pieces of each job

	job   job
	of    *stepper
	round atomic.Uint32 // counts the jobs, for the members that wait
	ended atomic.Bool
	_     cacheLine
	done  atomic.Int64 // pieces
	_     cacheLine
	next  []counter
}

// A counter is alone in its cache lines, so that one member's counting does not slow down another's.
type counter struct {
	atomic.Int64
	_ cacheLine
}

type cacheLine [128]byte

// A job is what a stepper has to do, divided into pieces: each call does one of them.
type job func(s *stepper, piece int)

// newTeam starts a team of the given size, the caller included. It must be stopped.
func newTeam(size int) *team {
	t := &team{size: size, pieces: piecesFor(size), next: make([]counter, size)}
	for i := range t.next {
		t.next[i].Store(int64(t.pieces))
	}
	for i := range size - 1 {
		go t.member(i + 1)
	}
	return t
}

// piecesEach is how many pieces of a job are a member's own, so that others do some of them if its core is busy with something
// else.
const piecesEach = 2

// piecesFor returns how many pieces a team of the given size divides its jobs into.
func piecesFor(size int) int {
	if size == 1 {
		return 1
	}
	return piecesEach * size
}

// threadsOf returns the size of the team that so many pieces are for.
func threadsOf(pieces int) int { return (pieces + piecesEach - 1) / piecesEach }

// do does a job of s, and returns when all pieces are done.
func (t *team) do(s *stepper, j job) {
	t.of, t.job = s, j
	t.done.Store(0)
	for i := range t.next {
		t.next[i].Store(0)
	}
	t.round.Add(1)
	t.takePieces(0)
	for wait := 0; t.done.Load() < int64(t.pieces); wait++ {
		pause(wait)
	}
}

// takePieces works until no piece is left: first a member's own, which are the same in each job, so that its caches have
// what it wrote in the last one, and then those of the others. (A piece that is taken belongs to the present job: do does
// not return before it is done.)
func (t *team) takePieces(member int) {
	each := t.pieces / t.size
	for i := range t.size {
		owner := (member + i) % t.size
		for {
			piece := int(t.next[owner].Add(1)) - 1
			if piece >= each {
				break
			}
			t.job(t.of, owner*each+piece)
			t.done.Add(1)
		}
	}
}

func (t *team) member(number int) {
	for seen := uint32(0); !t.ended.Load(); {
		for wait := 0; t.round.Load() == seen; wait++ {
			pause(wait)
		}
		seen = t.round.Load()
		t.takePieces(number)
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
