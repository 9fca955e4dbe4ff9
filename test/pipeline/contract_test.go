//go:build pipeline

package pipeline

import (
	"crypto/md5"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// isCode reports whether a dependency is read by the Go compiler, not by the program.
func isCode(dep string) bool {
	return dep == "go.mod" || dep == "go.sum" || strings.HasPrefix(dep, "cmd/") || strings.HasPrefix(dep, "internal/")
}

func TestEveryStageRunsTheProgramOfItsName(t *testing.T) {
	t.Parallel()
	for name, stage := range readStages(t) {
		if want := "go run ./cmd/" + name; stage.Cmd != want {
			t.Errorf("stage %s runs %q, want %q", name, stage.Cmd, want)
		}
	}
}

// TestCodeDepsAreWhatGoLists compares the deps of each stage with the module's packages in its program.
func TestCodeDepsAreWhatGoLists(t *testing.T) {
	t.Parallel()
	for name, stage := range readStages(t) {
		want := codeOf(t, name)
		got := slices.Clone(stage.Deps)
		got = slices.DeleteFunc(got, func(dep string) bool { return !isCode(dep) })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("stage %s depends on\n%q\ngo list -deps says\n%q", name, got, want)
		}
	}
}

// codeOf returns what a program is built from, sorted: the module's packages in it, and go.mod and go.sum.
func codeOf(t *testing.T, name string) []string {
	t.Helper()
	const format = `{{with .Module}}{{if .Main}}{{$.ImportPath}}{{end}}{{end}}`
	module, err := command(pulled, "go", "list", "-m")
	if err != nil {
		t.Fatal(err)
	}
	out, err := command(pulled, "go", "list", "-deps", "-f", format, "./cmd/"+name)
	if err != nil {
		t.Fatal(err)
	}
	code := []string{"go.mod", "go.sum"}
	for _, path := range strings.Fields(out) {
		code = append(code, strings.TrimPrefix(path, strings.TrimSpace(module)+"/"))
	}
	slices.Sort(code)
	return code
}

// TestACodeDepIsItsPackageAlone checks that no other file in a package's folder, or below it, makes a stage
// stale: what is not compiled belongs in .dvcignore.
func TestACodeDepIsItsPackageAlone(t *testing.T) {
	t.Parallel()
	const format = `{{len .GoFiles}} {{len .IgnoredGoFiles}} {{len .SFiles}} {{len .IgnoredOtherFiles}} {{len .HFiles}} {{len .EmbedFiles}}`
	for name, locked := range readLock(t) {
		for _, dep := range locked.Deps {
			if dep.NFiles == 0 || !isCode(dep.Path) {
				continue
			}
			out, err := command(pulled, "go", "list", "-f", format, "./"+dep.Path)
			if err != nil {
				t.Fatal(err)
			}
			compiled := 0
			for _, n := range strings.Fields(out) {
				count, err := strconv.Atoi(n)
				if err != nil {
					t.Fatal(err)
				}
				compiled += count
			}
			if dep.NFiles != compiled {
				t.Errorf("stage %s: DVC counts %d files in %s, Go compiles %d", name, dep.NFiles, dep.Path, compiled)
			}
		}
	}
}

// TestProgramsReadOnlyWhatTheirStagesDeclare runs each program in a folder with only the files and the sections
// of params.yaml that its stage declares: it succeeds and writes the stage's outputs. Without any one of these it
// fails.
func TestProgramsReadOnlyWhatTheirStagesDeclare(t *testing.T) {
	t.Parallel()
	for name, stage := range readStages(t) {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), name)
			if _, err := command(pulled, "go", "build", "-o", program, "./cmd/"+name); err != nil {
				t.Fatal(err)
			}
			dir := declaredWorld(t, stage, "")
			if _, err := command(dir, program); err != nil {
				t.Fatalf("with everything that the stage declares: %v", err)
			}
			wantOutputs(t, dir, stage)
			for _, missing := range slices.Concat(stage.Params, dataDeps(stage)) {
				if _, err := command(declaredWorld(t, stage, missing), program); err == nil {
					t.Errorf("without %s, which the stage declares, it succeeds", missing)
				}
			}
		})
	}
}

