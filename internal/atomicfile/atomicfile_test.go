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

// files maps the names in a folder to what they hold.
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

// A diary is a pending file that writes down what is done to it.
type diary struct {
	io.Writer
	name    string
	done    *[]string
	failing map[string]error
}

func (d diary) note(what string) error {
	*d.done = append(*d.done, what+" "+d.name)
	return d.failing[what+" "+d.name]
}
func (d diary) Sync() error                   { return d.note("sync") }
func (d diary) CloseAtomicallyReplace() error { return d.note("rename") }
func (d diary) Cleanup() error                { return d.note("clean up") }

func TestEveryFileIsSyncedBeforeTheFirstIsRenamed(t *testing.T) {
	full := &os.PathError{Op: "sync", Path: ".b123", Err: syscall.ENOSPC}
	for _, c := range []struct {
		name    string
		failing map[string]error
		want    []string
		err     string
	}{
		{"all goes well", nil, []string{"sync a", "sync b", "rename a", "rename b"}, ""},
		{"the disk is full", map[string]error{"sync b": full}, []string{"sync a", "sync b"}, "b: cannot be written: no space left on device"},
		{"a rename fails", map[string]error{"rename a": full}, []string{"sync a", "sync b", "rename a"}, "a: cannot be written: no space left on device"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var done []string
			var outputs Set
			for _, name := range []string{"a", "b"} {
				outputs.pending = append(outputs.pending, output{diary{nil, name, &done, c.failing}, name})
			}
			err := outputs.Commit()
			if !slices.Equal(done, c.want) {
				t.Errorf("got %v, want %v", done, c.want)
			}
			if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("got error %v, want %q", err, c.err)
			}
		})
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

func TestTemporaryFilesOfKilledProgramsGo(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{".loss.tsv123", ".loss.tsv9", ".loss.tsv", ".loss.tsv1x", ".accuracy.tsv5", "loss.tsv1", ".network-123"} {
		put(t, filepath.Join(folder, name), "")
	}
	var outputs Set
	for _, name := range []string{"loss.tsv", "network-1"} {
		if err := outputs.Write(filepath.Join(folder, name), text("new")); err != nil {
			t.Fatal(err)
		}
	}
	if err := outputs.Commit(); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(files(t, folder)))
	want := []string{".accuracy.tsv5", ".loss.tsv", ".loss.tsv1x", ".network-123", "loss.tsv", "loss.tsv1", "network-1"}
	if !slices.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
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
