package exact

import "math"

// IsFinite reports whether v is neither infinite nor NaN.
func IsFinite(v float64) bool { return math.Abs(v) <= math.MaxFloat64 }
