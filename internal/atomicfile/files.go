package atomicfile

import (
	"io"
	"path/filepath"
)

// A File is one of several below a folder.
type File struct {
	Path  string // below the folder, with slashes
	Write func(w io.Writer) error
}

// In returns the path of the file if it is below folder.
func (f File) In(folder string) string { return filepath.Join(folder, filepath.FromSlash(f.Path)) }

// WriteAll calls Write for each of the files.
func (s *Set) WriteAll(folder string, files []File) error {
	for _, f := range files {
		if err := s.Write(f.In(folder), f.Write); err != nil {
			return err
		}
	}
	return nil
}

// Paths returns the paths of the files below folder.
func Paths(folder string, files []File) []string {
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.In(folder)
	}
	return paths
}

// WriteFile writes one file, as a set of its own. If it cannot be written, the old one stays.
func WriteFile(path string, write func(w io.Writer) error) error {
	var outputs Set
	defer outputs.Discard()
	if err := outputs.Write(path, write); err != nil {
		return err
	}
	return outputs.Commit()
}

// WriteBytes writes one file of these parts, one after another, as WriteFile does.
func WriteBytes(path string, parts ...[]byte) error {
	return WriteFile(path, func(w io.Writer) error {
		for _, part := range parts {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteFiles writes the files below folder, as a set of their own. If one of them cannot be written, all old ones stay.
func WriteFiles(folder string, files []File) error {
	var outputs Set
	defer outputs.Discard()
	if err := outputs.WriteAll(folder, files); err != nil {
		return err
	}
	return outputs.Commit()
}
