//go:build linux && !arm

package atomicfile

import (
	"os"
	"syscall"
)

// startWriteback makes the kernel begin to write part of a file to the disk, so that a later Sync has less to wait
// for. It is a hint, which need not succeed.
func startWriteback(f *os.File, from, size int64) {
	const write = 2 // SYNC_FILE_RANGE_WRITE
	_ = syscall.SyncFileRange(int(f.Fd()), from, size, write)
}
