package csvfile

import (
	"context"
	"io"
	"sync"
)

// waiting is how many inputs may wait for collect: enough that no goroutine is idle while collect is at a slow one.
func waiting(workers int) int { return 4 * max(workers, 1) }

type job[J, R any] struct {
	input  J
	result R
	err    error
	done   chan struct{}
}

// ordered calls work for each input that next returns, until next returns io.EOF, on the given number of
// goroutines (at least one), and collect for each result, in the order of the inputs, on the caller's
// goroutine. It returns the first error of next or collect, or the cause of ctx. No call of work is in
// progress then, but one of next may be.
func ordered[J, R any](ctx context.Context, workers int, next func() (J, error), work func(J) (R, error), collect func(J, R, error) error) error {
	queue := make(chan *job[J, R], waiting(workers)) // in order, for collect
	todo := make(chan *job[J, R])
	stop := make(chan struct{})
	var failure error // of next, set before queue is closed

	go func() {
		defer close(queue)
		defer close(todo)
		for {
			j := &job[J, R]{done: make(chan struct{})}
			if j.input, failure = next(); failure != nil {
				return
			}
			for _, to := range []chan *job[J, R]{queue, todo} {
				select {
				case to <- j:
				case <-stop:
					return
				}
			}
		}
	}()

	var team sync.WaitGroup
	defer team.Wait()
	defer close(stop)
	for range max(workers, 1) {
		team.Go(func() {
			for {
				select {
				case <-stop:
					return
				case j, more := <-todo:
					if !more {
						return
					}
					j.result, j.err = work(j.input)
					close(j.done)
				}
			}
		})
	}

	for {
		var j *job[J, R]
		more := false
		select {
		case <-ctx.Done():
		case j, more = <-queue:
		}
		if more {
			select {
			case <-ctx.Done():
			case <-j.done:
			}
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !more && failure == io.EOF:
			return nil
		case !more:
			return failure
		}
		if err := collect(j.input, j.result, j.err); err != nil {
			return err
		}
	}
}
