//go:build pipeline

package exactness

import (
	"runtime"
	"testing"

	"golang.org/x/sys/cpu"
)

func TestOutputsAreThePinnedBytesHoweverTheyAreMade(t *testing.T) {
	variants := []namedVariant{
		{"one thread", Variant{Env: []string{"GOMAXPROCS=1"}}},
		{"two threads", Variant{Env: []string{"GOMAXPROCS=2"}}},
		{"seven threads", Variant{Env: []string{"GOMAXPROCS=7"}}},
		{"frequent garbage collection", Variant{Env: []string{"GOGC=5"}}},
		{"kernel generic", Variant{Env: []string{"SONAR_KERNEL=generic"}}},
		{"without assembly", Variant{Build: []string{"-tags", "noasm"}}},
		{"race detector", Variant{Build: []string{"-race"}}},
	}
	checkVariants(t, append(variants, ofThisArchitecture()...))
}

// ofThisArchitecture returns a variant for every kernel by name, but AVX-512 only if the CPU has it: not
// every machine that runs the tests does.
func ofThisArchitecture() []namedVariant {
	switch runtime.GOARCH {
	case "arm64":
		return []namedVariant{{"kernel neon", Variant{Env: []string{"SONAR_KERNEL=neon"}}}}
	case "amd64":
		variants := []namedVariant{
			{"kernel avx2", Variant{Env: []string{"SONAR_KERNEL=avx2"}}},
			{"no AVX-512", Variant{Env: []string{"GODEBUG=cpu.avx512f=off"}}},
			{"no AVX", Variant{Env: []string{"GODEBUG=cpu.avx=off,cpu.avx2=off,cpu.fma=off"}}},
			{"GOAMD64=v1", Variant{BuildEnv: []string{"GOAMD64=v1"}}},
			{"GOAMD64=v3", Variant{BuildEnv: []string{"GOAMD64=v3"}}},
		}
		if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
			variants = append(variants, namedVariant{"kernel avx512", Variant{Env: []string{"SONAR_KERNEL=avx512"}}})
		}
		return variants
	}
	return nil
}
