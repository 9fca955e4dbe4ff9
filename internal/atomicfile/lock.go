package atomicfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// LockName is the name of the file that a program keeps locked in a folder it writes to. git and DVC ignore it.
const LockName = ".sonar-lock"

// ErrNoLocks is returned by Lock if the folder's file system has no locks.
var ErrNoLocks = errors.New("its file system has no locks")

// Lock reserves folder for this program to write to until release is called or the program ends, however
// it ends. A missing folder is created. If another program holds the lock, waiting is called once, and
// Lock waits until the other is done, or returns ctx's cause once ctx is done.
//
// The lock is one of the operating system's on the file LockName, so it does not outlive a holder that is killed;
// the file may, and does no harm. It keeps out those who call Lock, and nobody else.
func Lock(ctx context.Context, folder string, waiting func()) (release func(), err error) {
	if _, err := makeFolder(folder); err != nil {
		return nil, err
	}
	const pause = 20 * time.Millisecond
	for first := true; ; first = false {
		f, err := lock(filepath.Join(folder, LockName))
		if err != nil {
			return nil, err
		}
		if f != nil {
			return func() { releaseLock(f) }, nil
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// lock returns the lock file, locked, or nil if another program holds it.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, Error(path, err)
	}
	locked, err := tryLock(f)
	switch {
	case err != nil:
		releaseLock(f)
		return nil, ErrNoLocks
	case locked && isAt(f, path):
		return f, nil
	}
	f.Close() // held by another program, or by one that has removed it in the meantime
	return nil, nil
}
