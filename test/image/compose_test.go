//go:build image

package image

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A project is a copy of the work tree in which nothing has run yet, with a Compose project of its own.
type project struct {
	*testing.T
	dir string
	env []string
}

func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{T: t, dir: filepath.Join(t.TempDir(), "sonar")}
	if err := copyWorkTree(p.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(p.path("experiments")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(p.path("experiments"), 0o755); err != nil {
		t.Fatal(err)
	}
	name := strings.ToLower(regexp.MustCompile(`\W+`).ReplaceAllString(t.Name(), "-"))
	p.set("COMPOSE_PROJECT_NAME", name)
	p.set("SONAR_IMAGE", tagOf(runtime.GOARCH))
	p.set("SONAR_USER", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()))
	t.Cleanup(func() { p.run(compose, "--profile", "unit-tests", "down") })
	return p
}

func (p *project) path(name string) string { return filepath.Join(p.dir, name) }

func (p *project) set(name, value string) { p.env = append(p.env, name+"="+value) }

// try runs a command and returns its exit status and everything it printed. In about one run of twenty Compose
// 2.40.3 crashes, when podman reports that a container has ended and then does not find it (pkg/compose/monitor.go
// reads the state of an inspection that failed). That says nothing about this project, so the command runs again.
func (p *project) try(args ...string) (status int, said string) {
	p.Helper()
	for range 3 {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = p.dir, append(os.Environ(), p.env...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			p.Fatalf("%s: %v", strings.Join(args, " "), err)
		}
		status, said = cmd.ProcessState.ExitCode(), string(out)
		if !strings.Contains(said, "compose.(*monitor).Start") {
			break
		}
		p.Log("Compose crashed:\n" + said)
	}
	return status, said
}

func (p *project) run(args ...string) string {
	p.Helper()
	status, said := p.try(args...)
	if status != 0 {
		p.Fatalf("%s: status %d\n%s", strings.Join(args, " "), status, said)
	}
	return said
}

// up is `make up` without the build.
func (p *project) up() (status int, said string) {
	p.Helper()
	return p.try(compose, "up", "--no-build", "--abort-on-container-failure")
}

// edit replaces old, which must occur once in a file.
func (p *project) edit(name, old, new string) {
	p.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		p.Fatal(err)
	}
	if n := strings.Count(string(data), old); n != 1 {
		p.Fatalf("%s has %q %d times", name, old, n)
	}
	if err := os.WriteFile(p.path(name), []byte(strings.Replace(string(data), old, new, 1)), 0o644); err != nil {
		p.Fatal(err)
	}
}

func (p *project) exists(name string) bool {
	_, err := os.Stat(p.path(name))
	return err == nil
}

// written returns the contents of all files in data and experiments except the logs.
func (p *project) written() map[string]string {
	p.Helper()
	files := map[string]string{}
	for _, folder := range []string{"data", "experiments"} {
		err := filepath.WalkDir(p.path(folder), func(path string, d fs.DirEntry, err error) error {
			if d != nil && d.Name() == "logs" {
				return filepath.SkipDir
			}
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			files[strings.TrimPrefix(path, p.dir+"/")] = string(data)
			return err
		})
		if err != nil {
			p.Fatal(err)
		}
	}
	return files
}

// afterRepro returns a project in which the real DVC has run the same stages.
func afterRepro(t *testing.T) *project {
	t.Helper()
	p := newProject(t)
	p.run("git", "init", "-q")
	p.run(filepath.Join(root, ".venv/bin/dvc"), "repro", "--force", "evaluate")
	return p
}

func TestComposeWritesTheBytesOfDVCRepro(t *testing.T) {
	want := afterRepro(t).written()
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			emulate(t, platform)
			p := newProject(t)
			p.set("SONAR_IMAGE", tagOf(platform))
			status, said := p.up()
			if status != 0 {
				t.Fatalf("status %d\n%s", status, said)
			}
			t.Log(said)
			got := p.written()
			for name, data := range want {
				if got[name] != data {
					t.Errorf("%s is not what dvc repro writes", name)
				}
			}
			for name := range got {
				if _, ok := want[name]; !ok {
					t.Errorf("%s is not written by dvc repro", name)
				}
			}
		})
	}
}

