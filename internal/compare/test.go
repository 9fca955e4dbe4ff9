package compare

import (
	"math"

	"example.com/sonar/internal/metrics"
)

// newTest tests a metric on the folds of both sides, by repeat and fold.
func newTest(metric string, lessIsBetter bool, base, head []float64, splits int, o Options) Test {
	resampled := metrics.NewResampled(gains(base, head, lessIsBetter), splits)
	return Test{
		Metric: metric, LessIsBetter: lessIsBetter, Folds: len(base),
		Means: Means{Base: mean(base), Head: mean(head), Gain: resampled.Mean, Student: newStudent(resampled, o)},
	}
}

func gains(base, head []float64, lessIsBetter bool) []float64 {
	sign := 1.
	if lessIsBetter {
		sign = -1
	}
	gains := make([]float64, len(base))
	for i := range gains {
		gains[i] = sign * (head[i] - base[i])
	}
	return gains
}

func mean(values []float64) float64 {
	sum := 0.
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

const power = 0.8

// newStudent returns nil if there is no variance to test with.
func newStudent(s metrics.Student, o Options) *Student {
	if !s.Varies() {
		return nil
	}
	low, high := s.Interval(1 - o.Alpha)
	return &Student{SE: s.SE, T: s.T(), DF: s.DF, P: s.P(), Low: low, High: high, Detectable: s.Detectable(o.Alpha, power), of: s}
}

// deciding returns the means that decide. Those over folds do, as their test holds its level in the
// measurements of docs/comparing.md, and the test over rows does not. If all folds differ by the same
// amount, only the rows are left: for accuracy they decide. For a loss they do not, as their level is
// the farthest off.
func (t Test) deciding() Means {
	if t.Student == nil && t.Rows != nil && !t.LessIsBetter {
		return t.Rows.Means
	}
	return t.Means
}

// decidedBy returns which means decide; none do if there is no variance to test with.
func (t Test) decidedBy() Basis {
	switch {
	case t.Student != nil:
		return ByFolds
	case t.deciding().Student != nil:
		return ByRows
	}
	return ""
}

// verdict decides by the sign of the gain if it is significant. Without a variance to test with, it never is.
func (t Test) verdict(alpha float64) Verdict {
	switch m := t.deciding(); {
	case m.Student == nil || !(m.Student.P < alpha):
		return Inconclusive
	case m.Gain > 0:
		return Improved
	default:
		return Regressed
	}
}

// posterior returns nil without a variance.
func (t Test) posterior(margin float64) *Posterior {
	s := t.deciding().Student
	if s == nil {
		return nil
	}
	p := &Posterior{Margin: margin}
	p.Worse, p.Equivalent, p.Better = s.of.Posterior(margin)
	return p
}

// negligible is the largest gain, the same on every fold, that counts as rounding.
const negligible = 1e-12

// margin returns nil if no margin is asked for. Without a variance, non-inferiority and equivalence are shown only if
// there is no difference at all.
func (t Test) margin(o Options) *Margin {
	if o.Margin == 0 {
		return nil
	}
	means := t.deciding()
	m := &Margin{Margin: o.Margin}
	if means.Student == nil {
		m.NonInferior = math.Abs(means.Gain) <= negligible
		m.Equivalent = m.NonInferior
		return m
	}
	s := means.Student.of
	bound, p, q := s.LowerBound(1-o.Alpha), s.NonInferiorP(o.Margin), s.EquivalentP(o.Margin)
	m.Bound, m.NonInferiorP, m.EquivalentP = &bound, &p, &q
	m.NonInferior, m.Equivalent = p < o.Alpha, q < o.Alpha
	return m
}
