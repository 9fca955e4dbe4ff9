//go:build pipeline && !windows

package torture

import (
	"sync"
	"testing"
)

// Programs that write to one folder at the same time wait for each other: all of them succeed, and leave what one
// alone leaves.
func TestProgramsThatWriteToOneFolderAtOnceAllSucceed(t *testing.T) {
	rounds, together := 1, 3
	if *thorough {
		rounds, together = 20, 6
	}
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			for _, s := range stages {
				w.mustRun(s)
			}
			want := w.files(".")
			for range rounds {
				ends := make([]ending, together)
				var group sync.WaitGroup
				for i := range ends {
					group.Go(func() { ends[i] = w.run("", program(t, s.name), s.args...) })
				}
				group.Wait()
				w.try("several of a program in one folder", func() {
					for _, end := range ends {
						if end.status != 0 {
							t.Errorf("status %d: %s", end.status, end.stderr)
						}
					}
					w.wantSame(w.files("."), want)
				})
			}
		})
	}
}
