//go:build unix

package regularfile

import (
	"os"
	"syscall"
)

func openWithoutWaiting(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
