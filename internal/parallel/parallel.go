// Package parallel does several pieces of work at the same time, with an outcome that does not depend
// on which of them finishes first.
package parallel

import "context"

// InOrder calls work for 0 to n-1, at most workers of them at the same time, and calls collect
// with what they return: one call after another, in ascending order, each as soon as those before it
// are done. At most 2*workers pieces are begun but not yet collected, so results do not pile up.
//
// The first error in that order ends it: the context of all other work is cancelled, nothing more
// is begun or collected, and InOrder returns that error, so it is the same however the work is scheduled.
// When ctx is done, InOrder returns its cause. Either way, it returns only once no work is running.
// It panics unless workers is positive.
func InOrder[T any](ctx context.Context, workers, n int, work func(ctx context.Context, i int) (T, error), collect func(T)) error {
	if workers < 1 {
		panic("parallel: no workers")
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	for done := range begin(within, workers, n, work) {
		switch o := <-done; {
		case failed != nil:
		case o.err != nil:
			failed = o.err
			cancel()
		default:
			collect(o.value)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return failed
}

type outcome[T any] struct {
	value T
	err   error
}

// begin begins the work in ascending order, until ctx is done, and returns for each piece begun where
// its outcome will be.
func begin[T any](ctx context.Context, workers, n int, work func(ctx context.Context, i int) (T, error)) <-chan chan outcome[T] {
	begun := make(chan chan outcome[T], workers)
	go func() {
		defer close(begun)
		busy := make(chan struct{}, workers)
		for i := 0; i < n && ctx.Err() == nil; i++ {
			busy <- struct{}{}
			done := make(chan outcome[T], 1)
			begun <- done
			go func() {
				value, err := work(ctx, i)
				done <- outcome[T]{value, err}
				<-busy
			}()
		}
	}()
	return begun
}

// Threads returns how many threads piece i of n may have for itself if workers threads do all of them in order, each beginning
// the next piece when it is free: one, or more if the pieces are fewer than the workers, or are the last ones, which would leave
// workers without one.
func Threads(workers, n, i int) int {
	last := n % workers
	if i < n-last {
		return 1
	}
	return workers / last
}
