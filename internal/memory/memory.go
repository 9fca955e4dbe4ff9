// Package memory knows how much memory a program may still take.
package memory

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// unlimited is the limit where there is none.
const unlimited = 1<<63 - 1

// small is what a heap may have, in bytes, without a thought about its memory.
const small = 16 << 20

// usable returns the limit on the memory of the program's data, without a sixteenth for the program itself, or unlimited.
func usable() int64 {
	most := limit()
	if most == unlimited {
		return unlimited
	}
	return most - most/16
}

// Left returns how many bytes the program may take besides its heap as it is: what the machine has, or its control group
// allows if that is less. It is 0 if that is not known, as on systems other than Linux, and 1 or more otherwise.
//
// What other programs take at the moment does not count, so that the same work is possible or not whenever it is tried.
func Left() int64 {
	most := usable()
	if most == unlimited {
		return 0
	}
	taken := heap()
	if taken > small {
		runtime.GC() // so that no garbage counts
		taken = heap()
	}
	return max(1, most-taken)
}

// heap returns the bytes of all objects, those included that are garbage already.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// LimitGarbage has garbage pile up to some megabytes beside a small heap, and to a tenth of a large one, and has it collected as
// often as it takes to stay below what the machine has, or its control group allows: a program calls it once, first of all. Go's
// own rule, as much as the heap, is too little for many short trainings, which would be collected all the time, and too much for
// a table that takes half of the memory.
func LimitGarbage() {
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), usable()))
	limitGarbage(0)
}

// limitGarbage changes the limit, in percent of the heap, if it is too much for the heap or far too little, now and after each
// collection; 0 is a limit that is not known.
func limitGarbage(percent int) {
	const garbage, least, most = 16 << 20, 10, 400
	if fit := int(min(most, max(least, 100*garbage/max(1, heap())))); fit < percent || fit > 2*percent {
		debug.SetGCPercent(fit)
		percent = fit
	}
	afterCollection(func() { limitGarbage(percent) })
}

// afterCollection calls f soon after the next collection.
func afterCollection(f func()) {
	garbage := new([2]uintptr)
	runtime.AddCleanup(garbage, func(f func()) { f() }, f)
}
