//go:build arches

package exactness

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The library that lays out the page's plots is compiled with whatever a compiler fuses: its coordinates are rounded
// so that this does not show.
func TestThePageIsTheSameBytesOnOtherArchitectures(t *testing.T) {
	work := t.TempDir()
	made := func(v Variant, name string) []byte {
		program, page := filepath.Join(work, name), filepath.Join(work, name+".html")
		build := exec.Command("go", "build", "-o", program, "../../tools/page")
		build.Env = append(os.Environ(), v.BuildEnv...)
		run := append(append([]string{}, v.Under...), program, "-log-level", "error", "-out", page)
		write := exec.Command(run[0], run[1:]...)
		write.Dir = "../.."
		for _, cmd := range []*exec.Cmd{build, write} {
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", cmd, err, said)
			}
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	want := made(Variant{}, "page")
	for arch, emulator := range qemu {
		path, err := exec.LookPath(emulator)
		if err != nil {
			t.Fatalf("%v; on Debian: apt-get install qemu-user-static", err)
		}
		v := builtFor(arch)
		v.Under = []string{path}
		if !bytes.Equal(made(v, arch), want) {
			t.Errorf("%s makes another page", arch)
		}
	}
}
