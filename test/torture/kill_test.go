//go:build !windows

package torture

import (
	"maps"
	"strings"
	"testing"

	"example.com/sonar/test/selfkill"
)

// Each program is killed at a step of its writing, over outputs that an earlier run has left. Then every file is the
// old or the new one, whole; the next program computes with all of the old ones, or all of the new ones, or says in a
// line what to run; and the program, run again, leaves what it leaves when nobody disturbs it.
func TestAProgramThatIsKilledAtAnyStepLosesNothing(t *testing.T) {
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t)
			for _, s := range stages {
				w.mustRun(s.name)
			}
			w.git("init", "-q")
			w.git("add", "-A", "-f", "params.yaml", "data", "experiments")
			w.git("commit", "-q", "-m", "old")
			w.edit("params.yaml", s.change)
			old := w.files(".")
			oldEnd, oldNext := w.runNext(s)
			w.restore(".", old)
			w.mustRun(s.name)
			new := w.files(".")
			if maps.Equal(old, new) {
				t.Fatal("the change changes nothing")
			}
			newEnd, newNext := w.runNext(s)

			stride := 7
			if *thorough {
				stride = 1
			}
			steps, refused := 0, 0
			for step := 1; ; step += stride {
				w := world{t, w.dir}
				w.restore(".", old)
				if !w.run(selfkill.At(step), s.name).killed {
					break
				}
				steps++
				w.wantOldOrNew(s, old, new)
				switch end, files := w.runNext(s); {
				case s.next == nil:
				case end == oldEnd && (end.status != 0 || maps.Equal(files, oldNext)), end == newEnd && (end.status != 0 || maps.Equal(files, newNext)):
				case end.saysWhatToRun():
					refused++
				default:
					t.Errorf("%s then ends with status %d and prints\n%s%s", s.next, end.status, end.stdout, end.stderr)
				}
				w.mustRun(s.name)
				w.wantSame(w.ownFiles(s), own(s, new))
				if t.Failed() {
					t.Fatalf("after %s killed itself at step %d", s.name, step)
				}
			}
			t.Logf("killed at %d steps; after %d of them the next program says what to run", steps, refused)
			if steps*stride < 40 {
				t.Errorf("only %d steps", steps)
			}
		})
	}
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
	end := w.run("", s.next[0], s.next[1:]...)
	for _, other := range stages {
		if other.name == s.next[0] {
			return end, w.ownFiles(other)
		}
	}
	return end, nil
}

// wantOldOrNew checks that each of a stage's files is whole, temporary ones and checkpoints aside.
func (w world) wantOldOrNew(s stage, old, new map[string]string) {
	w.Helper()
	now := w.ownFiles(s)
	for name := range own(s, old) {
		if now[name] != old[name] && now[name] != new[name] {
			w.Errorf("%s is neither the old one nor the new one", name)
		}
		if s.vouches != "" && now[s.vouches] == new[s.vouches] && now[name] != new[name] {
			w.Errorf("%s is new, but %s is not", s.vouches, name)
		}
	}
}

// saysWhatToRun reports whether a program refused half of a set in one line, as compare does with status 2.
func (e ending) saysWhatToRun() bool {
	says := e.status == 1 && strings.Contains(e.stderr, "run prepare, or `dvc repro`") ||
		e.status == 2 && strings.HasSuffix(e.stderr, ": the files are of different runs; run `dvc repro`\n")
	return says && strings.Count(e.stderr, "\n") == 1
}
