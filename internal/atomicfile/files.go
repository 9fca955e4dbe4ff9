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

// WriteFiles writes the files below folder, as a set of their own. If one of them cannot be written, all old ones stay.
func WriteFiles(folder string, files []File) error {
	var outputs Set
	defer outputs.Discard()
	if err := outputs.WriteAll(folder, files); err != nil {
		return err
	}
	return outputs.Commit()
}
