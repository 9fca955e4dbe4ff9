//go:build unix

// Package tools holds the tests of the scripts in this folder.
package tools

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A workspace is a folder with a script in tools/ and whatever programs the test puts there for it to call.
type workspace struct {
	*testing.T
	dir, script string
}

func newWorkspace(t *testing.T, script string) workspace {
	t.Helper()
	w := workspace{t, t.TempDir(), script}
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	w.put("tools/"+script, string(text), 0o666)
	return w
}

func (w workspace) path(name string) string { return filepath.Join(w.dir, name) }

func (w workspace) put(name, text string, mode os.FileMode) {
	w.Helper()
	if err := os.MkdirAll(filepath.Dir(w.path(name)), 0o777); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(w.path(name), []byte(text), mode); err != nil {
		w.Fatal(err)
	}
}

func (w workspace) get(name string) string {
	w.Helper()
	text, err := os.ReadFile(w.path(name))
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

// run runs the script elsewhere than in the workspace, and returns its exit status and all that it printed.
func (w workspace) run(args ...string) (status int, said string) {
	w.Helper()
	cmd := exec.Command("sh", append([]string{w.path("tools/" + w.script)}, args...)...)
	cmd.Env = append(os.Environ(), "VENV=.venv")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestTheGateOpensForTheRightLabelAlone(t *testing.T) {
	const regression, baseline = "accept-regression", "accept-new-baseline"
	for _, c := range []struct {
		name    string
		compare string // its exit status
		labels  string
		status  int
	}{
		{"no regression", "0", "", 0},
		{"a regression", "1", "[]", 1},
		{"no labels at all", "1", "", 1},
		{"a regression that is meant to be", "1", `["bug", "` + regression + `"]`, 0},
		{"the other label", "1", `["` + baseline + `"]`, 1},
		{"nothing to compare with", "2", "[]", 2},
		{"a new baseline", "2", `["` + baseline + `"]`, 0},
		{"the other label again", "2", `["` + regression + `"]`, 2},
		{"a label that ends in it", "2", `["a\"` + baseline + `"]`, 2},
		{"a label that contains it", "2", `["do not ` + baseline + `", "` + baseline + ` later"]`, 2},
		{"a label with another in quotes", "2", `["\"` + baseline + `\""]`, 2},
		{"in other letters", "2", `["\u0061ccept-new-baseline"]`, 0},
		{"in capitals", "2", `["Accept-New-Baseline"]`, 2},
		{"a list in a list", "2", `[["` + baseline + `"]]`, 2},
		{"a text", "2", `"` + baseline + `"`, 2},
		{"an object", "2", `{"` + baseline + `": 1}`, 2},
		{"no JSON", "2", baseline, 2},
		{"a revision that cannot be read", "3", `["` + baseline + `", "` + regression + `"]`, 3},
		{"a broken program", "4", `["` + baseline + `", "` + regression + `"]`, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkspace(t, "gate.sh")
			w.put("bin/compare", "#!/bin/sh\necho \"$@\" >asked\nexit "+c.compare+"\n", 0o777)
			status, said := w.run("-h", c.labels)
			if status != c.status {
				t.Errorf("status %d, want %d: %s", status, c.status, said)
			}
			if asked := w.get("asked"); asked != "-- -h\n" {
				t.Errorf("compare is called with %q", asked)
			}
			if strings.Contains(said, "Traceback") {
				t.Error(said)
			}
		})
	}
}

// fakeDVC keeps what it is told in config.local, and refuses an endpoint for anything but S3, as DVC does.
const fakeDVC = `#!/bin/sh
set -eu
[ "$1" != config ] || { echo /project/.dvc/store; exit; }
[ "$1" != --cd ] || { cd "$2"; shift 2; }
case "$2 $5" in
"remove "*) : >.dvc/config.local ;;
"modify endpointurl") grep -q s3:// .dvc/config.local || { echo 'ERROR: extra keys not allowed' >&2; exit 251; } ;;
esac
[ "$2" != modify ] || echo "$5 = $6" >>.dvc/config.local
`

func newRemoteWorkspace(t *testing.T) workspace {
	t.Helper()
	w := newWorkspace(t, "remote.sh")
	w.put(".venv/bin/dvc", strings.Replace(fakeDVC, "set -eu\n", "set -eu\nset -- \"$@\" '' '' ''\n", 1), 0o777)
	w.put("Makefile", ".venv/installed-%: ;\n", 0o666)
	w.put(".dvc/config", "", 0o666)
	w.put(".dvc/config.local", "url = s3://old/one\n", 0o644)
	return w
}

func TestARemoteIsChangedWholeOrNotAtAll(t *testing.T) {
	const old = "url = s3://old/one\n"
	for _, c := range []struct {
		name   string
		args   []string
		status int
		config string
	}{
		{"S3", []string{"s3://new/one"}, 0, "url = s3://new/one\n"},
		{"S3 with an endpoint", []string{"s3://new/one", "http://host"}, 0, "url = s3://new/one\nendpointurl = http://host\n"},
		{"Google Drive", []string{"gdrive://folder"}, 0, "url = gdrive://folder\ngdrive_use_service_account = true\n"},
		{"SSH as a user", []string{"ssh://me@host/path"}, 0, "url = ssh://me@host/path\n"},
		{"a folder", []string{"/srv/with space"}, 0, "url = /srv/with space\n"},
		{"the project's own", nil, 0, "url = /project/.dvc/store\n"},
		{"what DVC refuses", []string{"ssh://host/path", "http://user:secret@host"}, 251, old},
		{"another scheme", []string{"https://user:secret@host/path"}, 1, old},
		{"no URL", []string{"user:secret@host:path"}, 1, old},
		{"a relative path", []string{"secret/folder"}, 1, old},
		{"a password in it", []string{"ssh://user:secret@host/path"}, 1, old},
		{"a key in it", []string{"s3://key:secret@bucket"}, 1, old},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newRemoteWorkspace(t)
			status, said := w.run(c.args...)
			if status != c.status || strings.Contains(said, "secret") || (status != 0) != (said != "") {
				t.Errorf("status %d, want %d: %s", status, c.status, said)
			}
			if got := w.get(".dvc/config.local"); got != c.config {
				t.Errorf("config.local holds %q, want %q", got, c.config)
			}
			if info, err := os.Stat(w.path(".dvc/config.local")); err != nil || status == 0 && info.Mode() != 0o600 {
				t.Errorf("config.local is %v, %v", info.Mode(), err)
			}
			if left, err := os.ReadDir(w.path(".dvc/tmp")); err == nil && len(left) > 0 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

// A .venv that is a link may be shared: what it points to is not cleared because this clone's requirements are newer.
func TestSetupClearsNoFolderThroughALink(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	w := workspace{T: t, dir: t.TempDir()}
	w.put("Makefile", string(makefile), 0o666)
	w.put("requirements/build.txt", "", 0o666)
	w.put("requirements/dvc.txt", "", 0o666)
	w.put("shared/bin/dvc", "precious", 0o777)
	if err := os.Symlink("shared", w.path(".venv")); err != nil {
		t.Fatal(err)
	}
	python := w.path("python") // says yes, and would empty the folder as venv --clear does
	w.put("python", "#!/bin/sh\n[ \"$1\" != -m ] || rm -rf .venv/*\n", 0o777)
	cmd := exec.Command("make", "-C", w.dir, ".venv/installed", "PYTHON="+python)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), ".venv is a link") {
		t.Errorf("make ends with %v:\n%s", err, out)
	}
	if got := w.get("shared/bin/dvc"); got != "precious" {
		t.Errorf("the shared file holds %q", got)
	}
}
