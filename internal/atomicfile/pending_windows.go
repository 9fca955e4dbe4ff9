package atomicfile

import (
	"os"
	"path/filepath"
)

// On Windows a rename replaces a file too, though nothing promises that it does so atomically, which
// is why renameio leaves that system out.
type windowsFile struct {
	*os.File
	path string
	done bool
}

func newPendingFile(path string) (pendingFile, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path))
	if err != nil {
		return nil, err
	}
	return &windowsFile{File: f, path: path}, nil
}

func (f *windowsFile) CloseAtomicallyReplace() error {
	if err := f.Close(); err != nil {
		return err
	}
	err := os.Rename(f.Name(), f.path)
	f.done = err == nil
	return err
}

func (f *windowsFile) Cleanup() error {
	if f.done {
		return nil
	}
	f.Close()
	return os.Remove(f.Name())
}

// syncFolder does nothing: Windows has no such call.
func syncFolder(string) error { return nil }
