package random

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
)

func TestPhiloxMatchesRandom123(t *testing.T) {
	var facts struct {
		Vectors []struct {
			Counter, Words [4]uint32
			Key            [2]uint32
		}
	}
	reference(t, "philox.json", &facts)
	if len(facts.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range facts.Vectors {
		t.Run(fmt.Sprint(v.Counter, v.Key), func(t *testing.T) {
			var got [4]uint32
			got[0], got[1], got[2], got[3] = philox(v.Counter[0], v.Counter[1], v.Counter[2], v.Counter[3], v.Key[0], v.Key[1])
			if got != v.Words {
				t.Errorf("got %v, want %v", got, v.Words)
			}
		})
	}
}

// Mean 1/2, variance 1/12, and a chi-square of 100 equal bins, each within five standard deviations.
func TestUniformsAreUniform(t *testing.T) {
	const rows, units, bins = 1000, 100, 100
	const n = rows * units
	var sum, squares float64
	var count [bins]float64
	dst := make([]float64, units)
	for row := range uint32(rows) {
		Stream{Seed: 1, Purpose: Dropout}.Uniforms(dst, 3, row, 1)
		for _, u := range dst {
			if u < 0 || u >= 1 {
				t.Fatalf("%v is not in [0, 1)", u)
			}
			sum += u
			squares += (u - 0.5) * (u - 0.5)
			count[int(u*bins)]++
		}
	}
	var chi float64
	for _, c := range count {
		chi += (c - n/bins) * (c - n/bins) / (n / bins)
	}
	within(t, "mean", sum/n, 0.5, 5*math.Sqrt(1.0/12/n))
	within(t, "variance", squares/n, 1.0/12, 5*math.Sqrt(1.0/180/n))
	within(t, "chi-square", chi, bins-1, 5*math.Sqrt(2*(bins-1)))
}

func within(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %v", name, got, want, tolerance)
	}
}

// Streams that differ in one coordinate have no number in common and are uncorrelated.
func TestEveryCoordinateMakesItsOwnStream(t *testing.T) {
	const n = 10000
	base := make([]float64, n)
	other := make([]float64, n)
	Stream{Seed: 1, Purpose: Dropout}.Uniforms(base, 1, 1, 1)
	for _, c := range []struct {
		name              string
		stream            Stream
		epoch, row, layer uint32
	}{
		{"seed", Stream{2, Dropout}, 1, 1, 1},
		{"purpose", Stream{1, Noise}, 1, 1, 1},
		{"epoch", Stream{1, Dropout}, 2, 1, 1},
		{"row", Stream{1, Dropout}, 1, 2, 1},
		{"layer", Stream{1, Dropout}, 1, 1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.stream.Uniforms(other, c.epoch, c.row, c.layer)
			var covariance float64
			for i, u := range base {
				if u == other[i] {
					t.Fatalf("unit %d is %v in both", i, u)
				}
				covariance += (u - 0.5) * (other[i] - 0.5)
			}
			within(t, "correlation", 12*covariance/n, 0, 5/math.Sqrt(n))
		})
	}
}

func TestAUnitsNumberDoesNotDependOnHowManyAreDrawn(t *testing.T) {
	many, few := make([]float64, 100), make([]float64, 7)
	s := Stream{Seed: 5, Purpose: Dropout}
	s.Uniforms(many, 9, 8, 7)
	s.Uniforms(few, 9, 8, 7)
	for unit, u := range few {
		if u != many[unit] {
			t.Errorf("unit %d: %v and %v", unit, u, many[unit])
		}
	}
}

// The hash was made on amd64 and holds on every machine.
func TestUniformsHaveTheSameBitsEverywhere(t *testing.T) {
	dst := make([]float64, 1000)
	hash := sha256.New()
	for row := range uint32(10) {
		Stream{Seed: 42, Purpose: Dropout}.Uniforms(dst, 3, row, 1)
		binary.Write(hash, binary.LittleEndian, dst)
	}
	const want = "2242a97e69eb42f779fbfc8140ea032830fcfe28a1d4e50369cccb4e5b60e76e"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("got the hash %s, want %s", got, want)
	}
}

func TestStreamsDoNotAllocate(t *testing.T) {
	dst := make([]float64, 60)
	if n := testing.AllocsPerRun(10, func() { Stream{Seed: 1}.Uniforms(dst, 1, 2, 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUniforms(b *testing.B) {
	dst := make([]float64, 100)
	for b.Loop() {
		Stream{Seed: 1, Purpose: Dropout}.Uniforms(dst, 1, 2, 1)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/number")
}

// TestShufflesAreUniform: of four elements all 24 orders are as frequent, by a chi-square within five standard deviations.
func TestShufflesAreUniform(t *testing.T) {
	const rows, orders = 24_000, 24
	count := map[string]float64{}
	for row := range uint32(rows) {
		list := []int{0, 1, 2, 3}
		Stream{Seed: 1, Purpose: Permutations}.Shuffle(list, 3, row, 1)
		count[fmt.Sprint(list)]++
	}
	if len(count) != orders {
		t.Errorf("%d orders, want %d", len(count), orders)
	}
	var chi float64
	for _, c := range count {
		chi += (c - rows/orders) * (c - rows/orders) / (rows / orders)
	}
	within(t, "chi-square", chi, orders-1, 5*math.Sqrt(2*(orders-1)))
}
