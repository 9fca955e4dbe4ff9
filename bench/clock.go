package main

import (
	"runtime"
	"time"
)

var started = time.Now()

func wallSeconds() float64 { return time.Since(started).Seconds() }

// seconds is the clock of all measurements: the CPU time of the process if it has one thread, since other
// programs on the machine affect that the least, and wall time otherwise. peers.py does the same.
func seconds() float64 {
	if runtime.GOMAXPROCS(0) == 1 {
		return cpuSeconds()
	}
	return wallSeconds()
}

// elapsed returns the seconds that f takes.
func elapsed(f func()) float64 {
	start := seconds()
	f()
	return seconds() - start
}
