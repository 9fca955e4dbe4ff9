package memory

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// limit returns the least of all limits on the memory of this process.
func limit() int64 { return min(addressSpace(), given()) }

// given returns what does not change while the process runs.
var given = sync.OnceValue(func() int64 { return limitBelow("/") })

// limitBelow returns the least of the machine's memory and the limits of the control groups that the process is in, of
// version 1 or 2, and unlimited if there is none. Root is the folder that has proc and sys.
func limitBelow(root string) int64 {
	least := machine(root)
	for line := range strings.Lines(text(root, "proc/self/cgroup")) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(fields) < 3 {
			continue
		}
		switch controllers := fields[1]; {
		case controllers == "":
			least = min(least, group(root, "sys/fs/cgroup", fields[2], "memory.max"))
		case strings.Contains(","+controllers+",", ",memory,"):
			least = min(least, group(root, "sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes"))
		}
	}
	return least
}

// addressSpace returns what the limit of the address space, which batch systems set, leaves: Go reserves a gigabyte of it
// at the start, so what is mapped counts.
func addressSpace() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil || limit.Cur > unlimited {
		return unlimited
	}
	pages, _, _ := strings.Cut(text("/", "proc/self/statm"), " ")
	mapped, err := strconv.ParseInt(pages, 10, 50)
	if err != nil {
		mapped = 0
	}
	return int64(limit.Cur) - mapped*int64(os.Getpagesize())
}

// machine returns MemTotal, which is in KiB.
func machine(root string) int64 {
	for line := range strings.Lines(text(root, "proc/meminfo")) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "MemTotal:" {
			continue
		}
		if kib, err := strconv.ParseInt(fields[1], 10, 53); err == nil && kib > 0 {
			return kib << 10
		}
	}
	return unlimited
}

// group returns the least limit of a control group and those that it is in. A container may see its own group as the top.
func group(root, top, path, file string) int64 {
	least := int64(unlimited)
	for at := filepath.Clean("/" + path); ; at = filepath.Dir(at) {
		value := strings.TrimSpace(text(root, filepath.Join(top, at, file)))
		if bytes, err := strconv.ParseInt(value, 10, 64); err == nil && bytes > 0 { // "max" is no number
			least = min(least, bytes)
		}
		if at == "/" {
			return least
		}
	}
}

// text returns a file's content, and nothing of one that cannot be read.
func text(root, path string) string {
	content, _ := os.ReadFile(filepath.Join(root, path))
	return string(content)
}
