package memory

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGarbageIsLimitedBesideALargeHeapOnly(t *testing.T) {
	const usual, limited = 100, 20
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	LimitGarbage()
	if percent := debug.SetGCPercent(usual); percent != usual {
		t.Errorf("with a small heap it is %d %%", percent)
	}
	large := make([]byte, 65<<20)
	LimitGarbage()
	if percent := debug.SetGCPercent(usual); percent != limited {
		t.Errorf("with a large heap it is %d %%", percent)
	}
	runtime.KeepAlive(large)
}
