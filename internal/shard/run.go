package shard

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/regularfile"
)

// A Run is what the records in a folder are of. Records of different runs must not be merged.
type Run struct {
	Program string `json:"program"` // its name
	Numbers string `json:"numbers"` // what its arithmetic comes to: crossval.Fingerprint
	Params  string `json:"params"`  // a sum of the settings: Sum
	Data    string `json:"data"`    // the SHA-256 of the raw file: FileSum
	Tasks   int    `json:"tasks"`
	Shards  int    `json:"shards"`
}

// Sum returns the SHA-256, in hexadecimal, of values as JSON.
func Sum(values ...any) (string, error) {
	text, err := json.Marshal(values)
	if err != nil {
		return "", err
	}
	return sum(text), nil
}

// FileSum returns the SHA-256 of the file at path, in hexadecimal.
func FileSum(path string) (string, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (r Run) encode() []byte {
	text, _ := json.MarshalIndent(r, "", "  ") // texts and ints are always JSON
	return append(text, '\n')
}

// ErrOther marks the error of a folder whose records are of another run.
var ErrOther = errors.New("remove the folder, or name another")

// check returns in which way found, of the file at path, is another run; nil if it is none.
func (r Run) check(path string, found Run) error {
	what := ""
	switch {
	case found.Program != r.Program:
		what = fmt.Sprintf("the program %.40q, this is %s", found.Program, r.Program)
	case found.Numbers != r.Numbers:
		what = "a program, or a machine, that computes other numbers"
	case found.Data != r.Data:
		what = "other data"
	case found.Params != r.Params:
		what = "other params"
	case found.Shards != r.Shards:
		what = fmt.Sprintf("%d shards, not of %d", found.Shards, r.Shards)
	case found.Tasks != r.Tasks:
		what = fmt.Sprintf("%d tasks, not of %d", found.Tasks, r.Tasks)
	default:
		return nil
	}
	return fmt.Errorf("%s: is of %s: %w", path, what, ErrOther)
}

// A Folder is a folder of records of one run.
type Folder struct {
	path string
	run  Run
}

const (
	runName = "run.json"
	maxRun  = 1 << 16 // bytes
)

// Open returns the folder at path for the records of a run. If nobody has, it makes the folder and its run.json; otherwise
// that must be of the same run. The error says in which way it is not, and is then ErrOther.
func Open(ctx context.Context, path string, run Run) (*Folder, error) {
	release, err := atomicfile.Lock(ctx, path, func() {})
	if err == nil {
		defer release()
	} else if !errors.Is(err, atomicfile.ErrNoLocks) { // without locks two runs may begin here at once: records say of which they are
		return nil, err
	}
	f := &Folder{path, run}
	found, err := readRun(f.file(runName))
	if errors.Is(err, fs.ErrNotExist) {
		return f, atomicfile.WriteBytes(f.file(runName), run.encode())
	} else if err != nil {
		return nil, err
	}
	return f, run.check(f.file(runName), found)
}

// Resume is Open, but removes the records of another run, which nobody else may be making.
func Resume(ctx context.Context, path string, run Run) (*Folder, error) {
	f, err := Open(ctx, path, run)
	if !errors.Is(err, ErrOther) {
		return f, err
	}
	if err := Remove(path); err != nil {
		return nil, err
	}
	return Open(ctx, path, run)
}

// Find returns the folder at path, which Open must have made, for the records of a run. The number of shards is that of
// the folder unless run.Shards has one. Nothing is written. Errors are those of Open, and fs.ErrNotExist.
func Find(path string, run Run) (*Folder, error) {
	f := &Folder{path, run}
	found, err := readRun(f.file(runName))
	if err != nil {
		return nil, err
	}
	if run.Shards == 0 {
		f.run.Shards = found.Shards
	}
	return f, f.run.check(f.file(runName), found)
}

func readRun(path string) (Run, error) {
	text, err := regularfile.Read(path, maxRun)
	if err != nil {
		return Run{}, err
	}
	return parseRun(text, path)
}

func parseRun(text []byte, path string) (run Run, err error) {
	if err := json.Unmarshal(text, &run); err != nil || run.Shards < 1 || run.Shards > maxCount {
		return run, fmt.Errorf("%s: must be a run's JSON object of 1 to %d shards: %w", path, maxCount, ErrOther)
	}
	return run, nil
}

func (f *Folder) file(name string) string { return filepath.Join(f.path, name) }

// Files are patterns of the files that Open and Begin make in a folder.
var Files = []string{runName, "*" + doneExtension, "*" + partialExtension}

// Remove removes all that Open and Begin have made in the folder at path, but not the folder.
func Remove(path string) error {
	return atomicfile.RemoveAll(path, func(name string) bool {
		return slices.ContainsFunc(Files, func(pattern string) bool {
			match, _ := filepath.Match(pattern, name)
			return match
		})
	})
}
