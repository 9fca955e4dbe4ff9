// Package atomicfile writes files that are whole or absent, and keeps two programs out of one folder.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"example.com/sonar/internal/regularfile"
)

// A Set is the files that a program writes. Each is written to a temporary file beside it, and takes its
// place in Commit.
//
//	var outputs atomicfile.Set
//	defer outputs.Discard()
//	err := outputs.Write(path, func(w io.Writer) error { ... })
//	...
//	return outputs.Commit()
//
// The promise for each file: a reader sees the old one or the new one, whole. A link is replaced, and what
// it points to is not written to. That holds
//
//   - if the program fails or the disk is full: the old files stay, unless it is a rename or the sync of a
//     folder that fails (see Commit);
//   - if it is killed: likewise; temporary files stay behind, which the next Write to the same path removes;
//   - if the power is cut: likewise, and the files that were there when Commit returned are still there;
//   - if another program writes to the same path: either file may win (Lock keeps the other out).
//
// The promise for the set: the files take their places in the order in which they were written, the last
// one after the places of all others are durable. So the file that vouches for the others is written last: if
// it is new, so are they. A reader of several files needs such a file to know that it does not have half of a
// new set; see package fileset.
//
// The zero value is an empty set. A set is for one goroutine.
type Set struct {
	pending []output
	folders []string // to be synced before the last file takes its place
	disk    disk     // nil is the system's
}

type output struct {
	pendingFile
	path string
}

// Write calls write with the temporary file for path. Missing folders are created. The error names path, and
// Discard should be called after it as after any other.
func (s *Set) Write(path string, write func(w io.Writer) error) error {
	above, err := makeFolder(filepath.Dir(path))
	if err != nil {
		return err
	}
	s.syncLater(above...)
	if err := checkReplaceable(path); err != nil {
		return err
	}
	removeStale(filepath.Dir(path), func(base string) bool { return base == filepath.Base(path) })
	f, err := s.system().create(path)
	if err != nil {
		return Error(path, err)
	}
	s.pending = append(s.pending, output{f, path})
	buffer := bufio.NewWriterSize(f, 1<<16)
	if err := write(buffer); err != nil {
		return Error(path, err)
	}
	return Error(path, buffer.Flush())
}

// Commit puts every file that was written in its place. It syncs them all before the first takes its place,
// so that a full disk is noticed before then. If it fails in between, or is killed, the files written first are
// new and the others old. Afterwards the set is empty and may be used again.
func (s *Set) Commit() error {
	for _, f := range s.pending {
		if err := f.Sync(); err != nil {
			return Error(f.path, err)
		}
	}
	for i, f := range s.pending {
		if i == len(s.pending)-1 {
			if err := s.syncFolders(); err != nil {
				return err
			}
		}
		if err := f.Replace(); err != nil {
			return Error(f.path, err)
		}
		s.syncLater(filepath.Dir(f.path))
	}
	s.pending = nil
	return s.syncFolders()
}

// Discard removes the temporary files that did not take their places. After Commit it does nothing.
func (s *Set) Discard() {
	for _, f := range s.pending {
		f.Discard()
	}
	s.pending = nil
}

func (s *Set) system() disk {
	if s.disk == nil {
		s.disk = newDisk()
	}
	return s.disk
}

func (s *Set) syncLater(folders ...string) {
	for _, folder := range folders {
		if !slices.Contains(s.folders, folder) {
			s.folders = append(s.folders, folder)
		}
	}
}

// syncFolders makes the renames in the folders, and the folders that were created, durable.
func (s *Set) syncFolders() error {
	for _, folder := range s.folders {
		if err := s.system().syncFolder(folder); err != nil {
			return Error(folder, err)
		}
	}
	s.folders = nil
	return nil
}

// makeFolder creates a folder and those above it. It returns the folders in which one was created.
func makeFolder(folder string) (above []string, err error) {
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			break
		}
		above = append(above, filepath.Dir(at))
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fmt.Errorf("%w%s", err, remedy(folder, err))
	}
	return above, nil
}

// checkReplaceable checks that path is absent, a regular file, or a link to one.
func checkReplaceable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil: // nothing, or a link to nothing; anything worse shows when the file is created
		return nil
	case info.IsDir():
		return Error(path, syscall.EISDIR)
	}
	return regularfile.Check(path, info.Mode())
}

// Replace puts a new, empty file at path, and returns it for writing. It is for a log, which is read while it
// grows. Like a file of a Set, it replaces a link. Missing folders are created. A device such as /dev/null
// is opened instead.
func Replace(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeDevice != 0 {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return f, Error(path, err)
	}
	if _, err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := checkReplaceable(path); err != nil {
		return nil, err
	}
	removeStale(filepath.Dir(path), func(base string) bool { return base == filepath.Base(path) })
	f, err := createInPlace(path)
	return f, Error(path, err)
}

// Error returns err, from an attempt to write the file at path, with that path (not a temporary one) and what to do
// about it if another user owns the folder. It is nil if err is.
func Error(path string, err error) error {
	if err == nil {
		return nil
	}
	var on *fs.PathError
	var from *os.LinkError
	switch {
	case errors.As(err, &on):
		err = on.Err
	case errors.As(err, &from):
		err = from.Err
	}
	return fmt.Errorf("%s: cannot be written: %w%s", path, err, remedy(path, err))
}

func remedy(path string, err error) string {
	if !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	return howToMend(path, os.Geteuid(), os.Getegid())
}
