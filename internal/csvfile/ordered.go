package csvfile

import (
	"context"
	"io"
	"sync"
)

type job[J, R any] struct {
	input  J
	result R
	err    error
	done   chan struct{}
}

// ordered does work on what next returns, until that is io.EOF, on a number of goroutines, and collects
// the results in the order of next, on the caller's. It ends with the first error of next or collect, or
// with the cause of ctx; no work runs then, but a call of next may.
func ordered[J, R any](ctx context.Context, workers int, next func() (J, error), work func(J) (R, error), collect func(J, R, error) error) error {
	workers = max(workers, 1)
	queue := make(chan *job[J, R], workers) // in order
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
	for range workers {
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
