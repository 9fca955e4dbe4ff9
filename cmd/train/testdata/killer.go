package atomicfile

import (
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

// This file is compiled into the program by TestATrainingThatKillsItselfEndsTheSame alone. There it
// stands between Outputs and its files, and counts the steps of their writing. The process kills
// itself at the step whose number is in the environment.
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

// killer has a step before and after each call, and one in the middle of a write.
type killer struct{ pendingFile }

func newPendingFile(path string) (pendingFile, error) {
	step()
	defer step()
	f, err := newRealPendingFile(path)
	return killer{f}, err
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

func (k killer) CloseAtomicallyReplace() error {
	step()
	defer step()
	return k.pendingFile.CloseAtomicallyReplace()
}

func syncFolder(path string) error {
	step()
	defer step()
	return syncRealFolder(path)
}
