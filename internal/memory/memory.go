// Package memory knows how much memory a program may still take.
package memory

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// unlimited is the limit where there is none.
const unlimited = 1<<63 - 1

// small is what a heap or a file may have, in bytes, without a thought about its memory.
const small = 16 << 20

// Left returns how many bytes the program may take besides its heap as it is: what the machine has, or its control group
// allows if that is less. It is 0 if that is not known, as on systems other than Linux, and 1 or more otherwise.
//
// What other programs take at the moment does not count, so that the same work is possible or not whenever it is tried.
func Left() int64 {
	most := limit()
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

// LimitGarbage says how much garbage may pile up beside a table from a file of so many bytes, before the table is read. Beside
// a large one it is a tenth of the heap. A small heap is not worth the time of a collection: it may grow to five times its
// size, so many short trainings on all cores take an eighth less time.
func LimitGarbage(file int64) {
	if file > small {
		debug.SetGCPercent(10)
		return
	}
	debug.SetGCPercent(400)
	afterCollection(func() (again bool) {
		if heap() > small {
			debug.SetGCPercent(100)
			return false
		}
		return true
	})
}

// afterCollection calls f soon after the next collection, and again after those that follow as long as it returns true.
func afterCollection(f func() (again bool)) {
	garbage := new([2]uintptr)
	runtime.AddCleanup(garbage, func(struct{}) {
		if f() {
			afterCollection(f)
		}
	}, struct{}{})
}
