package memory

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsLimitedForALargeFileOnly(t *testing.T) {
	const usual, limited = 100, 10
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	LimitGarbage(100 << 10)
	if percent := debug.SetGCPercent(usual); percent != usual {
		t.Errorf("with a small file it is %d %%", percent)
	}
	LimitGarbage(100 << 20)
	if percent := debug.SetGCPercent(usual); percent != limited {
		t.Errorf("with a large file it is %d %%", percent)
	}
}
