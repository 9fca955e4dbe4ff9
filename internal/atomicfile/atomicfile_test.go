package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func text(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

// files maps the names in a folder to their contents.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = string(content)
	}
	return found
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestOutputsTakeTheirPlacesAtCommit(t *testing.T) {
	folder := t.TempDir()
	put(t, filepath.Join(folder, "a"), "old")
	var outputs Set
	for _, name := range []string{"a", "b"} {
		if err := outputs.Write(filepath.Join(folder, name), text("new")); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, folder); got["a"] != "old" || got["b"] != "" || len(got) != 3 {
		t.Errorf("before Commit: %v, want the old a and two temporary files", got)
	}
	if err := outputs.Commit(); err != nil {
		t.Fatal(err)
	}
	outputs.Discard()
	if got := files(t, folder); !maps.Equal(got, map[string]string{"a": "new", "b": "new"}) {
		t.Errorf("after Commit: %v", got)
	}
}

func TestDiscardLeavesTheOldFiles(t *testing.T) {
	folder := t.TempDir()
	put(t, filepath.Join(folder, "a"), "old")
	var outputs Set
	if err := outputs.Write(filepath.Join(folder, "a"), text("new")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := outputs.Write(filepath.Join(folder, "b"), func(io.Writer) error { return broken })
	if want := filepath.Join(folder, "b") + ": cannot be written: broken"; !errors.Is(err, broken) || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
	outputs.Discard()
	if got := files(t, folder); !maps.Equal(got, map[string]string{"a": "old"}) {
		t.Errorf("left are %v", got)
	}
}

// A diary is a disk that records what is done to it, and fails where it is told to.
type diary struct {
	done    []string
	failing map[string]error
}

func (d *diary) note(what, name string) error {
	d.done = append(d.done, what+" "+name)
	return d.failing[what+" "+name]
}

func (d *diary) create(path string) (pendingFile, error) { return entry{io.Discard, d, path}, nil }
func (d *diary) syncFolder(path string) error            { return d.note("sync folder", path) }

type entry struct {
	io.Writer
	*diary
	path string
}

func (e entry) Sync() error    { return e.note("sync", e.path) }
func (e entry) Replace() error { return e.note("rename", e.path) }
func (e entry) Discard()       { e.note("discard", e.path) }

func TestCommitKeepsItsOrder(t *testing.T) {
	full := &os.PathError{Op: "sync", Path: ".b.sonar-tmp-1", Err: syscall.ENOSPC}
	for _, c := range []struct {
		name    string
		failing map[string]error
		want    []string
		err     string
	}{
		{"all goes well", nil, []string{
			"sync a", "sync new/deep/b", "sync c", // before any rename, and once each
			"rename a", "rename new/deep/b",
			"sync folder new", "sync folder .", "sync folder new/deep", // before the last rename
			"rename c", "sync folder .",
		}, ""},
		{"the disk is full", map[string]error{"sync new/deep/b": full}, []string{
			"sync a", "sync new/deep/b",
			"discard a", "discard new/deep/b", "discard c",
		}, "new/deep/b: cannot be written: no space left on device"},
		{"a rename fails", map[string]error{"rename a": full}, []string{
			"sync a", "sync new/deep/b", "sync c", "rename a",
			"discard a", "discard new/deep/b", "discard c",
		}, "a: cannot be written: no space left on device"},
		{"a folder cannot be synced", map[string]error{"sync folder .": full}, []string{
			"sync a", "sync new/deep/b", "sync c", "rename a", "rename new/deep/b", "sync folder new", "sync folder .",
			"discard a", "discard new/deep/b", "discard c",
		}, ".: cannot be written: no space left on device"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			d := &diary{failing: c.failing}
			outputs := Set{disk: d}
			for _, path := range []string{"a", filepath.Join("new", "deep", "b"), "c"} {
				if err := outputs.Write(path, text("new")); err != nil {
					t.Fatal(err)
				}
			}
			err := outputs.Commit()
			outputs.Discard()
			if !slices.Equal(d.done, c.want) {
				t.Errorf("got\n%q, want\n%q", d.done, c.want)
			}
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("got error %v, want %q", err, c.err)
			}
		})
	}
}

func TestASetCanBeUsedAgain(t *testing.T) {
	folder := t.TempDir()
	var outputs Set
	for _, content := range []string{"one", "two"} {
		if err := outputs.Write(filepath.Join(folder, content), text(content)); err != nil {
			t.Fatal(err)
		}
		if err := outputs.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if got := files(t, folder); !maps.Equal(got, map[string]string{"one": "one", "two": "two"}) {
		t.Errorf("got %v", got)
	}
}

func TestWriteMakesMissingFolders(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "one", "two")
	var outputs Set
	if err := outputs.Write(filepath.Join(folder, "a"), text("new")); err != nil {
		t.Fatal(err)
	}
	if err := outputs.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, folder); got["a"] != "new" {
		t.Errorf("got %v", got)
	}
}

