package fileset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func text(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

// putSet makes a set of two files in the current folder.
func putSet(t *testing.T, a, b string) {
	t.Helper()
	m := Manifest{}
	for name, content := range map[string]string{"a.csv": a, "b.csv": b} {
		var file bytes.Buffer
		if err := m.Record(name, text(content))(&file); err != nil {
			t.Fatal(err)
		}
		put(t, name, file.String())
	}
	var file bytes.Buffer
	if err := m.Encode(&file); err != nil {
		t.Fatal(err)
	}
	put(t, "set.json", file.String())
}

func TestAWholeSetIsOpenedAtItsBeginning(t *testing.T) {
	t.Chdir(t.TempDir())
	putSet(t, "one", "")
	files, err := Open("set.json", "prepare", "b.csv", "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for i, want := range []string{"", "one"} {
		if got, err := io.ReadAll(files.List[i]); err != nil || string(got) != want {
			t.Errorf("file %d: %q, %v", i, got, err)
		}
	}
}

func TestTheManifestIsSortedJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	putSet(t, "one", "two")
	got, err := os.ReadFile("set.json")
	// As sha256sum prints them.
	const want = `{
  "a.csv": "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed",
  "b.csv": "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3"
}
`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestHalfOfASetIsRefusedInOneLine(t *testing.T) {
	const end = ": run prepare, or `dvc repro`"
	for _, c := range []struct {
		name string
		harm func(t *testing.T)
		want string
	}{
		{"a file of another set", func(t *testing.T) { put(t, "b.csv", "new") },
			"b.csv: must be the file that set.json lists, has another SHA-256 (edited, or half of a new set)"},
		{"a byte more", func(t *testing.T) { put(t, "a.csv", "one\n") },
			"a.csv: must be the file that set.json lists, has another SHA-256 (edited, or half of a new set)"},
		{"no manifest", func(t *testing.T) { os.Remove("set.json") }, "open set.json: no such file or directory"},
		{"no file", func(t *testing.T) { os.Remove("a.csv") }, "open a.csv: no such file or directory"},
		{"a file that is not listed", func(t *testing.T) { put(t, "set.json", `{"a.csv": "00"}`); put(t, "a.csv", "") },
			"a.csv: must be the file that set.json lists, has another SHA-256 (edited, or half of a new set)"},
		{"an empty manifest", func(t *testing.T) { put(t, "set.json", "{}") }, "set.json: must list a.csv"},
		{"null", func(t *testing.T) { put(t, "set.json", "null") }, "set.json: must list a.csv"},
		{"no JSON", func(t *testing.T) { put(t, "set.json", "\x00") }, "set.json: must be a JSON object of SHA-256 sums by file name"},
		{"a large manifest", func(t *testing.T) { put(t, "set.json", strings.Repeat(" ", maxManifest+1)) }, "set.json: must be at most 1048576 bytes long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			putSet(t, "one", "two")
			c.harm(t)
			if _, err := Open("set.json", "prepare", "a.csv", "b.csv"); err == nil || err.Error() != c.want+end {
				t.Errorf("got %v, want %s", err, c.want+end)
			}
		})
	}
}

func TestFilesThatAreNotAskedForMayBeMissing(t *testing.T) {
	t.Chdir(t.TempDir())
	putSet(t, "one", "two")
	if err := os.Remove("a.csv"); err != nil {
		t.Fatal(err)
	}
	files, err := Open("set.json", "prepare", "b.csv")
	if err != nil {
		t.Fatal(err)
	}
	files.Close()
}

// What is read is what was checked, even if another set takes its place in between.
func TestAnOpenSetStaysTheOneThatWasChecked(t *testing.T) {
	t.Chdir(t.TempDir())
	putSet(t, "one", "two")
	files, err := Open("set.json", "prepare", "a.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	put(t, "other", "three")
	if err := os.Rename("other", "a.csv"); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(files.List[0]); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTheIdentityIsThatOfAllFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	identity := func(a, b string) [32]byte {
		putSet(t, a, b)
		files, err := Open("set.json", "prepare", "a.csv")
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		return files.Identity
	}
	if first := identity("one", "two"); first != identity("one", "two") || first == identity("one", "three") {
		t.Error("it does not follow the contents")
	}
}

func TestAFailedWriteIsNotInTheManifest(t *testing.T) {
	m, broken := Manifest{}, errors.New("broken")
	if err := m.Record("a", func(io.Writer) error { return broken })(io.Discard); !errors.Is(err, broken) || len(m) > 0 {
		t.Errorf("%v, %v", err, m)
	}
}

func TestErrorsOfMissingFilesAreErrNotExist(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "set.json"), "prepare"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// Whatever is in a manifest, a set is opened only if it lists the hashes of the files, and is otherwise refused in one line.
func FuzzOpen(f *testing.F) {
	const content = "1,2\n"
	sum := sha256.Sum256([]byte(content))
	right := hex.EncodeToString(sum[:])
	f.Add([]byte(`{"a.csv": "` + right + `"}`))
	f.Add([]byte(`{"a.csv": "` + right[:10] + `", "a.csv": 1}`))
	f.Add([]byte(`["a.csv"]`))
	f.Add([]byte("{\"A.CSV\": \"\n\"}"))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		t.Chdir(t.TempDir())
		put(t, "a.csv", content)
		put(t, "set.json", string(manifest))
		files, err := Open("set.json", "make", "a.csv")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
			return
		}
		files.Close()
		if !strings.Contains(strings.ToLower(string(manifest)), right) && !strings.Contains(string(manifest), `\u`) {
			t.Errorf("opened by the manifest %q", manifest)
		}
	})
}
