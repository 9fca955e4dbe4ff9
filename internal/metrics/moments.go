package metrics

import "math"

// Moments summarise values that come one by one and are not kept: their number, mean and standard deviation.
type Moments struct {
	N             int
	mean, squares float64 // squares is the sum of the squared deviations from the mean
}

// Add is B. P. Welford's update (Technometrics 4, 1962).
func (m *Moments) Add(v float64) {
	m.N++
	d := v - m.mean
	m.mean += d / float64(m.N)
	m.squares = math.FMA(d, v-m.mean, m.squares)
}

// Merge adds the values of others (T. F. Chan, G. H. Golub and R. J. LeVeque, The American Statistician 37, 1983).
func (m *Moments) Merge(others Moments) {
	if others.N == 0 {
		return
	}
	n := float64(m.N + others.N)
	d := others.mean - m.mean
	m.mean += float64(d * float64(others.N) / n)
	m.squares += others.squares + float64(d*d*float64(m.N)/n*float64(others.N))
	m.N += others.N
}

// Mean returns the mean, NaN of no values.
func (m Moments) Mean() float64 {
	if m.N == 0 {
		return math.NaN()
	}
	return m.mean
}

// Spread returns the standard deviation, 0 of a single value.
func (m Moments) Spread() float64 {
	if m.N == 1 {
		return 0
	}
	return m.SD()
}

// SD returns the standard deviation with n-1, NaN of fewer than two values.
func (m Moments) SD() float64 {
	if m.N < 2 {
		return math.NaN()
	}
	return math.Sqrt(m.squares / float64(m.N-1))
}
