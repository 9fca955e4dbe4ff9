package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// On Windows a rename replaces a file too, though nothing promises that it does so atomically. An open file
// can neither be renamed nor removed, which makes a lock on a temporary file unnecessary.

// tryLock locks the first byte of a file for as long as it is open. It returns false if another program has it locked.
func tryLock(f *os.File) (locked bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

func moveAndClose(f *os.File, path string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func removeIfStale(path string) { os.Remove(path) }

// createInPlace removes the file at path first, as an open file cannot be renamed.
func createInPlace(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

// syncFolder does nothing: Windows has no such call.
func syncFolder(string) error { return nil }

// releaseLock leaves the file if another program has it open; that one will remove it.
func releaseLock(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}
