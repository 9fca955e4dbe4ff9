//go:build cluster

// Package cluster runs cluster/ for real: slurm.sh on a Slurm of three nodes, which are on this machine, and validates
// job.yaml against the schema of Kubernetes' API. `make test-cluster` runs lab.sh, which installs Slurm, and then the tests.
package cluster

import (
	"bytes"
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
	root   string // the work tree under test
	commit string // a repository with the work tree in one commit
	lab    *slurm
)

func TestMain(m *testing.M) {
	status, err := prepareAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
	os.Exit(status)
}

func prepareAndRun(m *testing.M) (status int, err error) {
	if os.Getuid() != 0 {
		return 0, errors.New("this needs root: each node of the cluster is a PID namespace")
	}
	temp, err := os.MkdirTemp("", "sonar-cluster-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if root, err = filepath.Abs("../.."); err != nil {
		return 0, err
	}
	venv, err := filepath.EvalSymlinks(filepath.Join(root, ".venv/bin"))
	if err != nil {
		return 0, fmt.Errorf("no .venv; `make test-cluster` makes it: %w", err)
	}
	for name, value := range map[string]string{
		"PATH":               venv + string(os.PathListSeparator) + os.Getenv("PATH"),
		"DVC_SITE_CACHE_DIR": filepath.Join(temp, "site"),
		"GIT_CONFIG_GLOBAL":  filepath.Join(temp, "gitconfig"),
	} {
		os.Setenv(name, value)
	}
	err = os.WriteFile(filepath.Join(temp, "gitconfig"), []byte("[user]\nname = Tester\nemail = tester@example.com\n"), 0o644)
	if err != nil {
		return 0, err
	}
	commit = filepath.Join(temp, "commit")
	if err := commitWorkTree(commit); err != nil {
		return 0, err
	}
	lab, err = startSlurm(filepath.Join(temp, "slurm"))
	if lab != nil {
		defer lab.stop()
	}
	if err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// commitWorkTree makes a repository at dir with the files of the work tree that git does not ignore.
func commitWorkTree(dir string) error {
	const script = `git init -q -b main "$1" &&
		git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - | tar -x -C "$1" &&
		cd "$1" && git add -A && git commit -q -m 'the work tree'`
	_, err := command(root, "sh", "-c", script, "sh", dir)
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

// A clone is a clone of commit that has the raw data.
type clone struct {
	testing.TB
	dir string
}

func newClone(t testing.TB) clone {
	t.Helper()
	c := clone{t, filepath.Join(t.TempDir(), "sonar")}
	if _, err := command(root, "git", "clone", "-q", commit, c.dir); err != nil {
		t.Fatal(err)
	}
	c.run("dvc", "remote", "modify", "--local", "origin", "url", c.path(".dvc/store"))
	c.run("dvc", "pull", "-q", "data/sonar.all-data.dvc")
	return c
}

func (c clone) path(name string) string { return filepath.Join(c.dir, name) }

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

func (c clone) read(name string) string {
	c.Helper()
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		c.Fatal(err)
	}
	return string(data)
}

func (c clone) write(name, text string, mode fs.FileMode) {
	c.Helper()
	if err := os.MkdirAll(filepath.Dir(c.path(name)), 0o755); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(c.path(name), []byte(text), mode); err != nil {
		c.Fatal(err)
	}
}

// set replaces the one line of a file that matches pattern.
func (c clone) set(name, pattern, line string) {
	c.Helper()
	text, lines := c.read(name), regexp.MustCompile(`(?m)^`+pattern+`$`)
	if n := len(lines.FindAllString(text, -1)); n != 1 {
		c.Fatalf("%s has %d lines that match %q", name, n, pattern)
	}
	info, err := os.Stat(c.path(name))
	if err != nil {
		c.Fatal(err)
	}
	c.write(name, lines.ReplaceAllLiteralString(text, line), info.Mode())
}

// param sets a key of params.yaml whose name no other section has.
func (c clone) param(key, value string) {
	c.Helper()
	c.set("params.yaml", "  "+key+": .*", "  "+key+": "+value)
}

// wantSame fails the test unless two folders have the same files with the same bytes.
func (c clone) wantSame(got, want string) {
	c.Helper()
	files := 0
	err := filepath.WalkDir(c.path(want), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		files++
		name := strings.TrimPrefix(path, c.path(want))
		wanted, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if found, err := os.ReadFile(c.path(got) + name); err != nil || !bytes.Equal(found, wanted) {
			c.Errorf("%s%s is not what one machine writes: %v", got, name, err)
		}
		return nil
	})
	if err != nil || files == 0 {
		c.Errorf("%s has %d files: %v", want, files, err)
	}
}
