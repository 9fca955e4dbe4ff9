//go:build pipeline && !windows

package torture

import (
	"maps"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/sonar/test/selfkill"
)

// A change is a world whose stage has something new to write.
type change struct {
	world
	stage
	old, new map[string]string // all files, before the stage has run and after
}

// newChange makes a world in which every program has run, and changes what a stage reads.
func newChange(w world, s stage) change {
	w.Helper()
	w.finish()
	s.alter(w)
	c := change{world: w, stage: s, old: w.files(".")}
	w.mustRun(s)
	c.new = w.files(".")
	if maps.Equal(own(s, c.old), own(s, c.new)) {
		w.Fatal("the change changes nothing")
	}
	w.restore(".", c.old)
	return c
}

// wantNext runs the stage undisturbed after a disturbance, and compares what it leaves with what it must.
func (c change) wantNext() {
	c.Helper()
	c.mustRun(c.stage)
	c.wantSame(c.ownFiles(c.stage), own(c.stage, c.new))
}

// Each program is killed at a step of its writing, over outputs that an earlier run has left. Then every file is the
// old or the new one, whole; the next program computes with all of the old ones, or all of the new ones, or says in a
// line what to run; and the program, run again, leaves what it leaves when nobody disturbs it.
func TestAProgramThatIsKilledAtAnyStepLosesNothing(t *testing.T) {
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			c := newChange(newWorld(t), s)
			oldEnd, oldNext := c.runNext(s)
			c.restore(".", c.new)
			newEnd, newNext := c.runNext(s)
			stride := 17
			if *thorough {
				stride = 1
			}
			steps, refused := 0, 0
			for step := 1; ; step += stride {
				c.restore(".", c.old)
				if !c.run(selfkill.At(step), mortal(t, s.name), s.args...).killed {
					break
				}
				steps++
				c.try("SIGKILL at every step of writing", func() {
					c.wantOldOrNew(s, c.old, c.new)
					switch end, files := c.runNext(s); {
					case s.next == nil:
					case end == oldEnd && (end.status != 0 || maps.Equal(files, oldNext)), end == newEnd && (end.status != 0 || maps.Equal(files, newNext)):
					case end.saysWhatToRun():
						refused++
					default:
						t.Errorf("%s then ends with status %d and prints\n%s%s", s.next, end.status, end.stdout, end.stderr)
					}
					c.wantNext()
				})
				if t.Failed() {
					t.Fatalf("after %s killed itself at step %d", s.name, step)
				}
			}
			t.Logf("killed at %d steps; after %d of them the next program says what to run", steps, refused)
			if steps*stride < 10 {
				t.Errorf("only %d steps", steps)
			}
		})
	}
}

// As above, at moments that nobody has chosen, also while the programs start, read and compute.
func TestAProgramThatIsKilledAtARandomMomentLosesNothing(t *testing.T) {
	kills := 1
	if *thorough {
		kills = 125
	}
	for i, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			c := newChange(newWorld(t), s)
			began := time.Now()
			c.mustRun(s)
			took := time.Since(began)
			random := rand.New(rand.NewPCG(uint64(i), 1))
			killed := 0
			for tries := 0; killed < kills && tries < 20*kills; tries++ {
				c.restore(".", c.old)
				if !c.runFor(time.Duration(random.Float64() * float64(took))) {
					continue // it was done before
				}
				killed++
				c.try("SIGKILL at a random moment", func() {
					c.wantOldOrNew(s, c.old, c.new)
					c.wantNext()
				})
				if t.Failed() {
					t.Fatalf("after kill %d", killed)
				}
			}
			if killed < kills {
				t.Errorf("killed %d times only", killed)
			}
		})
	}
}

// runFor runs the stage and kills it after a time, unless it ends before.
func (c change) runFor(d time.Duration) (killed bool) {
	c.Helper()
	cmd := exec.Command(program(c.T, c.name), c.args...)
	cmd.Dir = c.dir
	if err := cmd.Start(); err != nil {
		c.Fatal(err)
	}
	timer := time.AfterFunc(d, func() { cmd.Process.Kill() })
	cmd.Wait()
	timer.Stop()
	return endingOf(cmd, "", "").killed
}

// own are those of the files that are a stage's: not what later stages make of them.
func own(s stage, files map[string]string) map[string]string {
	mine := map[string]string{}
	for name, text := range files {
		if !strings.HasPrefix(name, s.out+"/") {
			continue
		}
		later := false
		for _, other := range stages {
			later = later || other.out != s.out && strings.HasPrefix(other.out, s.out+"/") && strings.HasPrefix(name, other.out+"/")
		}
		if !later {
			mine[name] = text
		}
	}
	return mine
}

func (w world) ownFiles(s stage) map[string]string {
	w.Helper()
	return own(s, w.files(s.out))
}

// runNext runs the program that reads what the stage writes, if there is one, and returns its end and its files.
func (w world) runNext(s stage) (ending, map[string]string) {
	w.Helper()
	if s.next == nil {
		return ending{}, nil
	}
	end := w.run("", program(w.T, s.next[0]), s.next[1:]...)
	end.memory, end.time = 0, 0 // which are never the same
	for _, other := range stages {
		if other.name == s.next[0] {
			return end, w.ownFiles(other)
		}
	}
	return end, nil
}

// wantOldOrNew checks that each of a stage's files is whole, temporary ones and checkpoints aside. Results of a
// training that has not ended may be those that it was showing, if the old ones are kept for the next to put back.
func (w world) wantOldOrNew(s stage, old, new map[string]string) {
	w.Helper()
	now := w.ownFiles(s)
	for name := range own(s, old) {
		shown := keptAside(now, old[name])
		if now[name] != old[name] && now[name] != new[name] && !shown {
			w.Errorf("%s is neither the old one nor the new one", name)
		}
		if s.vouches != "" && now[s.vouches] == new[s.vouches] && now[name] != new[name] {
			w.Errorf("%s is new, but %s is not", s.vouches, name)
		}
	}
}

// keptAside reports whether a training has kept a text for the next one.
func keptAside(now map[string]string, text string) bool {
	for name, kept := range now {
		if strings.Contains(name, "/.before/") && kept == text {
			return true
		}
	}
	return false
}

// saysWhatToRun reports whether a program refused half of a set in one line, as compare does with status 2.
func (e ending) saysWhatToRun() bool {
	says := e.status == 1 && strings.Contains(e.stderr, "run prepare, or `dvc repro`") ||
		e.status == 2 && strings.HasSuffix(e.stderr, ": the files are of different runs; run `dvc repro`\n")
	return says && strings.Count(e.stderr, "\n") == 1
}
