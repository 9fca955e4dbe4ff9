// Package regularfile opens the files that programs read. They are regular files: opening a named pipe waits
// for somebody to write to it, and a device may never end.
package regularfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Open opens the regular file at path for reading, or the one that a symbolic link there points to. It never
// waits. An error is that of os.Open, or says what is there instead of a regular file.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path) // first, as opening a device can have effects
	if err != nil {
		return nil, openError(path, err)
	}
	if err := Check(path, info.Mode()); err != nil {
		return nil, err
	}
	f, err := openWithoutWaiting(path)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat() // what was opened, should another file have taken its place
	if err == nil {
		err = Check(path, info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// openError says "open" of an error of os.Stat, so that a missing file is reported as os.Open reports it.
func openError(path string, err error) error {
	var from *fs.PathError
	if errors.As(err, &from) {
		err = from.Err
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}

// Read returns the content of the regular file at path, which must be at most most bytes long. The errors
// are those of Open, and one that names the file and the limit.
func Read(path string, most int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, fmt.Errorf("%s: must be at most %d bytes long", path, most)
	}
	return content, nil
}

// Check returns an error unless mode is a regular file's. It names what path is instead.
func Check(path string, mode fs.FileMode) error {
	kind := "something else"
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a named pipe"
	case mode&fs.ModeSocket != 0:
		kind = "a socket"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return fmt.Errorf("%s: must be a regular file, is %s", path, kind)
}
