package exact

import "math"

// Order returns an integer that has the order of the doubles, with -0 before 0; v is not NaN. Of negative ones all bits are
// inverted, of others the sign.
func Order(v float64) uint64 {
	bits := math.Float64bits(v)
	return bits ^ (uint64(int64(bits)>>63) | 1<<63)
}
