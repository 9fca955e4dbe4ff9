//go:build unix

package atomicfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What others may do with an output is the user's choice, as for any file that a program makes.
func TestOutputsHaveThePermissionsOfTheUmask(t *testing.T) {
	for mask, want := range map[int]os.FileMode{0o022: 0o644, 0o077: 0o600, 0o002: 0o664} {
		path := filepath.Join(t.TempDir(), "a")
		before := syscall.Umask(mask)
		var outputs Set
		err := outputs.Write(path, text("new"))
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		if err := outputs.Commit(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("umask %o: %v, %v, want %v", mask, info.Mode(), err, want)
		}
	}
}
