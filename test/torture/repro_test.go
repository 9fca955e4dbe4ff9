//go:build pipeline && !windows

package torture

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A `dvc repro` is killed at random moments, and so is what it runs; the next one ends as if nothing had happened. The
// pipeline is the project's, with programs that are built.
func TestAReproThatIsKilledAtARandomMomentLosesNothing(t *testing.T) {
	if !*thorough {
		return // see make torture
	}
	const kind, kills = "SIGKILL of dvc repro", 20
	w := newWorld(t)
	venv, err := filepath.Abs(top + "/.venv/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(venv, "dvc")); err != nil {
		w.cannotTry(kind, "there is no DVC in .venv, which `make setup` installs")
	}
	t.Setenv("PATH", venv+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("DVC_SITE_CACHE_DIR", t.TempDir())
	w.write("dvc.yaml", builtPipeline(t))
	w.git("init", "-q")
	w.command("dvc", "init", "-q")
	w.command("dvc", "config", "core.analytics", "false")
	states := [2]string{"random_state: 42", "random_state: 43"} // which take turns
	var want [2]map[string]string
	w.repro()
	want[0] = w.files(".")
	w.git("add", "-f", "dvc.lock")
	w.git("commit", "-q", "-m", "old")
	edit("params.yaml", states[0], states[1])(w)
	began := time.Now()
	w.repro()
	took := time.Since(began)
	want[1] = w.files(".")
	random := rand.New(rand.NewPCG(3, 4))
	mends := map[string]int{}
	for now, killed := 1, 0; killed < kills; {
		edit("params.yaml", states[now], states[1-now])(w)
		now = 1 - now
		if !w.killGroup(time.Duration(random.Float64()*float64(took)), "dvc", "repro") {
			continue // it was done before
		}
		killed++
		w.try(kind, func() {
			if mend := w.repro(); mend != "" {
				mends[mend]++
			}
			w.wantSame(withoutDVCsOwn(w.files(".")), withoutDVCsOwn(want[now]))
		})
		if t.Failed() {
			t.Fatalf("after kill %d", killed)
		}
	}
	t.Logf("after %d kills DVC's own files had to be mended: %v", kills, mends)
}

// builtPipeline is dvc.yaml with the built programs instead of their sources.
func builtPipeline(t *testing.T) string {
	t.Helper()
	text := regexp.MustCompile(`(?m)^      - (cmd|internal)/.*\n|^      - go\.(mod|sum)\n`).ReplaceAllString(read(t, top+"/dvc.yaml"), "")
	program(t, "prepare") // builds all
	return strings.ReplaceAll(text, "go run ./cmd/", filepath.Join(binaries, "real")+string(filepath.Separator))
}

// repro runs `dvc repro`, which must succeed. DVC empties two files of its own before it writes to them. If it was killed in
// between, its next run says that one of them is invalid, and mend names what had to be done first: see docs/reliability.md.
func (w world) repro() (mend string) {
	w.Helper()
	end := w.run("", "dvc", "repro")
	switch said := end.stdout + end.stderr; {
	case end.status == 0:
		return ""
	case strings.Contains(said, "Unable to read RWLock-file '.dvc/tmp/rwlock'"):
		mend = "rm .dvc/tmp/rwlock"
		w.command("rm", ".dvc/tmp/rwlock")
	case strings.Contains(said, "dvc.lock' validation failed"), strings.Contains(said, "dvc.lock' is invalid"):
		mend = "git checkout dvc.lock"
		w.git("checkout", "-q", "dvc.lock")
	}
	if end = w.run("", "dvc", "repro"); mend == "" || end.status != 0 {
		w.Fatalf("dvc repro: status %d: %s%s", end.status, end.stdout, end.stderr)
	}
	return mend
}

func (w world) command(name string, args ...string) {
	w.Helper()
	if end := w.run("", name, args...); end.status != 0 {
		w.Fatalf("%s %q: status %d: %s%s", name, args, end.status, end.stdout, end.stderr)
	}
}

// killGroup runs a command and kills it after a time, with all that it has started.
func (w world) killGroup(d time.Duration, name string, args ...string) (killed bool) {
	w.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.dir, &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	timer := time.AfterFunc(d, func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	cmd.Wait()
	timer.Stop()
	return endingOf(cmd, "", "").killed
}

// withoutDVCsOwn leaves out what DVC keeps for itself.
func withoutDVCsOwn(files map[string]string) map[string]string {
	kept := map[string]string{}
	for name, text := range files {
		if !strings.HasPrefix(name, ".dvc/") {
			kept[name] = text
		}
	}
	return kept
}
