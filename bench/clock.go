package main

import (
	"runtime"
	"time"
)

var started = time.Now()

func wallSeconds() float64 { return time.Since(started).Seconds() }

// seconds is the clock of all measurements: the CPU time of the process where it has one thread, as other
// programs on the machine lengthen that the least, and else the time on the wall. peers.py does the same.
func seconds() float64 {
	if runtime.GOMAXPROCS(0) == 1 {
		return cpuSeconds()
	}
	return wallSeconds()
}

// elapsed is how long f takes.
func elapsed(f func()) float64 {
	start := seconds()
	f()
	return seconds() - start
}
