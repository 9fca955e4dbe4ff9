package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestInOrderTakesInOrderWhateverIsDoneFirst(t *testing.T) {
	var taken []int
	var under, most atomic.Int32
	err := inOrder(t.Context(), 50, 4, func(_ context.Context, i int) (int, error) {
		most.Store(max(most.Load(), under.Add(1)))
		defer under.Add(-1)
		time.Sleep(time.Duration(i*7%5) * time.Millisecond)
		return i * i, nil
	}, func(v int) { taken = append(taken, v) })
	want := make([]int, 50)
	for i := range want {
		want[i] = i * i
	}
	if err != nil || !slices.Equal(taken, want) {
		t.Errorf("took %v, %v", taken, err)
	}
	if most.Load() > 4 {
		t.Errorf("%d pieces of work at the same time, want 4 at most", most.Load())
	}
}

func TestInOrderReturnsTheFirstErrorAndNoWorkIsLeft(t *testing.T) {
	var under atomic.Int32
	taken := 0
	err := inOrder(t.Context(), 1000, 3, func(ctx context.Context, i int) (int, error) {
		under.Add(1)
		defer under.Add(-1)
		if i == 5 {
			time.Sleep(10 * time.Millisecond) // the later one fails first
		}
		if i >= 5 {
			return 0, fmt.Errorf("piece %d", i)
		}
		return i, nil
	}, func(int) { taken++ })
	if err == nil || err.Error() != "piece 5" || taken != 5 {
		t.Errorf("error %v after %d pieces, want that of piece 5", err, taken)
	}
	if under.Load() != 0 {
		t.Errorf("%d pieces of work are left", under.Load())
	}
}

func TestInOrderReturnsTheCauseOfItsContextsEnd(t *testing.T) {
	cause := errors.New("stopped by signal")
	ctx, cancel := context.WithCancelCause(t.Context())
	err := inOrder(ctx, 1000, 2, func(ctx context.Context, i int) (int, error) {
		if i == 3 {
			cancel(cause)
		}
		return i, nil
	}, func(int) {})
	if !errors.Is(err, cause) {
		t.Errorf("error %v, want %v", err, cause)
	}
}

func TestThinnedKeepsBothEnds(t *testing.T) {
	tests := []struct {
		n, most int
		want    []int
	}{
		{0, 3, []int{}},
		{3, 3, []int{0, 1, 2}},
		{9, 3, []int{0, 4, 8}},
		{10, 4, []int{0, 3, 6, 9}},
	}
	for _, test := range tests {
		if got := thinned(test.n, test.most); !slices.Equal(got, test.want) {
			t.Errorf("thinned(%d, %d) = %v, want %v", test.n, test.most, got, test.want)
		}
	}
}
