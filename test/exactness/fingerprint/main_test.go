//go:build pipeline

package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/exact"
	"example.com/sonar/test/exactness"
)

// An altered pin is what another machine's bytes look like from here.
func TestAnAlteredPinIsReportedAsDifferent(t *testing.T) {
	const root, model = "../../..", "experiments/model.safetensors"
	recipes := map[string]exactness.Recipe{"binary": exactness.Recipes["binary"]}
	for _, c := range []struct {
		name string
		edit func(pins map[string]string)
		want string // the lines of files that are not the same, sorted
	}{
		{"as pinned", func(map[string]string) {}, ""},
		{"altered", func(pins map[string]string) {
			pins[model], pins["data/more.csv"] = strings.Repeat("0", 64), ""
			delete(pins, "data/X_test.csv")
		}, "  different   " + model + "\n  missing     data/more.csv\n  not pinned  data/X_test.csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pinned, err := exactness.ReadPinned(root)
			if err != nil {
				t.Fatal(err)
			}
			c.edit(pinned["binary"])
			var out bytes.Buffer
			same, err := fingerprint(root, recipes, pinned, &out)
			if err != nil {
				t.Fatal(err)
			}
			found := regexp.MustCompile(`(?m)^  (different|not pinned|missing) .*$`).FindAllString(out.String(), -1)
			slices.Sort(found)
			if got := strings.Join(found, "\n"); got != c.want || same != (c.want == "") {
				t.Errorf("same is %t, and it reports\n%s\nwant\n%s\nof\n%s", same, got, c.want, &out)
			}
			for _, line := range []string{"\ngo       go1.", "\ncpu      ", "\nkernel   " + exact.Kernel() + ", of ", "\nthreads  GOMAXPROCS="} {
				if !strings.Contains(out.String(), line) {
					t.Errorf("no line begins with %q:\n%s", line, &out)
				}
			}
		})
	}
}

func TestTheCPUIsNamedOnEveryArchitecture(t *testing.T) {
	for name, c := range map[string]struct{ cpuinfo, want string }{
		"amd64":   {"processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 9B45\nmodel name\t: another\n", "AMD EPYC 9B45"},
		"arm64":   {"processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n", "implementer 0x41, part 0xd4f"},
		"ppc64le": {"processor\t: 0\ncpu\t\t: POWER10, altivec supported\n", "POWER10, altivec supported"},
		"riscv64": {"processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdc\nuarch\t\t: sifive,u74-mc\n", "sifive,u74-mc"},
		"s390x":   {"vendor_id       : IBM/S390\nprocessor 0: version = FF,  machine = 3931\n", "version = FF,  machine = 3931"},
		"nothing": {"", "unknown model"},
	} {
		if got := cpuModelOf(c.cpuinfo); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
