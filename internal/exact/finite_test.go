package exact

import (
	"math"
	"testing"
)

func TestIsFinite(t *testing.T) {
	for v, want := range map[float64]bool{
		0: true, -1: true, math.MaxFloat64: true, -math.MaxFloat64: true, math.SmallestNonzeroFloat64: true,
		math.Inf(1): false, math.Inf(-1): false, math.NaN(): false,
	} {
		if IsFinite(v) != want {
			t.Errorf("%v: got %t", v, !want)
		}
	}
}

func TestStrideIsTheLengthOrALittleMore(t *testing.T) {
	for cols, want := range map[int]int{1: 1, 40: 40, 63: 63, 64: 72, 100: 100, 256: 264, 1024: 1032} {
		if got := Stride(cols); got != want {
			t.Errorf("%d columns: %d, want %d", cols, got, want)
		}
	}
}
