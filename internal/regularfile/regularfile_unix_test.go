//go:build unix

package regularfile

import (
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// Nothing is at the other end of the pipe, so os.Open would wait for ever.
func TestWhatIsNoRegularFileIsRefusedAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := syscall.Mkfifo("fifo", 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("fifo", "link"); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for path, want := range map[string]string{
		"fifo":      "fifo: must be a regular file, is a named pipe",
		"link":      "link: must be a regular file, is a named pipe",
		"socket":    "socket: must be a regular file, is a socket",
		"/dev/zero": "/dev/zero: must be a regular file, is a device",
	} {
		t.Run(path, func(t *testing.T) {
			opened := make(chan error, 1)
			go func() {
				_, err := Open(path)
				opened <- err
			}()
			select {
			case err := <-opened:
				if err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
			case <-time.After(5 * time.Second):
				t.Error("it waits")
			}
		})
	}
}
