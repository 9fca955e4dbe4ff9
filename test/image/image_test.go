//go:build image

// Package image builds the image and runs it and compose.yaml for real, with buildah, podman and Docker Compose.
// `make test-image` runs lab.sh, which sets up what that needs, and then the tests.
package image

import (
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// What TestMain prepares once for all tests.
var (
	root    string // the work tree under test
	goImage string // the builder
	compose string // Docker Compose
	layout  string // an OCI layout of both platforms' images, built twice: first and second
)

var platforms = []string{"amd64", "arm64"}

// tagOf returns the name of a platform's image in podman's storage.
func tagOf(platform string) string { return "localhost/sonar-test:" + platform }

func TestMain(m *testing.M) {
	status, err := prepareAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	os.Exit(status)
}

func prepareAndRun(m *testing.M) (status int, err error) {
	temp, err := os.MkdirTemp("", "sonar-image-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if root, err = filepath.Abs("../.."); err != nil {
		return 0, err
	}
	stop, err := enterLab(temp)
	if err != nil {
		return 0, err
	}
	defer stop()
	layout = filepath.Join(temp, "layout")
	for _, name := range []string{"first", "second"} {
		if err := build(filepath.Join(temp, name), name); err != nil {
			return 0, err
		}
	}
	for _, platform := range platforms {
		if _, err := command(temp, "skopeo", "copy", "-q", "--override-arch", platform,
			"oci:"+layout+":first", "containers-storage:"+tagOf(platform)); err != nil {
			return 0, err
		}
	}
	return m.Run(), nil
}

// enterLab points the environment of every command to what lab.sh made, and starts podman's service, which
// Docker Compose talks to.
func enterLab(temp string) (stop func(), err error) {
	lab := os.Getenv("SONAR_LAB")
	if lab == "" {
		lab = filepath.Join(root, ".lab")
	}
	if goImage = os.Getenv("GO_IMAGE"); goImage == "" {
		goImage = "localhost/sonar-go:lab"
	}
	compose = filepath.Join(lab, "docker-compose")
	socket := "unix://" + filepath.Join(temp, "podman.sock")
	for name, value := range map[string]string{
		"CONTAINERS_CONF":         filepath.Join(lab, "containers.conf"),
		"CONTAINERS_STORAGE_CONF": filepath.Join(lab, "storage.conf"),
		"DOCKER_CONFIG":           filepath.Join(lab, "docker"),
		"DOCKER_HOST":             socket,
		"DOCKER_BUILDKIT":         "0", // podman's service has none
		"GO_IMAGE":                goImage,
	} {
		os.Setenv(name, value)
	}
	if _, err := command(temp, "buildah", "inspect", "--type", "image", goImage); err != nil {
		return nil, fmt.Errorf("no builder image; `make test-image` makes it: %w", err)
	}
	service := exec.Command("podman", "system", "service", "--time=0", socket)
	if err := service.Start(); err != nil {
		return nil, err
	}
	return func() {
		service.Process.Kill()
		service.Wait()
	}, nil
}

// build builds both platforms' images from a copy of the work tree at dir and adds them to the layout, one after the
// other: buildah would build them at the same time and list them in the order in which they finish.
func build(dir, name string) error {
	if err := copyWorkTree(dir); err != nil {
		return err
	}
	list := "localhost/sonar-test:" + name
	command(dir, "buildah", "manifest", "rm", list) // what an earlier run left behind
	for _, platform := range platforms {
		if _, err := command(dir, "buildah", "bud", "--pull-never", "--isolation", "chroot", "--timestamp", "0",
			"--platform", "linux/"+platform, "--build-arg", "BUILDPLATFORM=linux/"+runtime.GOARCH,
			"--build-arg", "GO_IMAGE="+goImage, "--manifest", list, "."); err != nil {
			return err
		}
	}
	_, err := command(dir, "buildah", "manifest", "push", "-q", "--all", list, "oci:"+layout+":"+name)
	return err
}

// copyWorkTree copies the files of the work tree that git does not ignore, and the raw data.
func copyWorkTree(dir string) error {
	names, err := command(root, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(names+"data/sonar.all-data", "\x00") {
		source := filepath.Join(root, name)
		info, err := os.Stat(source)
		if errors.Is(err, fs.ErrNotExist) && name != "data/sonar.all-data" {
			continue // deleted, but the deletion is not committed
		}
		if err != nil {
			return err
		}
		data, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
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

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := command(dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTwoBuildsGiveTheSameDigest(t *testing.T) {
	first := run(t, layout, "skopeo", "inspect", "--raw", "oci:"+layout+":first")
	second := run(t, layout, "skopeo", "inspect", "--raw", "oci:"+layout+":second")
	if first != second {
		t.Errorf("the first build's index is\n%s\nthe second's\n%s", first, second)
	}
	var index struct {
		Manifests []struct {
			Digest   string
			Platform struct{ OS, Architecture string }
		}
	}
	if err := json.Unmarshal([]byte(first), &index); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range index.Manifests {
		t.Logf("%s/%s %s", m.Platform.OS, m.Platform.Architecture, m.Digest)
		got = append(got, m.Platform.OS+"/"+m.Platform.Architecture)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("the index has %v", got)
	}
}

func TestImageHoldsStaticProgramsAndNothingElse(t *testing.T) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	programs, err := os.ReadDir(filepath.Join(root, "cmd"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"LICENSE", "THIRD_PARTY_NOTICES"}
	for _, program := range programs {
		want = append(want, "usr/local/bin/"+program.Name())
	}
	slices.Sort(want)
	for _, platform := range platforms {
		t.Run(platform, func(t *testing.T) {
			files, size := unpack(t, platform)
			var got []string
			for name, path := range files {
				got = append(got, name)
				if strings.HasPrefix(name, "usr/") {
					checkStatic(t, path, machines[platform])
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("the image contains %v, want %v", got, want)
			}
			t.Logf("%.1f MB", float64(size)/1e6)
			if size > 40e6 {
				t.Errorf("the image is larger than 40 MB")
			}
		})
	}
}

// unpack writes the files of a platform's image to a folder and returns their paths there and their total size.
func unpack(t *testing.T, platform string) (files map[string]string, size int64) {
	t.Helper()
	dir := t.TempDir()
	container := strings.TrimSpace(run(t, dir, "buildah", "from", "--pull-never", "--arch", platform, tagOf(platform)))
	defer run(t, dir, "buildah", "rm", container)
	mounted := strings.TrimSpace(run(t, dir, "buildah", "mount", container))
	files = map[string]string{}
	if err := os.CopyFS(dir, os.DirFS(mounted)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files[strings.TrimPrefix(path, dir+"/")] = path
		size += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, size
}

func checkStatic(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	program, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if program.Machine != machine {
		t.Errorf("%s is for %v", path, program.Machine)
	}
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Errorf("%s is not static", path)
		}
	}
}

func TestImageRunsAsNobodyAndSaysWhatItIs(t *testing.T) {
	for _, platform := range platforms {
		var image struct {
			Architecture string
			Created      time.Time
			Config       struct {
				User   string
				Env    []string
				Labels map[string]string
			}
		}
		out := run(t, layout, "skopeo", "inspect", "--config", "--override-arch", platform, "oci:"+layout+":first")
		if err := json.Unmarshal([]byte(out), &image); err != nil {
			t.Fatal(err)
		}
		if image.Architecture != platform || image.Config.User != "65532:65532" {
			t.Errorf("%s: architecture %q, user %q", platform, image.Architecture, image.Config.User)
		}
		for _, env := range image.Config.Env {
			if !strings.HasPrefix(env, "PATH=") {
				t.Errorf("%s: environment %q", platform, env)
			}
		}
		for _, label := range []string{"title", "description", "licenses"} {
			if image.Config.Labels["org.opencontainers.image."+label] == "" {
				t.Errorf("%s: no label %s", platform, label)
			}
		}
	}
}