// The command of docs/using-the-model.md, for the image under test, with podman in place of docker.
func TestTheImagePredicts(t *testing.T) {
	p := afterRepro(t)
	page, err := os.ReadFile(filepath.Join(root, "docs/using-the-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)^docker( run .*) localhost/sonar:dev (predict .*)$`).FindStringSubmatch(string(page))
	if shown == nil {
		t.Fatal("the page does not show how to run predict in the image")
	}
	got := p.run("sh", "-c", "podman"+shown[1]+" "+tagOf(runtime.GOARCH)+" "+shown[2])
	header, rows, _ := strings.Cut(got, "\n")
	if header != "row,prediction,probability_R,probability_M" {
		t.Errorf("the header is %q", header)
	}
	want := strings.Split(strings.TrimSpace(p.written()["experiments/evaluation/predictions.csv"]), "\n")[1:]
	lines := strings.Split(strings.TrimSpace(rows), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d predictions, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		row, answer, _ := strings.Cut(line, ",")
		if evaluated := strings.SplitN(want[i], ",", 3); row != evaluated[0] || answer != evaluated[2] { // after the label
			t.Errorf("%q, evaluate has %q", line, want[i])
		}
	}
}

// emulate makes the kernel run a foreign platform's programs under qemu for the duration of a test.
func emulate(t *testing.T, platform string) {
	t.Helper()
	if platform == runtime.GOARCH {
		return
	}
	const folder = "/proc/sys/fs/binfmt_misc"
	handler := map[string]string{"arm64": "qemu-aarch64", "amd64": "qemu-x86_64"}[platform]
	if _, err := os.Stat(folder + "/register"); err != nil {
		run(t, "/", "mount", "-t", "binfmt_misc", "binfmt_misc", folder)
		t.Cleanup(func() { run(t, "/", "umount", folder) })
	}
	if _, err := os.Stat(filepath.Join(folder, handler)); err != nil {
		run(t, "/", "update-binfmts", "--enable", handler)
		t.Cleanup(func() { run(t, "/", "update-binfmts", "--disable", handler) })
	}
}

func TestAFailingStageStopsTheRest(t *testing.T) {
	const (
		split = "data/X_train.csv"
		model = "experiments/model.safetensors"
		score = "experiments/evaluation/metrics.json"
	)
	for _, c := range []struct {
		stage   string
		spoil   func(p *project)
		says    string
		made    []string
		notMade []string
	}{
		{"prepare", func(p *project) { p.edit("params.yaml", "test_size: 0.25", "test_size: 2") },
			"params.yaml:", nil, []string{split, model, score}},
		{"train", func(p *project) { p.edit("params.yaml", "learning_rate: 0.01", "learning_rate: -1") },
			"params.yaml:", []string{split}, []string{model, score}},
		{"evaluate", func(p *project) { p.failFunctionalCase() },
			"functional", []string{split, model}, nil},
	} {
		t.Run(c.stage, func(t *testing.T) {
			p := newProject(t)
			c.spoil(p)
			status, said := p.up()
			if status != 1 {
				t.Errorf("status %d, want 1", status)
			}
			if line := regexp.MustCompile(c.stage + `-1 +\| ` + c.stage + `: .*`).FindString(said); !strings.Contains(line, c.says) {
				t.Errorf("%s does not say why in a line with %q:\n%s", c.stage, c.says, said)
			}
			for _, name := range c.made {
				if !p.exists(name) {
					t.Errorf("%s is missing", name)
				}
			}
			for _, name := range c.notMade {
				if p.exists(name) {
					t.Errorf("%s was written", name)
				}
			}
		})
	}
}

// failFunctionalCase adds a copy of a case with the wrong label.
func (p *project) failFunctionalCase() {
	p.Helper()
	cases, err := filepath.Glob(p.path("cases/*.json"))
	if err != nil || len(cases) == 0 {
		p.Fatalf("cases/ has no case: %v", err)
	}
	text, err := os.ReadFile(cases[0])
	if err != nil {
		p.Fatal(err)
	}
	var functional struct {
		X [][]float64 `json:"X"`
		Y []string    `json:"y"`
	}
	if err := json.Unmarshal(text, &functional); err != nil {
		p.Fatal(err)
	}
	for i, label := range functional.Y {
		functional.Y[i] = map[string]string{"R": "M", "M": "R"}[label]
	}
	text, err = json.Marshal(functional)
	if err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(p.path("cases/wrong.json"), text, 0o644); err != nil {
		p.Fatal(err)
	}
}

func TestAForeignFolderGetsOneLineThatMendsIt(t *testing.T) {
	const stranger = 4321
	p := newProject(t)
	for _, folder := range []string{"data", "experiments"} {
		run(t, p.dir, "chown", "-R", fmt.Sprintf("%d:%d", stranger, stranger), folder)
	}
	p.set("SONAR_USER", "65532:65532")
	status, said := p.up()
	lines := regexp.MustCompile(`(?m)^.*-1 +\| .*$`).FindAllString(said, -1)
	remedy := fmt.Sprintf("SONAR_USER=%d:%d", stranger, stranger)
	if status == 0 || len(lines) != 1 || !strings.Contains(lines[0], remedy) {
		t.Errorf("status %d, want one line with %s:\n%s", status, remedy, said)
	}
	t.Log(strings.Join(lines, "\n"))
	name, value, _ := strings.Cut(remedy, "=")
	p.set(name, value)
	if status, said := p.up(); status != 0 {
		t.Fatalf("%s does not help:\n%s", remedy, said)
	}
	info, err := os.Stat(p.path("experiments/model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t).Uid; owner != stranger {
		t.Errorf("the model belongs to user %d", owner)
	}
}

func TestContainersAreConfined(t *testing.T) {
	p := newProject(t)
	if status, said := p.up(); status != 0 {
		t.Fatalf("status %d\n%s", status, said)
	}
	ids := strings.Fields(p.run(compose, "ps", "--all", "--quiet"))
	if len(ids) != 3 {
		t.Fatalf("%d containers", len(ids))
	}
	var containers []struct {
		Name          string
		EffectiveCaps []string
		BoundingCaps  []string
		HostConfig    struct {
			ReadonlyRootfs bool
			NetworkMode    string
			SecurityOpt    []string
			Privileged     bool
		}
		Mounts []struct {
			Destination string
			RW          bool
		}
	}
	out := run(t, p.dir, append([]string{"podman", "inspect"}, ids...)...)
	if err := json.Unmarshal([]byte(out), &containers); err != nil {
		t.Fatal(err)
	}
	writable := map[string]bool{"/sonar/data": true, "/sonar/experiments": true}
	for _, c := range containers {
		h := c.HostConfig
		if !h.ReadonlyRootfs || h.Privileged || h.NetworkMode != "none" || len(c.EffectiveCaps)+len(c.BoundingCaps) > 0 ||
			!strings.Contains(strings.Join(h.SecurityOpt, " "), "no-new-privileges") {
			t.Errorf("%+v", c)
		}
		for _, m := range c.Mounts {
			if m.RW != writable[m.Destination] {
				t.Errorf("%s: %s writable: %t", c.Name, m.Destination, m.RW)
			}
		}
	}
}

// `make up` as a newcomer types it, with the build, prints what README.md shows. A second Compose file names the
// platform, which podman's builder, unlike Docker's, does not know.
func TestMakeUpBuildsAndRuns(t *testing.T) {
	p := newProject(t)
	p.withBuildPlatform("prepare", "train", "evaluate")
	p.set("SONAR_IMAGE", "localhost/sonar-test:made")
	said := p.run("make", "-o", "data/sonar.all-data", "COMPOSE="+compose, "up")
	for _, line := range readmeOutput(p) {
		if !strings.Contains(said, line) {
			t.Errorf("make up does not say %q, as README.md does:\n%s", line, said)
		}
	}
}

// readmeOutput returns the lines of the output of `make up` that README.md shows.
func readmeOutput(p *project) []string {
	p.Helper()
	text, err := os.ReadFile(p.path("README.md"))
	if err != nil {
		p.Fatal(err)
	}
	block := regexp.MustCompile("(?s)<!-- output: make up -->\n```\n(.*?)\n```").FindSubmatch(text)
	if block == nil {
		p.Fatal("README.md does not show make up")
	}
	return strings.Split(string(block[1]), "\n")
}

func TestUnitTestsPassInTheBuilder(t *testing.T) {
	p := newProject(t)
	p.withBuildPlatform("unit-tests")
	p.set("SONAR_TEST_IMAGE", "localhost/sonar-test:build")
	said := p.run(compose, "run", "--rm", "--build", "-T", "unit-tests")
	total := regexp.MustCompile(`(?m)^total:.*$`).FindString(said)
	if !strings.HasSuffix(total, "%") || strings.Contains(said, "FAIL") {
		t.Errorf("the unit tests said:\n%s", said)
	}
	t.Log(total)
}

func (p *project) withBuildPlatform(services ...string) {
	p.Helper()
	text := "services:\n"
	for _, service := range services {
		text += fmt.Sprintf("  %s: {build: {args: {BUILDPLATFORM: linux/%s}}}\n", service, runtime.GOARCH)
	}
	if err := os.WriteFile(p.path("platform.yaml"), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
	p.set("COMPOSE_FILE", "compose.yaml:platform.yaml")
}
