//go:build !windows

package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// tryLock locks a file for as long as it is open. It returns false if another program has it locked. The error is
// errors.ErrUnsupported if its file system has no locks.
func tryLock(f *os.File) (locked bool, err error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, syscall.EINTR):
		default:
			return false, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
		}
	}
}

// moveAndClose renames an open file to path, and only then closes it: until it is in its place, its lock shows
// that somebody is working on it.
func moveAndClose(f *os.File, path string) error {
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

func removeIfStale(path string) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if locked, _ := tryLock(f); locked {
		os.Remove(path)
	}
}

// createInPlace creates a new file that takes the place of the one at path at once.
func createInPlace(path string) (*os.File, error) {
	f, err := createTemporary(path)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		os.Remove(f.Name())
		f.Close()
		return nil, err
	}
	return f, nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// releaseLock removes the file while it is locked: whoever has it open already finds that it is no longer in
// its place.
func releaseLock(f *os.File) {
	os.Remove(f.Name())
	f.Close()
}
