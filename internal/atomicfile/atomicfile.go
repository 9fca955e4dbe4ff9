// Package atomicfile writes files that are whole or absent.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Set are the files that a program writes. Each is written to a temporary file beside it. Commit
// syncs them all before the first takes its place, so that a reader sees the old file or the new
// one, whole, and a program that fails leaves the old ones.
//
//	var outputs atomicfile.Set
//	defer outputs.Discard()
//	err := outputs.Write(path, func(w io.Writer) error { ... })
//	...
//	return outputs.Commit()
type Set struct {
	pending []output
}

type output struct {
	pendingFile
	path string
}

// A pendingFile is a temporary file that can take the place of the one that it is for.
type pendingFile interface {
	io.Writer
	Sync() error
	CloseAtomicallyReplace() error
	Cleanup() error // does nothing after CloseAtomicallyReplace
}

// Write calls write with the temporary file for path, whose folder is made where it is missing.
func (o *Set) Write(path string, write func(w io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	if err := makeWay(path); err != nil {
		return Error(path, err)
	}
	f, err := newPendingFile(path)
	if err != nil {
		return Error(path, err)
	}
	o.pending = append(o.pending, output{f, path})
	buffer := bufio.NewWriterSize(f, 1<<16)
	if err := write(buffer); err != nil {
		return Error(path, err)
	}
	return Error(path, buffer.Flush())
}

// makeWay finds out early that path is a folder, and removes the temporary files of programs that
// were killed while they wrote to path. One program at a time writes to it.
func makeWay(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return syscall.EISDIR
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if isTemporary(entry.Name(), filepath.Base(path)) {
			if err := os.Remove(filepath.Join(filepath.Dir(path), entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// isTemporary tells whether name is a temporary file for the output called base: a dot, base and a
// number. One for an output that ends in a digit may be another's, as .x12 is for x and for x1.
func isTemporary(name, base string) bool {
	const digits = "0123456789"
	number, found := strings.CutPrefix(name, "."+base)
	return found && number != "" && strings.Trim(number, digits) == "" && strings.TrimRight(base, digits) == base
}

// Commit puts every file that was written in its place.
func (o *Set) Commit() error {
	for _, f := range o.pending {
		if err := f.Sync(); err != nil {
			return Error(f.path, err)
		}
	}
	folders := map[string]bool{}
	for _, f := range o.pending {
		if err := f.CloseAtomicallyReplace(); err != nil {
			return Error(f.path, err)
		}
		folders[filepath.Dir(f.path)] = true
	}
	for folder := range folders {
		if err := syncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

// Discard removes the temporary files that did not take their places.
func (o *Set) Discard() {
	for _, f := range o.pending {
		f.Cleanup() // nothing can be done about a temporary file that stays
	}
	o.pending = nil
}

// Error is err, of an attempt to write the file at path, with that path (not a temporary one) and what to do
// about it where the owner of the folder is another user. It is nil if err is.
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
	remedy := ""
	if errors.Is(err, fs.ErrPermission) {
		remedy = howToMend(path, os.Geteuid(), os.Getegid())
	}
	return fmt.Errorf("%s: cannot be written: %w%s", path, err, remedy)
}
