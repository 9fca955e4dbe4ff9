package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestResultsAreCollectedInOrderWhateverIsDoneFirst(t *testing.T) {
	for _, workers := range []int{1, 4, 100} {
		t.Run(fmt.Sprint(workers, " workers"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var collected, want []int
				for i := range 50 {
					want = append(want, i*i)
				}
				var under, peak atomic.Int32
				err := InOrder(t.Context(), workers, 50, func(_ context.Context, i int) (int, error) {
					peak.Store(max(peak.Load(), under.Add(1)))
					defer under.Add(-1)
					time.Sleep(time.Duration(i*7%5) * time.Millisecond)
					return i * i, nil
				}, func(v int) { collected = append(collected, v) })
				if err != nil || !slices.Equal(collected, want) {
					t.Errorf("collected %v, %v", collected, err)
				}
				if int(peak.Load()) > workers {
					t.Errorf("%d pieces of work at the same time, want %d at most", peak.Load(), workers)
				}
			})
		})
	}
}

func TestResultsDoNotPileUpBehindASlowPiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun, atMost atomic.Int32
		collected := 0
		err := InOrder(t.Context(), 3, 100, func(_ context.Context, i int) (int, error) {
			begun.Add(1)
			if i == 0 {
				time.Sleep(time.Second)
				atMost.Store(begun.Load())
			}
			return i, nil
		}, func(int) { collected++ })
		if err != nil || collected != 100 || atMost.Load() > 2*3 {
			t.Errorf("%v, %d collected, %d begun before the first was done", err, collected, atMost.Load())
		}
	})
}

func TestTheFirstErrorInOrderIsReturnedAndNoWorkIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails if a goroutine is left
		var begun, cancelled atomic.Int32
		collected := 0
		err := InOrder(t.Context(), 3, 1000, func(ctx context.Context, i int) (int, error) {
			begun.Add(1)
			switch {
			case i < 5:
				return i, nil
			case i == 5:
				time.Sleep(10 * time.Millisecond) // the later one fails first
			case i == 7:
				<-ctx.Done() // and this one does not end by itself
				cancelled.Add(1)
			}
			return 0, fmt.Errorf("piece %d", i)
		}, func(int) { collected++ })
		if err == nil || err.Error() != "piece 5" || collected != 5 {
			t.Errorf("error %v after %d pieces, want that of piece 5 after 5", err, collected)
		}
		if cancelled.Load() != 1 || begun.Load() > 5+2*3 {
			t.Errorf("%d pieces cancelled, %d begun", cancelled.Load(), begun.Load())
		}
	})
}

func TestTheCauseOfTheContextsEndIsReturned(t *testing.T) {
	cause := errors.New("stopped by signal")
	for name, last := range map[string]error{"whose work ends well": nil, "whose work says so too": context.Canceled} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			err := InOrder(ctx, 2, 1000, func(ctx context.Context, i int) (int, error) {
				if i == 3 {
					cancel(cause)
					return i, last
				}
				return i, nil
			}, func(int) {})
			if !errors.Is(err, cause) {
				t.Errorf("error %v, want %v", err, cause)
			}
		})
	}
}

func TestNothingToDoIsNoError(t *testing.T) {
	before := runtime.NumGoroutine()
	if err := InOrder(t.Context(), 1, 0, func(context.Context, int) (int, error) { return 0, errors.New("called") }, nil); err != nil {
		t.Error(err)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func TestTheLastPiecesShareTheThreadsThatAreFree(t *testing.T) {
	for _, c := range []struct {
		workers, n int
		want       []int
	}{
		{1, 3, []int{1, 1, 1}},
		{2, 1, []int{2}},
		{2, 4, []int{1, 1, 1, 1}},
		{2, 5, []int{1, 1, 1, 1, 2}},
		{8, 3, []int{2, 2, 2}},
		{4, 6, []int{1, 1, 1, 1, 2, 2}},
	} {
		var got []int
		for i := range c.n {
			got = append(got, Threads(c.workers, c.n, i))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d pieces on %d threads have %v, want %v", c.n, c.workers, got, c.want)
		}
	}
}
