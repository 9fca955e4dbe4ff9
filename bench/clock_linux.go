package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// cpuSeconds returns the CPU time of this process.
func cpuSeconds() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return float64(t.Nano()) / 1e9
}

// peakBytes returns the most memory that a process had.
func peakBytes(p *os.ProcessState) float64 {
	return 1024 * float64(p.SysUsage().(*syscall.Rusage).Maxrss)
}
