package atomicfile

import (
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

// This file takes the place of disk.go in the programs that package selfkill builds. It counts the steps of
// their writing, and the process kills itself at the step whose number is in the environment.
var (
	steps     atomic.Int64
	killAt, _ = strconv.ParseInt(os.Getenv("KILL_AT"), 10, 64)
)

func step() {
	if steps.Add(1) == killAt {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

type disk interface {
	create(path string) (pendingFile, error)
	syncFolder(path string) error
}

type pendingFile interface {
	io.Writer
	Sync() error
	Replace() error
	Discard()
}

func newDisk() disk { return killerDisk{} }

// A killer has a step before and after each call, and one in the middle of a write.
type (
	killerDisk struct{}
	killer     struct{ pendingFile }
)

func (killerDisk) create(path string) (pendingFile, error) {
	step()
	defer step()
	f, err := system{}.create(path)
	return killer{f}, err
}

func (killerDisk) syncFolder(path string) error {
	step()
	defer step()
	return system{}.syncFolder(path)
}

func (k killer) Write(p []byte) (int, error) {
	step()
	defer step()
	half := len(p) / 2
	n, err := k.pendingFile.Write(p[:half])
	if err != nil {
		return n, err
	}
	step()
	m, err := k.pendingFile.Write(p[half:])
	return n + m, err
}

func (k killer) Sync() error {
	step()
	defer step()
	return k.pendingFile.Sync()
}

func (k killer) Replace() error {
	step()
	defer step()
	return k.pendingFile.Replace()
}
