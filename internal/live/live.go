// Package live shows results while a program is at work. The result files are replaced about once a second, so that
// `dvc exp show`, `dvc plots diff` and editors that watch them see a long run move; a run that fails leaves the results
// of the run before.
package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/regularfile"
)

// Interval is how long after the start, and after each update, the next one is due.
const Interval = time.Second

// maxResult is the size of the largest result that is kept aside, in bytes.
const maxResult = 1 << 30

// Results are the result files of one run, which has the lock of the output folder. Several goroutines may use them.
//
// Before the first update, the results of the run before are kept aside, in a folder that neither git nor DVC looks at.
// Close puts them back unless Finish has succeeded. If the program is killed in between, the next run's Open does.
type Results struct {
	mutex   sync.Mutex
	aside   string // the folder
	paths   []string
	signal  string // the file by which DVC's extension learns of an update; "" if nobody asks
	due     time.Time
	updated bool
	closed  bool
}

// Open begins a run that will write to paths. It puts back what a run that was killed had kept aside. The folder aside is
// the run's own.
func Open(aside string, paths ...string) (*Results, error) {
	r := &Results{aside: aside, paths: paths, signal: signalPath(), due: time.Now().Add(Interval)}
	return r, r.restore()
}

// signalPath returns the file that DVC's own live logger writes after each step, if DVC runs this program.
func signalPath() string {
	root := os.Getenv("DVC_ROOT")
	if root == "" {
		return ""
	}
	return filepath.Join(root, ".dvc", "tmp", "exps", "run", "DVCLIVE_STEP_COMPLETED")
}

// Due reports whether an update is.
func (r *Results) Due() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return !time.Now().Before(r.due)
}

// Update replaces results by those of a step that write puts in the set. It writes to some of the paths of Open.
// After Close it does nothing.
func (r *Results) Update(step int, write func(outputs *atomicfile.Set) error) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.closed {
		return nil
	}
	if !r.updated {
		if err := r.keepAside(); err != nil {
			return err
		}
		r.updated = true
	}
	var outputs atomicfile.Set
	defer outputs.Discard()
	if err := write(&outputs); err != nil {
		return err
	}
	if err := outputs.Commit(); err != nil {
		return err
	}
	r.due = time.Now().Add(Interval)
	return r.tell(step)
}

// tell writes the signal.
func (r *Results) tell(step int) error {
	if r.signal == "" {
		return nil
	}
	text, err := json.Marshal(map[string]int{"pid": os.Getpid(), "step": step})
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(r.signal, text)
}

// Finish calls write, which writes the final results, and ends the run if it succeeds. After Close it is an error.
func (r *Results) Finish(write func() error) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.closed {
		return errors.New("stopped before the results were written")
	}
	if err := write(); err != nil {
		return err
	}
	r.closed = true
	return errors.Join(r.removeSignal(), os.RemoveAll(r.aside))
}

// Close ends a run that has not finished. Otherwise it does nothing.
func (r *Results) Close() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	return errors.Join(r.removeSignal(), r.restore())
}

func (r *Results) removeSignal() error {
	if r.signal == "" || !r.updated {
		return nil
	}
	if err := os.Remove(r.signal); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// listName is the file that makes what was kept aside complete: it is written last. It lists the paths that had a file.
const listName = "list.json"

func copyName(i int) string { return fmt.Sprintf("%d", i) }

// keepAside copies the files at the paths.
func (r *Results) keepAside() error {
	var copies atomicfile.Set
	defer copies.Discard()
	had := make([]bool, len(r.paths))
	for i, path := range r.paths {
		content, err := regularfile.Read(path, maxResult)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		had[i] = true
		err = copies.Write(filepath.Join(r.aside, copyName(i)), func(w io.Writer) error { _, err := w.Write(content); return err })
		if err != nil {
			return err
		}
	}
	err := copies.Write(filepath.Join(r.aside, listName), func(w io.Writer) error { return json.NewEncoder(w).Encode(had) })
	if err != nil {
		return err
	}
	return copies.Commit()
}

// restore puts back what was kept aside, if it is complete, and removes it.
func (r *Results) restore() error {
	list, err := regularfile.Read(filepath.Join(r.aside, listName), 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return os.RemoveAll(r.aside) // nothing was, or not all: no result had been touched
	} else if err != nil {
		return err
	}
	var had []bool
	if err := json.Unmarshal(list, &had); err != nil || len(had) != len(r.paths) {
		return fmt.Errorf("%s: must list what an earlier run kept aside of %d results: remove the folder if you do not need them", filepath.Join(r.aside, listName), len(r.paths))
	}
	var outputs atomicfile.Set
	defer outputs.Discard()
	for i, path := range r.paths {
		if !had[i] {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			continue
		}
		content, err := regularfile.Read(filepath.Join(r.aside, copyName(i)), maxResult)
		if err != nil {
			return err
		}
		if err := outputs.Write(path, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
			return err
		}
	}
	if err := outputs.Commit(); err != nil {
		return err
	}
	return os.RemoveAll(r.aside)
}
