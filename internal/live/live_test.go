package live

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/sonar/internal/atomicfile"
)

// A run has two results, of which only the first is there before.
type run struct {
	*testing.T
	aside, old, new string
}

func newRun(t *testing.T) run {
	t.Helper()
	folder := t.TempDir()
	r := run{t, filepath.Join(folder, "aside"), filepath.Join(folder, "old"), filepath.Join(folder, "new")}
	r.put(r.old, "before")
	return r
}

func (r run) put(path, text string) {
	r.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		r.Fatal(err)
	}
}

func (r run) open() *Results {
	r.Helper()
	results, err := Open(r.aside, r.old, r.new)
	if err != nil {
		r.Fatal(err)
	}
	return results
}

func (r run) update(results *Results, step int, text string) {
	r.Helper()
	err := results.Update(step, func(outputs *atomicfile.Set) error {
		for _, path := range []string{r.old, r.new} {
			if err := outputs.Write(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.Fatal(err)
	}
}

// want checks the results, "" being none, and that nothing is aside unless something should be.
func (r run) want(old, new string, aside bool) {
	r.Helper()
	for path, want := range map[string]string{r.old: old, r.new: new} {
		if text, _ := os.ReadFile(path); string(text) != want {
			r.Errorf("%s has %q, want %q", filepath.Base(path), text, want)
		}
	}
	if _, err := os.Stat(r.aside); (err == nil) != aside {
		r.Errorf("kept aside: %v, want %t", err, aside)
	}
}

func TestARunThatFailsLeavesTheResultsOfTheOneBefore(t *testing.T) {
	r := newRun(t)
	results := r.open()
	r.update(results, 1, "one")
	r.update(results, 2, "two")
	r.want("two", "two", true)
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	r.want("before", "", false)
}

func TestARunThatSucceedsLeavesItsOwn(t *testing.T) {
	r := newRun(t)
	results := r.open()
	r.update(results, 1, "one")
	if err := results.Finish(func() error { r.put(r.old, "end"); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	r.want("end", "one", false)
}

func TestARunThatCannotFinishLeavesTheResultsOfTheOneBefore(t *testing.T) {
	r := newRun(t)
	results := r.open()
	r.update(results, 1, "one")
	full := errors.New("disk full")
	if err := results.Finish(func() error { return full }); err != full {
		t.Errorf("error %v", err)
	}
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	r.want("before", "", false)
}

// A run is closed from elsewhere if the program ends before it returns.
func TestAfterCloseNothingIsWritten(t *testing.T) {
	r := newRun(t)
	results := r.open()
	r.update(results, 1, "one")
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	r.update(results, 2, "two")
	if err := results.Finish(func() error { r.put(r.old, "end"); return nil }); err == nil {
		t.Error("a run that was closed finishes")
	}
	r.want("before", "", false)
}

func TestTheNextRunRepairsWhatAKilledOneLeft(t *testing.T) {
	r := newRun(t)
	r.update(r.open(), 1, "one") // and no Close
	r.want("one", "one", true)
	results := r.open()
	r.want("before", "", false)
	r.update(results, 1, "again")
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	r.want("before", "", false)
}

// Killed while it was keeping results aside, a run has not touched them.
func TestWhatWasNotKeptAsideWholeIsNotPutBack(t *testing.T) {
	r := newRun(t)
	results := r.open()
	if err := results.keepAside(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.aside, listName)); err != nil {
		t.Fatal(err)
	}
	r.put(filepath.Join(r.aside, copyName(0)), "half")
	r.open()
	r.want("before", "", false)
}

func TestARunWithoutUpdatesTouchesNothing(t *testing.T) {
	r := newRun(t)
	results := r.open()
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	r.want("before", "", false)
}

func TestUpdatesAreDueOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRun(t)
		results := r.open()
		for _, step := range []struct {
			wait time.Duration
			due  bool
		}{{0, false}, {Interval / 2, false}, {Interval / 2, true}, {0, true}} {
			time.Sleep(step.wait)
			if results.Due() != step.due {
				t.Fatalf("due %t after %v", results.Due(), step.wait)
			}
		}
		r.update(results, 1, "one")
		if results.Due() {
			t.Error("due at once after an update")
		}
	})
}

func TestTheSignalIsThereFromTheFirstUpdateToTheEnd(t *testing.T) {
	root := t.TempDir()
	t.Setenv("DVC_ROOT", root)
	signal := filepath.Join(root, ".dvc/tmp/exps/run/DVCLIVE_STEP_COMPLETED")
	r := newRun(t)
	results := r.open()
	if _, err := os.Stat(signal); err == nil {
		t.Error("a signal before there is anything to see")
	}
	r.update(results, 7, "one")
	text, err := os.ReadFile(signal)
	if err != nil || !strings.Contains(string(text), `"step":7`) {
		t.Errorf("signal %q, %v", text, err)
	}
	if err := results.Finish(func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(signal); err == nil {
		t.Error("the signal stays")
	}
}

// Whatever the list of what was kept aside holds, the results are put back whole, or nothing is touched.
func FuzzOpen(f *testing.F) {
	f.Add("[true,false]\n")
	f.Add("[true,true]")
	f.Add("[true]")
	f.Add("[[")
	f.Fuzz(func(t *testing.T, list string) {
		r := newRun(t)
		r.put(r.new, "shown")
		if err := os.Mkdir(r.aside, 0o777); err != nil {
			t.Fatal(err)
		}
		r.put(filepath.Join(r.aside, copyName(0)), "kept")
		r.put(filepath.Join(r.aside, listName), list)
		_, err := Open(r.aside, r.old, r.new)
		if err != nil && !strings.HasPrefix(err.Error(), filepath.Join(r.aside)) && !strings.HasPrefix(err.Error(), "open "+r.aside) {
			t.Errorf("error %v", err)
		}
		old, oldErr := os.ReadFile(r.old)
		_, newErr := os.Stat(r.new)
		switch {
		case err != nil && (oldErr != nil || string(old) != "before" || newErr != nil):
			t.Errorf("after error %v the results are %q, %v, %v", err, old, oldErr, newErr)
		case err == nil && newErr == nil:
			t.Error("a result that had no file before has one")
		}
	})
}
