//go:build unix

package atomicfile

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// What others may do with an output is the user's choice, as for any file that a program creates.
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

// A Set must not replace a device node or a pipe: /dev/null, above all.
func TestWhatIsNoRegularFileIsNotReplaced(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(folder, "fifo"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/null", filepath.Join(folder, "null")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"fifo": "must be a regular file, is a named pipe", "null": "must be a regular file, is a device"} {
		path := filepath.Join(folder, name)
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		var outputs Set
		if err := outputs.Write(path, text("new")); err == nil || err.Error() != path+": "+want {
			t.Errorf("Write: got %v, want %s", err, want)
		}
		f, err := Replace(path)
		if f != nil {
			f.Close() // a log may well go to /dev/null
		} else if err.Error() != path+": "+want {
			t.Errorf("Replace: got %v, want %s", err, want)
		}
		if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s has become %v, %v", name, after, err)
		}
	}
}

// The test binary is the holder of a lock if this variable names a folder.
const lockFolder = "SONAR_LOCK_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(lockFolder); folder != "" {
		if _, err := Lock(context.Background(), folder, func() {}); err != nil {
			panic(err)
		}
		os.Stdout.WriteString("locked\n")
		select {}
	}
	os.Exit(m.Run())
}

func TestTheLockOfAKilledProcessIsFree(t *testing.T) {
	folder := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), lockFolder+"="+folder)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("%q, %v", line, err)
	}
	waited := false
	release, err := Lock(t.Context(), folder, func() {
		waited = true
		cmd.Process.Kill()
	})
	if err != nil {
		t.Fatal(err)
	}
	release()
	cmd.Wait()
	if !waited {
		t.Error("it did not wait while the other lived")
	}
	if got := files(t, folder); len(got) > 0 {
		t.Errorf("left are %v", got)
	}
}
