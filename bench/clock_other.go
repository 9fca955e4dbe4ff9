//go:build !linux

package main

import (
	"math"
	"os"
)

func cpuSeconds() float64 { return wallSeconds() }

func peakBytes(*os.ProcessState) float64 { return math.NaN() }
