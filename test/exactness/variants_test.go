//go:build pipeline

package exactness

import (
	"runtime"
	"testing"

	"golang.org/x/sys/cpu"
)

func TestOutputsAreThePinnedBytesHoweverTheyAreMade(t *testing.T) {
	variants := []variant{
		{name: "one thread", env: []string{"GOMAXPROCS=1"}},
		{name: "two threads", env: []string{"GOMAXPROCS=2"}},
		{name: "seven threads", env: []string{"GOMAXPROCS=7"}},
		{name: "frequent garbage collection", env: []string{"GOGC=5"}},
		{name: "kernel generic", env: []string{"SONAR_KERNEL=generic"}},
		{name: "without assembly", build: []string{"-tags", "noasm"}},
		{name: "race detector", build: []string{"-race"}},
	}
	checkVariants(t, append(variants, ofThisArchitecture()...))
}

// ofThisArchitecture asks for every kernel by name, but for AVX-512 only where the CPU has it: not all
// that run the tests have.
func ofThisArchitecture() []variant {
	switch runtime.GOARCH {
	case "arm64":
		return []variant{{name: "kernel neon", env: []string{"SONAR_KERNEL=neon"}}}
	case "amd64":
		variants := []variant{
			{name: "kernel avx2", env: []string{"SONAR_KERNEL=avx2"}},
			{name: "no AVX-512", env: []string{"GODEBUG=cpu.avx512f=off"}},
			{name: "no AVX", env: []string{"GODEBUG=cpu.avx=off,cpu.avx2=off,cpu.fma=off"}},
			{name: "GOAMD64=v1", buildEnv: []string{"GOAMD64=v1"}},
			{name: "GOAMD64=v3", buildEnv: []string{"GOAMD64=v3"}},
		}
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			variants = append(variants, variant{name: "kernel avx512", env: []string{"SONAR_KERNEL=avx512"}})
		}
		return variants
	}
	return nil
}
