package mlp

import (
	"math"

	"example.com/sonar/internal/exact"
)

// normals replaces numbers uniform in [0, 1), as [random.Stream.Uniforms] draws them, with numbers of
// the standard normal distribution: the quantiles of the odd multiples of 2^-53, each equally likely.
// The largest is about 8.2.
func normals(x []float64) {
	for i, u := range x {
		odd := uint64(float64(u*0x1p53)) | 1
		x[i] = quantile(float64(odd) * 0x1p-53)
	}
}

// quantile is the inverse of the standard normal distribution function for p in (0, 1): PPND16 of
// Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics
// 37 (1988), correct to about 1 part in 10^16. It uses only operations whose bits are the same
// everywhere.
func quantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		return q * ratio(&central, math.FMA(-q, q, 0.180625))
	}
	r := math.Sqrt(-exact.Log(min(p, 1-p)))
	var x float64
	if r <= 5 {
		x = ratio(&middle, r-1.6)
	} else {
		x = ratio(&tail, r-5)
	}
	return math.Copysign(x, q)
}

// A rational holds the coefficients of a numerator and of a denominator, in ascending order.
type rational [2][8]float64

func ratio(c *rational, x float64) float64 {
	return polynomial(&c[0], x) / polynomial(&c[1], x)
}

func polynomial(c *[8]float64, x float64) float64 {
	y := math.FMA(c[7], x, c[6])
	y = math.FMA(y, x, c[5])
	y = math.FMA(y, x, c[4])
	y = math.FMA(y, x, c[3])
	y = math.FMA(y, x, c[2])
	y = math.FMA(y, x, c[1])
	return math.FMA(y, x, c[0])
}

var (
	central = rational{{
		3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
	}, {
		1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
		2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
	}}
	middle = rational{{
		1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
		1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
	}, {
		1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
		1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
	}}
	tail = rational{{
		6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
		2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
	}, {
		1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
		7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
	}}
)
