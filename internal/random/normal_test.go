package random

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

// The reference is correctly rounded; the published bound on the relative error is about 1e-16
// before the rounding of the evaluation itself.
func TestQuantileMatchesHighPrecision(t *testing.T) {
	var facts struct {
		Quantiles []struct{ P, X float64 }
	}
	reference(t, "normal.json", &facts)
	if len(facts.Quantiles) == 0 {
		t.Fatal("no quantiles")
	}
	const tolerance = 1e-15
	for _, want := range facts.Quantiles {
		if got := quantile(want.P); !(math.Abs(got-want.X) <= tolerance*math.Abs(want.X)) {
			t.Errorf("quantile(%v) = %v, want %v: off by %.2g of it", want.P, got, want.X, (got-want.X)/want.X)
		}
	}
}

// Mean, variance, skewness and kurtosis, each within five standard deviations of its estimate.
func TestNormalsAreNormal(t *testing.T) {
	const rows, units = 1000, 100
	const n = rows * units
	var moments [5]float64
	dst := make([]float64, units)
	for row := range uint32(rows) {
		Stream{Seed: 1, Purpose: Noise}.Normals(dst, 0, row, 0)
		for _, x := range dst {
			for k := range moments {
				moments[k] += math.Pow(x, float64(k)) / n
			}
		}
	}
	within(t, "mean", moments[1], 0, 5/math.Sqrt(n))
	within(t, "variance", moments[2], 1, 5*math.Sqrt(2.0/n))
	within(t, "third moment", moments[3], 0, 5*math.Sqrt(15.0/n))
	within(t, "fourth moment", moments[4], 3, 5*math.Sqrt(96.0/n))
}

func TestNormalsAreFiniteAtTheEndsOfTheRange(t *testing.T) {
	smallest, largest := quantile(0x1p-53), quantile(1-0x1p-53)
	if smallest != -largest || math.IsInf(largest, 0) || largest < 8 || largest > 9 {
		t.Errorf("the ends are %v and %v", smallest, largest)
	}
	if middle := quantile(0.5); middle != 0 {
		t.Errorf("quantile(0.5) = %v", middle)
	}
}

func BenchmarkNormals(b *testing.B) {
	dst := make([]float64, 60)
	for b.Loop() {
		Stream{Seed: 1, Purpose: Noise}.Normals(dst, 1, 2, 0)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/60, "ns/number")
}

// The hash was made on amd64 and holds on every machine.
func TestStreamsHaveTheSameBitsEverywhere(t *testing.T) {
	uniforms, normals := make([]float64, 1000), make([]float64, 1000)
	hash := sha256.New()
	for row := range uint32(10) {
		Stream{Seed: 42, Purpose: Dropout}.Uniforms(uniforms, 3, row, 1)
		Stream{Seed: 42, Purpose: Noise}.Normals(normals, 3, row, 0)
		binary.Write(hash, binary.LittleEndian, append(uniforms, normals...))
	}
	const want = "c5c7085665c05a6867e644c01c946c6279126cff49a1891665c9ee2fce9334b8"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("got the hash %s, want %s", got, want)
	}
}
