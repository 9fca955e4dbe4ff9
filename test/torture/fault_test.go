//go:build pipeline && linux

package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// wantUnharmed checks what a program that met a fault leaves: all of the new files if it ended well, otherwise files
// each of which is the old or the new one, and a line that says what happened. Then the program succeeds without the fault.
func (c change) wantUnharmed(end ending, silent bool) {
	c.Helper()
	if end.status == 0 {
		c.wantSame(c.ownFiles(c.stage), own(c.stage, c.new))
		return
	}
	c.wantOldOrNew(c.stage, c.old, c.new)
	lines := strings.Split(strings.TrimSuffix(end.stderr, "\n"), "\n")
	if last := lines[len(lines)-1]; !silent && (end.status != 1 || !strings.HasPrefix(last, c.name+": ")) {
		c.Errorf("status %d: %s", end.status, end.stderr)
	}
	c.wantNext()
}

// faults are the system calls that fail, and how.
var faults = []struct{ name, calls, err string }{
	{"write", "write,?pwrite64", "ENOSPC"},
	{"sync", "fsync,?fdatasync", "EIO"},
	{"rename", "?rename,?renameat,?renameat2", "EIO"},
	{"open", "?open,openat", "EMFILE"},
	{"close", "close", "EIO"},
	{"read", "read,?pread64", "EIO"},
	{"lock", "flock", "ENOLCK"},
}

// Each system call of a kind fails in turn, the first, the second and so on, until there are no more.
func TestAProgramWhoseSystemCallsFailLosesNothing(t *testing.T) {
	if !*thorough {
		return // see make torture
	}
	for _, f := range faults {
		kind := "a failing " + f.name
		t.Run(f.name, func(t *testing.T) {
			if _, err := exec.LookPath("strace"); err != nil {
				world{T: t}.cannotTry(kind, "there is no strace; on Debian and Ubuntu: apt-get install strace")
			}
			for _, s := range stages {
				t.Run(s.name, func(t *testing.T) {
					c := newChange(newWorld(t), s)
					trace := filepath.Join(t.TempDir(), "trace")
					injected := 0
					for n := 1; ; n++ {
						c.restore(".", c.old)
						inject := fmt.Sprintf("inject=%s:error=%s:when=%d", f.calls, f.err, n)
						end := c.run("", "strace", append([]string{"-f", "-qq", "-y", "-o", trace, "-e", "signal=none", "-e", "trace=" + f.calls, "-e", inject, program(t, s.name)}, s.args...)...)
						hits := injections(t, trace)
						if len(hits) == 0 {
							break
						}
						injected++
						// Go's own calls are no business of ours, and a line that cannot be printed is not.
						silent := slices.ContainsFunc(hits, func(hit string) bool { return !strings.Contains(hit, c.dir) })
						c.try(kind, func() { c.wantUnharmed(end, silent) })
						if t.Failed() {
							t.Fatalf("after fault %d: %q", n, hits)
						}
					}
					t.Logf("%d faults", injected)
				})
			}
		})
	}
}

// injections are the lines of a trace that say that a call was made to fail.
func injections(t *testing.T, trace string) []string {
	t.Helper()
	var hits []string
	for line := range strings.Lines(read(t, trace)) {
		if strings.Contains(line, "(INJECTED)") {
			hits = append(hits, line)
		}
	}
	return hits
}

// The disk has room for nothing, for a block, for two and so on, until there is enough for the program.
func TestAProgramOnAFullDiskLosesNothing(t *testing.T) {
	if !*thorough {
		return // see make torture
	}
	const kind = "a full disk"
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			disk := t.TempDir()
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=32m"); err != nil {
				world{T: t}.cannotTry(kind, "a file system can be mounted by root only")
			}
			defer syscall.Unmount(disk, 0)
			c := newChange(newWorldIn(t, filepath.Join(disk, "world")), s)
			filler := filepath.Join(disk, "filler")
			const block, most = 4096, 1000
			for free := 0; ; free++ {
				if free > most {
					t.Fatal("no room is enough")
				}
				os.Remove(filler)
				c.restore(".", c.old)
				fill(t, filler, int64(free*block))
				end := c.run("", program(t, s.name), s.args...)
				os.Remove(filler)
				if end.status == 0 {
					c.wantSame(c.ownFiles(s), own(s, c.new))
					t.Logf("%d blocks are enough", free)
					break
				}
				c.try(kind, func() { c.wantUnharmed(end, false) })
				if t.Failed() {
					t.Fatalf("with %d bytes of room: %s", free*block, end.stderr)
				}
			}
		})
	}
}

// fill takes all room of the file system of a file but some.
func fill(t *testing.T, filler string, free int64) {
	t.Helper()
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(0)
	for _, piece := range []int{1 << 20, 1 << 12} {
		for zeros := make([]byte, piece); err == nil; {
			var n int
			n, err = f.Write(zeros)
			size += int64(n)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Truncate(max(0, size-free)); err != nil {
		t.Fatal(err)
	}
}
