package regularfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestRegularFilesAndLinksToThemAreOpened(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "file", "content")
	write(t, "empty", "")
	if err := os.Symlink("file", "link"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"file": "content", "link": "content", "empty": ""} {
		f, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := io.ReadAll(f); err != nil || string(got) != want || f.Name() != name {
			t.Errorf("%s: %q, %v, called %s", name, got, err, f.Name())
		}
	}
}

func TestAMissingFileIsReportedAsOpenDoes(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Open("none")
	if _, want := os.Open("none"); !errors.Is(err, fs.ErrNotExist) || err.Error() != want.Error() {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestAFolderIsNoRegularFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("data", 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("data"); err == nil || err.Error() != "data: must be a regular file, is a folder" {
		t.Errorf("got %v", err)
	}
}

func TestReadIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "12345")
	if got, err := Read(path, 5); err != nil || string(got) != "12345" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Read(path, 4); err == nil || !strings.HasSuffix(err.Error(), "file: must be at most 4 bytes long") {
		t.Errorf("got %v", err)
	}
}
