package metrics

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson returns the score interval, within [0, 1], of a share, given the number of successes out of
// trials, at the given confidence in (0, 1). The bounds are rounded to six decimals, as the last digits
// of the normal quantile differ between machines. They are NaN if there are no trials.
//
// E. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
func Wilson(successes, trials int, confidence float64) (low, high float64) {
	n := float64(trials)
	share := float64(successes) / n
	z := -distuv.UnitNormal.Quantile((1 - confidence) / 2) // the lower tail has more digits
	zz := float64(z * z)
	middle := (share + zz/(2*n)) / (1 + zz/n)
	half := z * math.Sqrt(float64(share*(1-share))/n+zz/(4*n*n)) / (1 + zz/n)
	return SixDecimals(math.Max(0, middle-half)), SixDecimals(math.Min(1, middle+half))
}

// SixDecimals rounds the bound of an interval, as the last digits of a quantile differ between machines. It does not
// return -0.
func SixDecimals(v float64) float64 { return math.RoundToEven(v*1e6)/1e6 + 0 }
