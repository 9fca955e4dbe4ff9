//go:build pipeline && !windows

package torture

import (
	"fmt"
	"io"
	"runtime"
	"sync"
)

// table is what was tried, by its kind.
var table struct {
	sync.Mutex
	kinds []*score
}

// A score is how often something was tried, and how often something was lost by it.
type score struct {
	kind        string
	tried, lost int
	skipped     string // why it was not tried
}

// kind returns the score of a kind; the table is locked.
func scoreOf(kind string) *score {
	for _, s := range table.kinds {
		if s.kind == kind {
			return s
		}
	}
	s := &score{kind: kind}
	table.kinds = append(table.kinds, s)
	return s
}

// try counts a disturbance of a kind. If what check finds fails the test, something was lost.
func (w world) try(kind string, check func()) {
	w.Helper()
	before := w.Failed()
	defer func() {
		table.Lock()
		defer table.Unlock()
		s := scoreOf(kind)
		s.tried++
		if !before && w.Failed() {
			s.lost++
		}
	}()
	check()
}

// cannotTry skips a test, and says so in the table.
func (w world) cannotTry(kind, why string) {
	w.Helper()
	table.Lock()
	scoreOf(kind).skipped = why
	table.Unlock()
	w.Skipf("NOT TRIED: %s: %s", kind, why)
}

func printTable(w io.Writer) {
	fmt.Fprintf(w, "\n| What was done (%s/%s, %d processors) | Times | Lost |\n| --- | --- | --- |\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	tried, lost := 0, 0
	for _, s := range table.kinds {
		if s.skipped != "" && s.tried == 0 {
			fmt.Fprintf(w, "| %s | not tried: %s | |\n", s.kind, s.skipped)
			continue
		}
		fmt.Fprintf(w, "| %s | %d | %d |\n", s.kind, s.tried, s.lost)
		tried, lost = tried+s.tried, lost+s.lost
	}
	fmt.Fprintf(w, "| In all | %d | %d |\n", tried, lost)
}