func dataDeps(s stage) []string {
	return slices.DeleteFunc(slices.Clone(s.Deps), isCode)
}

// declaredWorld returns a new folder with the data and the params sections that a stage declares, except one.
func declaredWorld(t *testing.T, s stage, missing string) string {
	t.Helper()
	dir := t.TempDir()
	var params map[string]any
	readYAML(t, "params.yaml", &params)
	for section := range params {
		if section == missing || !slices.Contains(s.Params, section) {
			delete(params, section)
		}
	}
	text, err := yaml.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "params.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dep := range dataDeps(s) {
		if dep == missing {
			continue
		}
		if err := copyAll(filepath.Join(pulled, dep), filepath.Join(dir, dep)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// copyAll copies a file or a folder.
func copyAll(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// wantOutputs fails the test unless the files in dir are the stage's inputs and outputs, logs aside.
func wantOutputs(t *testing.T, dir string, s stage) {
	t.Helper()
	unseen := map[string]bool{}
	for _, out := range s.all() {
		unseen[out.path] = true
	}
	known := append(dataDeps(s), "params.yaml", "experiments/logs")
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || slices.ContainsFunc(known, func(folder string) bool { return isUnder(name, folder) }) {
			return err
		}
		declared := false
		for _, out := range s.all() {
			if isUnder(name, out.path) {
				delete(unseen, out.path)
				declared = true
			}
		}
		if !declared {
			t.Errorf("it writes %s, which the stage does not declare", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for out := range unseen {
		t.Errorf("it does not write %s, which the stage declares", out)
	}
}

// isUnder reports whether name is path or in the folder path.
func isUnder(name, path string) bool {
	return name == path || strings.HasPrefix(name, path+"/")
}

// TestOutputsArePersistent checks the settings that keep the old outputs when a stage fails.
func TestOutputsArePersistent(t *testing.T) {
	t.Parallel()
	for name, stage := range readStages(t) {
		for _, out := range stage.all() {
			if !out.persist {
				t.Errorf("stage %s: %s has no persist: true", name, out.path)
			}
		}
	}
}

// TestAnOutputIsInGitOrInDVC checks that git ignores what DVC keeps, and keeps what DVC does not.
func TestAnOutputIsInGitOrInDVC(t *testing.T) {
	t.Parallel()
	for name, stage := range readStages(t) {
		for _, out := range stage.all() {
			_, err := command(pulled, "git", "check-ignore", "-q", out.path)
			if ignored := err == nil; ignored != out.cache {
				t.Errorf("stage %s: %s has cache: %t, ignored by git: %t", name, out.path, out.cache, ignored)
			}
		}
	}
}

// TestStoreHasEveryLockedOutput checks that the DVC remote in the repository is complete and intact.
func TestStoreHasEveryLockedOutput(t *testing.T) {
	t.Parallel()
	var raw struct{ Outs []lockedPath }
	readYAML(t, "data/sonar.all-data.dvc", &raw)
	kept := raw.Outs
	for name, locked := range readLock(t) {
		stage := readStages(t)[name]
		for _, out := range locked.Outs {
			if slices.ContainsFunc(stage.all(), func(o output) bool { return o.path == out.Path && o.cache }) {
				kept = append(kept, out)
			}
		}
	}
	if len(kept) < 7 {
		t.Errorf("DVC keeps only %d files: %v", len(kept), kept)
	}
	for _, out := range kept {
		data, err := os.ReadFile(filepath.Join(pulled, ".dvc/store/files/md5", out.MD5[:2], out.MD5[2:]))
		if err != nil {
			t.Errorf("%s: %v; run `dvc push`, and `git add .dvc/store`", out.Path, err)
			continue
		}
		if got := fmt.Sprintf("%x", md5.Sum(data)); got != out.MD5 {
			t.Errorf("%s: the store's object has md5 %s, want %s", out.Path, got, out.MD5)
		}
	}
}
