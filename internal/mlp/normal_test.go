package mlp

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"example.com/sonar/internal/random"
)

// The reference is correctly rounded; the published bound on the relative error is about 1e-16
// before the rounding of the evaluation itself.
func TestQuantileMatchesHighPrecision(t *testing.T) {
	var facts struct {
		Quantiles []struct{ P, X float64 }
	}
	text, err := os.ReadFile("testdata/normal.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &facts); err != nil {
		t.Fatal(err)
	}
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

// The first four moments, each within five standard deviations of its estimate.
func TestNormalsAreNormal(t *testing.T) {
	const rows, units = 1000, 100
	const n = rows * units
	var moments [4]float64
	dst := make([]float64, units)
	for row := range uint32(rows) {
		drawNormals(dst, random.Stream{Seed: 1, Purpose: random.Noise}, 0, row)
		for _, x := range dst {
			for k := range moments {
				moments[k] += math.Pow(x, float64(k+1)) / n
			}
		}
	}
	for k, want := range []struct{ moment, variance float64 }{{0, 1}, {1, 2}, {0, 15}, {3, 96}} {
		if got, tolerance := moments[k], 5*math.Sqrt(want.variance/n); !(math.Abs(got-want.moment) <= tolerance) {
			t.Errorf("moment %d is %v, want %v within %v", k+1, got, want.moment, tolerance)
		}
	}
}

func drawNormals(dst []float64, s random.Stream, epoch, row uint32) {
	s.Uniforms(dst, epoch, row, 0)
	normals(dst)
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
		drawNormals(dst, random.Stream{Seed: 1, Purpose: random.Noise}, 1, 2)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/60, "ns/number")
}

// The hash was made on amd64 and holds on every machine.
func TestNormalsHaveTheSameBitsEverywhere(t *testing.T) {
	dst := make([]float64, 1000)
	hash := sha256.New()
	for row := range uint32(10) {
		drawNormals(dst, random.Stream{Seed: 42, Purpose: random.Noise}, 3, row)
		binary.Write(hash, binary.LittleEndian, dst)
	}
	const want = "b6570648461e86741be4a0ed69185a03c4fdc8447068c5ec50ee78de3b0e42e0"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("got the hash %s, want %s", got, want)
	}
}
