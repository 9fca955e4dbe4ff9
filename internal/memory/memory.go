// Package memory knows how much memory a program may still take.
package memory

import "runtime"

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
