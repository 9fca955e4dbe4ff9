// Package fileset ties together files that belong together, so that nobody computes with half of a new set.
//
// A set has a manifest: a JSON object that maps the names of its files to the SHA-256 of their contents, in the same
// folder. It is written last, so putting it in place completes the set. A writer that is killed before then leaves
// files that are not those of the manifest, which Open reports.
package fileset

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"example.com/sonar/internal/regularfile"
)

// A Manifest maps the name of each file of a set to the SHA-256 of its content, in hexadecimal.
type Manifest map[string]string

// Record returns a function that does what write does, and records the hash of what it writes in the manifest.
func (m Manifest) Record(name string, write func(w io.Writer) error) func(w io.Writer) error {
	return func(w io.Writer) error {
		hash := sha256.New()
		if err := write(io.MultiWriter(w, hash)); err != nil {
			return err
		}
		m[name] = hex.EncodeToString(hash.Sum(nil))
		return nil
	}
}

// Encode writes the manifest as indented JSON, its names in ascending order.
func (m Manifest) Encode(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(m)
}

// maxManifest is the size of the largest manifest that is read, in bytes.
const maxManifest = 1 << 20

// Files are the open files of a set, in the order asked for, each at its beginning. They remain the ones
// that were checked, even if others take their places.
type Files struct {
	List []*os.File
	// Identity is the SHA-256 of the manifest, which differs if any file of the set does.
	Identity [sha256.Size]byte
}

// Close closes the files.
func (f *Files) Close() {
	for _, file := range f.List {
		file.Close()
	}
}

// Open opens the files called names in the folder of the manifest and checks that they are those that it
// lists, for which it reads each to its end. An error names the file that is missing or not of the set, and
// writer, the program to run to make the set whole.
func Open(manifest, writer string, names ...string) (*Files, error) {
	files, err := open(manifest, names)
	if err != nil {
		return nil, fmt.Errorf("%w: run %s, or `dvc repro`", err, writer)
	}
	return files, nil
}

func open(manifest string, names []string) (_ *Files, err error) {
	text, err := regularfile.Read(manifest, maxManifest)
	if err != nil {
		return nil, err
	}
	var sums Manifest
	if err := json.Unmarshal(text, &sums); err != nil {
		return nil, fmt.Errorf("%s: must be a JSON object of SHA-256 sums by file name", manifest)
	}
	files := &Files{Identity: sha256.Sum256(text)}
	defer func() {
		if err != nil {
			files.Close()
		}
	}()
	for _, name := range names { // open all before reading the first: a new set may take its place meanwhile
		f, err := regularfile.Open(filepath.Join(filepath.Dir(manifest), name))
		if err != nil {
			return nil, err
		}
		files.List = append(files.List, f)
	}
	errs := make([]error, len(names))
	var checks sync.WaitGroup
	for i, name := range names {
		checks.Go(func() { errs[i] = check(files.List[i], sums[name], manifest) })
	}
	checks.Wait()
	return files, cmp.Or(errs...)
}

// check reads f to its end, compares its hash with the one in the manifest, and goes back to its beginning.
func check(f *os.File, want, manifest string) error {
	if want == "" {
		return fmt.Errorf("%s: must list %s", manifest, filepath.Base(f.Name()))
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return err
	}
	if sum, err := hex.DecodeString(want); err != nil || !bytes.Equal(sum, hash.Sum(nil)) {
		return fmt.Errorf("%s: must be the file that %s lists, has another SHA-256 (edited, or half of a new set)", f.Name(), manifest)
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}
