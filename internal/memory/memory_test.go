package memory

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbageIsSomeMegabytesOrATenthOfTheHeap(t *testing.T) {
	LimitGarbage()
	for _, c := range []struct {
		name        string
		bytes       int
		least, most int // percent
	}{
		{"a small heap", 0, 300, 800},
		{"a medium heap", 64 << 20, 15, 60},
		{"a large heap", 512 << 20, 10, 15},
		{"a small one again", 0, 300, 800},
	} {
		t.Run(c.name, func(t *testing.T) {
			held := make([]byte, c.bytes)
			for deadline := time.Now().Add(10 * time.Second); ; {
				runtime.GC()
				time.Sleep(time.Millisecond) // for the cleanup
				percent := debug.SetGCPercent(100)
				debug.SetGCPercent(percent)
				if percent >= c.least && percent <= c.most {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("garbage may be %d %%, want %d to %d", percent, c.least, c.most)
				}
			}
			runtime.KeepAlive(held)
		})
	}
}

func TestGarbageIsCollectedBelowTheLimit(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	LimitGarbage()
	if got := debug.SetMemoryLimit(-1); got > usable() {
		t.Errorf("the heap may have %d bytes, and the limit is %d", got, usable())
	}
	debug.SetMemoryLimit(1 << 20) // as by GOMEMLIMIT
	LimitGarbage()
	if got := debug.SetMemoryLimit(-1); got != 1<<20 {
		t.Errorf("the heap may have %d bytes, and a megabyte was asked for", got)
	}
}
