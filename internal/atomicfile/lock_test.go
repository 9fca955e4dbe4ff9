package atomicfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneAtATimeHoldsTheLock(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made", "by", "Lock")
	var group sync.WaitGroup
	var inside, waited atomic.Int32
	for range 8 {
		group.Go(func() {
			release, err := Lock(t.Context(), folder, func() { waited.Add(1) })
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) != 1 {
				t.Error("two hold the lock")
			}
			time.Sleep(5 * time.Millisecond)
			inside.Add(-1)
			release()
		})
	}
	group.Wait()
	if waited.Load() > 7 {
		t.Errorf("%d waited", waited.Load())
	}
	if got := files(t, folder); len(got) > 0 {
		t.Errorf("left are %v", got)
	}
}

func TestWaitingForALockEndsWithTheContext(t *testing.T) {
	folder := t.TempDir()
	release, err := Lock(t.Context(), folder, func() { t.Error("the first waits") })
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, stop := context.WithCancelCause(t.Context())
	told := errors.New("told to stop")
	if _, err := Lock(ctx, folder, func() { stop(told) }); !errors.Is(err, told) {
		t.Errorf("got %v", err)
	}
}

// The file of a holder that was killed still exists, and nobody has it locked.
func TestAKilledHoldersLockDoesNotStay(t *testing.T) {
	folder := t.TempDir()
	put(t, filepath.Join(folder, LockName), "")
	release, err := Lock(t.Context(), folder, func() { t.Error("it waits") })
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestALockedFolderThatIsAFileIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(t.Context(), path, nil); err == nil {
		t.Error("no error")
	}
}
