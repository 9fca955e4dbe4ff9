// Package memory knows how much memory a program may still take.
package memory

import (
	"runtime"
	"runtime/debug"
)

// unlimited is the limit where there is none.
const unlimited = 1<<63 - 1

// Left returns how many bytes the program may take besides its heap as it is: what the machine has, or its control group
// allows if that is less. It is 0 if that is not known, as on systems other than Linux, and 1 or more otherwise.
//
// What other programs take at the moment does not count, so that the same work is possible or not whenever it is tried.
func Left() int64 {
	most := limit()
	if most == unlimited {
		return 0
	}
	runtime.GC()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return max(1, most-int64(heap.HeapAlloc))
}

// LimitGarbage makes garbage pile up to a fifth of the heap only, if that is large already: a program calls it once its
// data are read. Collecting a small heap as often would take more time than it saves memory.
func LimitGarbage() {
	const large = 64 << 20
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	if heap.HeapAlloc > large {
		debug.SetGCPercent(20)
	}
}
