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

// LimitGarbage makes garbage pile up to a tenth of the heap only, if a file of so many bytes would fill a large one: a
// program calls it before it reads its data. Collecting a small heap as often takes more time than it saves memory.
func LimitGarbage(file int64) {
	if file > small {
		debug.SetGCPercent(10)
	}
}
