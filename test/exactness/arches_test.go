//go:build arches

package exactness

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// qemu names the emulators of Debian's qemu-user-static by GOARCH.
var qemu = map[string]string{
	"arm64":   "qemu-aarch64-static",
	"riscv64": "qemu-riscv64-static",
	"s390x":   "qemu-s390x-static", // big-endian
	"ppc64le": "qemu-ppc64le-static",
}

func TestOutputsAreThePinnedBytesOnOtherArchitectures(t *testing.T) {
	var variants []namedVariant
	for arch, emulator := range qemu {
		path, err := exec.LookPath(emulator)
		if err != nil {
			t.Fatalf("%v; on Debian: apt-get install qemu-user-static", err)
		}
		v := builtFor(arch)
		v.Under = []string{path}
		variants = append(variants, namedVariant{arch, v})
	}
	checkVariants(t, variants)
}

// TestShardsOfDifferentArchitecturesMerge: a run is known by what it computes, which is the same on all of them.
func TestShardsOfDifferentArchitecturesMerge(t *testing.T) {
	machines := []machine{{buildShardPrograms(t, Variant{}), Variant{}}}
	for arch, emulator := range qemu {
		path, err := exec.LookPath(emulator)
		if err != nil {
			t.Fatalf("%v; on Debian: apt-get install qemu-user-static", err)
		}
		v := builtFor(arch)
		v.Under = []string{path}
		machines = append(machines, machine{buildShardPrograms(t, v), v})
	}
	checkShards(t, machines)
}

func builtFor(arch string) Variant {
	return Variant{BuildEnv: []string{"GOARCH=" + arch, "CGO_ENABLED=0"}}
}

// fused matches the instructions of arm64, riscv64, s390x and ppc64le that round once where a product
// and a sum would round twice.
var fused = regexp.MustCompile(`\b(FN?M(ADD|SUB)[SD]?|W?FMA(DD)?B?|W?FMSB?|F(N?)M(ADD|SUB)S?)\b`)

// instruction matches a line of objdump: file, line, address, code, text.
var instruction = regexp.MustCompile(`^\s*(\S+\.go):(\d+)\s+0x\S+\s+\S+\s+(.*)$`)

// A compiler may fuse x*y + z even if the source does not ask for it. It must not have done so anywhere
// in the project: every fused instruction comes from a line with math.FMA.
func TestNoProductIsFusedUnasked(t *testing.T) {
	for arch := range qemu {
		t.Run(arch, func(t *testing.T) {
			programs := builtFor(arch).programs(t)
			asked := 0
			for _, stage := range Stages {
				asked += checkFused(t, filepath.Join(programs, stage))
			}
			if asked == 0 {
				t.Error("no fused instruction was found, not even those that math.FMA asks for")
			}
		})
	}
}

// checkFused returns the number of fused instructions that the source asks for.
func checkFused(t *testing.T, program string) (asked int) {
	t.Helper()
	out, err := exec.Command("go", "tool", "objdump", "-s", "example.com/sonar|^main\\.", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	sources := sourceLines(t)
	for line := range bytes.Lines(out) {
		m := instruction.FindSubmatch(bytes.TrimSpace(line))
		if m == nil || !fused.Match(m[3]) {
			continue
		}
		at := fmt.Sprintf("%s:%s", m[1], m[2])
		source, ours := sources[at]
		switch {
		case !ours: // inlined from the standard library, or assembly
		case strings.Contains(source, "math.FMA"):
			asked++
		default:
			t.Errorf("%s is fused: %s", at, strings.TrimSpace(source))
		}
	}
	return asked
}

// sourceLines returns the lines of the project's files by "file.go:line" as objdump names them.
func sourceLines(t *testing.T) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for _, files := range sourceFiles(t) {
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				lines[fmt.Sprintf("%s:%d", filepath.Base(path), i+1)] += line
			}
		}
	}
	return lines
}
