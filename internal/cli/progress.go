package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress returns a function to call with the work done so far, out of total: the sum, not what was added since
// the last call. On a terminal a long run then shows a bar; elsewhere nothing is shown. Both functions are
// for one goroutine at a time. Call stop, which removes the bar, before printing anything else.
func (c *Command) Progress(what string, total int) (update func(done int), stop func()) {
	if !c.terminal {
		return func(int) {}, func() {}
	}
	const patience = 300 * time.Millisecond // a bar that flashes by would only distract
	started := time.Now()
	var bar *progressbar.ProgressBar
	update = func(done int) {
		if bar == nil {
			if time.Since(started) < patience {
				return
			}
			bar = progressbar.NewOptions(total,
				progressbar.OptionSetWriter(c.Stderr),
				progressbar.OptionSetDescription(what),
				progressbar.OptionShowCount(),
				progressbar.OptionShowIts(),
				progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionClearOnFinish(),
			)
		}
		bar.Set(done)
	}
	stop = func() {
		if bar != nil {
			bar.Clear()
		}
	}
	return update, stop
}
