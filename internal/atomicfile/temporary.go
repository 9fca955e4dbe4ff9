package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// A temporary file is called .NAME.sonar-tmp- plus 16 random hexadecimal digits, and is beside the file NAME that
// it is for: anywhere else might be another file system, from which it could not be renamed. Its writer holds a
// lock on it, which ends with the writer. So a temporary file that can be locked is stale, and is removed; no
// other is.

const (
	temporaryMark   = ".sonar-tmp-"
	temporaryDigits = 16
)

// temporaryFor returns the name of the file that the temporary file called name is for, if it is one.
func temporaryFor(name string) (base string, ok bool) {
	at := len(name) - temporaryDigits
	if at < 0 || strings.Trim(name[at:], "0123456789abcdef") != "" {
		return "", false
	}
	base, marked := strings.CutSuffix(name[:at], temporaryMark)
	base, hidden := strings.CutPrefix(base, ".")
	return base, marked && hidden && base != ""
}

// system is the disk of the operating system.
type system struct{}

func (system) create(path string) (pendingFile, error) {
	f, err := createTemporary(path)
	if err != nil {
		return nil, err
	}
	return &temporary{File: f, path: path}, nil
}

func (system) syncFolder(path string) error { return syncFolder(path) }

// createTemporary creates a new temporary file for path and locks it.
func createTemporary(path string) (*os.File, error) {
	for {
		name := fmt.Sprintf(".%s%s%0*x", filepath.Base(path), temporaryMark, temporaryDigits, rand.Uint64())
		f, err := os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		locked, err := tryLock(f)
		if err != nil || locked && isAt(f, f.Name()) { // without locks, nobody considers it stale
			return f, nil
		}
		f.Close() // somebody considered it stale before it was locked, and removes it
	}
}

// isAt reports whether f is still the file at path.
func isAt(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

// A temporary is a temporary file that is being written.
type temporary struct {
	*os.File
	path string
	done bool

	size, started int64 // bytes written, and those of them that are on their way to the disk
}

// Write starts to write the file to the disk while the rest is still being computed.
func (t *temporary) Write(text []byte) (n int, err error) {
	const piece = 8 << 20
	n, err = t.File.Write(text)
	if t.size += int64(n); t.size-t.started >= piece {
		startWriteback(t.File, t.started, t.size-t.started)
		t.started = t.size
	}
	return n, err
}

func (t *temporary) Replace() error {
	err := moveAndClose(t.File, t.path)
	t.done = err == nil
	return err
}

func (t *temporary) Discard() {
	if !t.done {
		os.Remove(t.Name()) // if this fails, nothing can be done about it
		t.Close()
	}
}

// removeStale removes the temporary files that killed programs left in a folder for the files whose names
// are accepted. One that cannot be removed stays: it does no harm.
func removeStale(folder string, accepted func(base string) bool) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		if base, ok := temporaryFor(entry.Name()); ok && entry.Type().IsRegular() && accepted(base) {
			removeIfStale(filepath.Join(folder, entry.Name()))
		}
	}
}

// RemoveAll removes the files in a folder whose names are accepted, and their stale temporary files. A
// missing folder has none.
func RemoveAll(folder string, accepted func(name string) bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if accepted(entry.Name()) {
			if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	removeStale(folder, accepted)
	return nil
}