func TestWriteRefusesWhatCannotBeWritten(t *testing.T) {
	folder := t.TempDir()
	put(t, filepath.Join(folder, "file"), "")
	if err := os.Mkdir(filepath.Join(folder, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"the place of a folder", "folder", "folder: cannot be written: is a directory"},
		{"below a file", "file/a", "file: not a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var outputs Set
			defer outputs.Discard()
			err := outputs.Write(filepath.Join(folder, c.path), text("new"))
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got error %v, want %s", err, c.want)
			}
			if len(outputs.pending) != 0 {
				t.Error("a temporary file was made")
			}
		})
	}
}

// DVC may link an output to its cache: the link is replaced, and what it points to is not written to.
func TestOutputsReplaceALinkAndNotWhatItPointsTo(t *testing.T) {
	folder := t.TempDir()
	cached, path := filepath.Join(folder, "cached"), filepath.Join(folder, "a")
	for name, link := range map[string]func(old, new string) error{"symbolic": os.Symlink, "hard": os.Link} {
		t.Run(name, func(t *testing.T) {
			put(t, cached, "old")
			if err := link(cached, path); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(path)
			var outputs Set
			if err := outputs.Write(path, text("new")); err != nil {
				t.Fatal(err)
			}
			if err := outputs.Commit(); err != nil {
				t.Fatal(err)
			}
			if got := files(t, folder); got["a"] != "new" || got["cached"] != "old" {
				t.Errorf("got %v", got)
			}
		})
	}
}

// The names that others give their files are theirs, however much they look like a temporary file's.
func TestOnlyStaleTemporaryFilesOfThePathGo(t *testing.T) {
	folder := t.TempDir()
	stale := []string{".a.csv.sonar-tmp-0123456789abcdef", ".a.csv.sonar-tmp-ffffffffffffffff"}
	others := []string{
		".a.csv20240101", ".a.csv123", ".a.csv", ".a.csv.sonar-tmp-", ".a.csv.sonar-tmp-0123456789abcde", ".a.csv.sonar-tmp-0123456789abcdefg",
		".a.csv.sonar-tmp-0123456789ABCDEF", ".a.csv.sonar-tmp-0123456789abcdef~", "a.csv.sonar-tmp-0123456789abcdef",
		".b.csv.sonar-tmp-0123456789abcdef", ".aa.csv.sonar-tmp-0123456789abcdef", "a.csv1",
	}
	for _, name := range slices.Concat(stale, others) {
		put(t, filepath.Join(folder, name), "")
	}
	var outputs Set
	if err := outputs.Write(filepath.Join(folder, "a.csv"), text("new")); err != nil {
		t.Fatal(err)
	}
	if err := outputs.Commit(); err != nil {
		t.Fatal(err)
	}
	got, want := slices.Sorted(maps.Keys(files(t, folder))), slices.Sorted(slices.Values(append(others, "a.csv")))
	if !slices.Equal(got, want) {
		t.Errorf("left are\n%q, want\n%q", got, want)
	}
}

func TestTheTemporaryFileOfALivingProgramStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	var one, other Set
	for set, content := range map[*Set]string{&one: "one", &other: "other"} {
		defer set.Discard()
		if err := set.Write(path, text(content)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		set  *Set
		want string
	}{{&one, "one"}, {&other, "other"}} {
		if err := c.set.Commit(); err != nil {
			t.Error(err)
		}
		if got := files(t, filepath.Dir(path)); got["a"] != c.want {
			t.Errorf("got %v, want %s", got, c.want)
		}
	}
}

func TestRemoveAllTakesNamesAsTheyAre(t *testing.T) {
	top := t.TempDir()
	for _, folder := range []string{"run?", "runA", "a[b"} {
		if err := os.Mkdir(filepath.Join(top, folder), 0o777); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"yes", ".yes.sonar-tmp-0123456789abcdef", "no"} {
			put(t, filepath.Join(top, folder, name), "")
		}
	}
	for _, folder := range []string{"run?", "a[b", "missing"} {
		if err := RemoveAll(filepath.Join(top, folder), func(name string) bool { return name == "yes" }); err != nil {
			t.Error(err)
		}
	}
	for folder, want := range map[string]int{"run?": 1, "runA": 3, "a[b": 1} {
		if got := files(t, filepath.Join(top, folder)); len(got) != want {
			t.Errorf("%s has %v, want %d files", folder, got, want)
		}
	}
}

func TestReplaceDoesNotWriteThroughLinks(t *testing.T) {
	for name, link := range map[string]func(old, new string) error{"symbolic": os.Symlink, "hard": os.Link} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			precious, log := filepath.Join(folder, "params.yaml"), filepath.Join(folder, "train.log")
			put(t, precious, "precious")
			if err := link(precious, log); err != nil {
				t.Fatal(err)
			}
			f, err := Replace(log)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := io.WriteString(f, "line"); err != nil {
				t.Fatal(err)
			}
			if got := files(t, folder); !maps.Equal(got, map[string]string{"params.yaml": "precious", "train.log": "line"}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestLargeOutputsAreWrittenWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	var outputs Set
	err := outputs.Write(path, func(w io.Writer) error {
		for i := range 100000 {
			if _, err := fmt.Fprintln(w, i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := outputs.Commit(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil || strings.Count(string(content), "\n") != 100000 || !strings.HasSuffix(string(content), "\n99999\n") {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}
