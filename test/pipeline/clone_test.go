//go:build pipeline

// Package pipeline tests the pipeline as people use it: with the real DVC and git, in temporary clones of the
// work tree, uncommitted changes included. `make pipeline` makes the .venv that the tests need and runs them.
package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What TestMain prepares once for all tests.
var (
	root     string // the work tree under test
	upstream string // a repository whose branch main has the work tree in one commit
	pulled   string // a clone of upstream that is set up and has every file that DVC keeps
)

func TestMain(m *testing.M) {
	status, err := prepareAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pipeline:", err)
		os.Exit(1)
	}
	os.Exit(status)
}

func prepareAndRun(m *testing.M) (status int, err error) {
	temp, err := os.MkdirTemp("", "sonar-pipeline-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if root, err = filepath.Abs("../.."); err != nil {
		return 0, err
	}
	if err := becomeNewcomer(temp); err != nil {
		return 0, err
	}
	upstream, pulled = filepath.Join(temp, "upstream"), filepath.Join(temp, "pulled")
	if err := commitWorkTree(upstream); err != nil {
		return 0, err
	}
	if _, err := command(temp, "git", "clone", "-q", upstream, pulled); err != nil {
		return 0, err
	}
	if err := setRemote(pulled, filepath.Join(pulled, ".dvc/store")); err != nil {
		return 0, err
	}
	if _, err := command(pulled, "dvc", "pull"); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// becomeNewcomer sets the environment of every command: a home directory with only git's user in it, .venv
// activated, Go's caches as they were.
func becomeNewcomer(temp string) error {
	venv := filepath.Join(root, ".venv/bin")
	if _, err := os.Stat(filepath.Join(venv, "dvc")); err != nil {
		return fmt.Errorf("no DVC in .venv; `make setup` installs it: %w", err)
	}
	goNames := []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOENV"}
	values, err := command(root, append([]string{"go", "env"}, goNames...)...)
	if err != nil {
		return err
	}
	for i, value := range strings.Split(strings.TrimSpace(values), "\n") {
		os.Setenv(goNames[i], value)
	}
	home := filepath.Join(temp, "home")
	gitConfig := filepath.Join(home, ".gitconfig")
	os.Setenv("HOME", home)
	os.Setenv("PATH", venv+string(os.PathListSeparator)+os.Getenv("PATH"))
	os.Setenv("DVC_SITE_CACHE_DIR", filepath.Join(temp, "site"))
	os.Setenv("GIT_CONFIG_GLOBAL", gitConfig)
	os.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	return os.WriteFile(gitConfig, []byte("[user]\nname = Newcomer\nemail = newcomer@example.com\n"), 0o644)
}

// commitWorkTree makes a repository at dir with the files of the work tree that git does not ignore.
func commitWorkTree(dir string) error {
	if _, err := command(root, "git", "init", "-q", "-b", "main", dir); err != nil {
		return err
	}
	names, err := command(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(names, "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, but the deletion is not committed
		}
		if err != nil {
			return err
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	if _, err := command(dir, "git", "add", "-A"); err != nil {
		return err
	}
	_, err = command(dir, "git", "commit", "-q", "-m", "the work tree")
	return err
}

// setRemote points the DVC remote of the clone at dir to a folder, as `make setup` does.
func setRemote(dir, folder string) error {
	_, err := command(dir, "dvc", "remote", "modify", "--local", "origin", "url", folder)
	return err
}

// command runs a command in dir and returns its standard output; the error has everything it printed.
func command(dir string, args ...string) (string, error) {
	var stdout, stderr strings.Builder
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

// makeHere returns a make command that uses the existing .venv; -o keeps make from updating it, however new a
// clone's lock files look.
func makeHere(args ...string) []string {
	venv := filepath.Join(root, ".venv")
	return append([]string{"make", "-o", filepath.Join(venv, "installed"), "VENV=" + venv}, args...)
}

// A clone is a clone of upstream for one test or benchmark.
type clone struct {
	testing.TB
	dir string
}

// freshClone returns the result of `git clone`, with the remote set up but nothing pulled.
func freshClone(t testing.TB) clone {
	t.Helper()
	c := clone{t, filepath.Join(t.TempDir(), "sonar")}
	if _, err := command(root, "git", "clone", "-q", upstream, c.dir); err != nil {
		t.Fatal(err)
	}
	c.useRemote(filepath.Join(c.dir, ".dvc/store"))
	return c
}

// pulledClone returns a fresh clone after `dvc pull`. It is a copy of one, which is faster.
func pulledClone(t testing.TB) clone {
	t.Helper()
	c := clone{t, filepath.Join(t.TempDir(), "sonar")}
	if err := os.CopyFS(c.dir, os.DirFS(pulled)); err != nil {
		t.Fatal(err)
	}
	c.useRemote(filepath.Join(c.dir, ".dvc/store"))
	return c
}

func (c clone) useRemote(folder string) {
	c.Helper()
	if err := setRemote(c.dir, folder); err != nil {
		c.Fatal(err)
	}
}

// run runs a command that must succeed and returns its standard output.
func (c clone) run(args ...string) string {
	c.Helper()
	out, err := command(c.dir, args...)
	if err != nil {
		c.Fatal(err)
	}
	return out
}

// fails runs a command that must fail and returns everything it printed.
func (c clone) fails(args ...string) string {
	c.Helper()
	out, err := command(c.dir, args...)
	if err == nil {
		c.Fatalf("%s succeeded:\n%s", strings.Join(args, " "), out)
	}
	return err.Error()
}

func (c clone) path(name string) string { return filepath.Join(c.dir, name) }

func (c clone) read(name string) string {
	c.Helper()
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		c.Fatal(err)
	}
	return string(data)
}

func (c clone) write(name, text string) {
	c.Helper()
	if err := os.WriteFile(c.path(name), []byte(text), 0o644); err != nil {
		c.Fatal(err)
	}
}

// edit replaces old, which must occur once in a file.
func (c clone) edit(name, old, new string) {
	c.Helper()
	text := c.read(name)
	if n := strings.Count(text, old); n != 1 {
		c.Fatalf("%s has %q %d times", name, old, n)
	}
	c.write(name, strings.Replace(text, old, new, 1))
}

// repro runs `dvc repro` and returns the names of the stages that it ran, in its order.
func (c clone) repro(flags ...string) []string {
	c.Helper()
	out := c.run(append([]string{"dvc", "repro"}, flags...)...)
	var stages []string
	for _, match := range regexp.MustCompile(`(?m)^Running stage '(.*)':$`).FindAllStringSubmatch(out, -1) {
		stages = append(stages, match[1])
	}
	return stages
}

// wantClean fails the test unless DVC and git see no change in the clone.
func (c clone) wantClean() {
	c.Helper()
	if out := c.run("dvc", "status", "dvc.yaml"); !strings.Contains(out, "up to date") {
		c.Errorf("dvc status:\n%s", out)
	}
	if out := c.run("git", "status", "--porcelain"); out != "" {
		c.Errorf("git status:\n%s%.3000s", out, c.run("git", "diff"))
	}
}
