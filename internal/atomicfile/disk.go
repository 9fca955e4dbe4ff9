package atomicfile

import "io"

// A disk is where a Set writes. Tests replace the system's with their own.
type disk interface {
	// create creates the temporary file for path.
	create(path string) (pendingFile, error)
	// syncFolder makes the renames in a folder durable.
	syncFolder(path string) error
}

// A pendingFile is a temporary file that can take the place of the one that it is for.
type pendingFile interface {
	io.Writer
	Sync() error
	// Replace puts the file in its place and closes it.
	Replace() error
	// Discard removes the file. After Replace it does nothing.
	Discard()
}

func newDisk() disk { return system{} }
