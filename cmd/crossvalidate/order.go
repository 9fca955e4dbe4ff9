package main

import "context"

// inOrder does n pieces of work, up to workers at the same time, and takes what comes of each in
// ascending order, so that the outcome does not depend on which is done first. It returns the first
// error in that order, once no work is under way any more.
func inOrder[T any](ctx context.Context, n, workers int, work func(ctx context.Context, i int) (T, error), take func(T)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		value T
		err   error
	}
	pending := make(chan chan outcome, workers) // bounds what is done but not yet taken
	go func() {
		defer close(pending)
		free := make(chan struct{}, workers)
		for i := 0; i < n && ctx.Err() == nil; i++ {
			free <- struct{}{}
			done := make(chan outcome, 1)
			pending <- done
			go func() {
				value, err := work(ctx, i)
				done <- outcome{value, err}
				<-free
			}()
		}
	}()
	var first error
	for done := range pending {
		o := <-done
		switch {
		case first != nil:
		case o.err != nil:
			first = o.err
			cancel()
		default:
			take(o.value)
		}
	}
	if first == nil {
		first = context.Cause(ctx)
	}
	return first
}
