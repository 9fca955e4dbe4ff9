package memory

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbageIsLimitedByTheFile(t *testing.T) {
	const usual = 100
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	for name, c := range map[string]struct {
		file  int64
		limit int
	}{
		"small": {100 << 10, 400},
		"large": {100 << 20, 10},
	} {
		t.Run(name, func(t *testing.T) {
			LimitGarbage(c.file)
			if percent := debug.SetGCPercent(usual); percent != c.limit {
				t.Errorf("it is %d %%, want %d", percent, c.limit)
			}
		})
	}
}

func TestGarbageIsLimitedAsUsualOnceTheHeapIsLarge(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	LimitGarbage(0)
	runtime.GC()
	time.Sleep(10 * time.Millisecond)
	if percent := debug.SetGCPercent(400); percent != 400 {
		t.Errorf("with a small heap it is %d %%", percent)
	}
	large := make([]byte, 2*small)
	for percent, deadline := 400, time.Now().Add(10*time.Second); percent != 100; {
		if time.Now().After(deadline) {
			t.Fatalf("with a large heap it is %d %%", percent)
		}
		runtime.GC()
		time.Sleep(time.Millisecond)
		percent = debug.SetGCPercent(400)
	}
	runtime.KeepAlive(large)
}
