// Package compare says whether one revision's cross-validated scores are better or worse than
// another's, and how sure that is. It reads what the stage crossvalidate wrote on both sides, pairs
// it fold by fold, and reports as text, Markdown or JSON.
//
// A gain is positive where head is better: head - base, or base - head of a metric of which less is
// better. Every number, sentence and verdict uses that one sign.
package compare

import (
	"fmt"
	"math"

	"example.com/sonar/internal/metrics"
)

// Options say how to compare.
type Options struct {
	Metric string  // the one that decides, named beforehand
	Alpha  float64 // two-sided level of its test, in [1e-6, 0.5]
	Margin float64 // of non-inferiority and equivalence; 0 is none
	// Require is NonInferior to pass a head only if it is shown not to be worse by the margin; "" to
	// pass it unless it regressed.
	Require string
}

// Check sees that the options make sense together.
func (o Options) Check() error {
	switch _, ok := findMetric(o.Metric); {
	case !ok:
		return fmt.Errorf("-metric must be one of %s, got %.40q", list(MetricNames()), o.Metric)
	case !(1e-6 <= o.Alpha && o.Alpha <= 0.5):
		return fmt.Errorf("-alpha must be in [1e-06, 0.5], got %g", o.Alpha)
	case !(0 <= o.Margin && o.Margin <= maxLoss):
		return fmt.Errorf("-margin must be in [0, %.0f], got %g", maxLoss, o.Margin)
	case o.Require == NonInferior && o.Margin == 0:
		return fmt.Errorf("-require %s needs a -margin above 0", NonInferior)
	case o.Require != "" && o.Require != NonInferior:
		return fmt.Errorf("-require must be %s, got %.40q", NonInferior, o.Require)
	}
	return nil
}

// Compare pairs the two sides and decides. An error says why they cannot be compared.
func Compare(base, head *Side, o Options) (*Result, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if err := comparable(base, head); err != nil {
		return nil, err
	}
	p := base.params.Crossvalidate
	r := &Result{
		Base: base.Revision, Head: head.Revision,
		Metric: o.Metric, Alpha: o.Alpha, Required: o.Require,
		Splits: p.Splits, Repeats: p.Repeats, Rows: len(base.predictions.rows),
		Stratified: testAll(base, head, Stratified, o),
		Blocked:    testAll(base, head, Blocked, o),
		Flips:      flips(base.predictions, head.predictions, base.params.Data.Classes),
		Caveats:    append(append([]string{}, base.doubts...), head.doubts...),
	}
	r.McNemar = mcNemar(r.Flips)
	decisive := r.decisive()
	r.Verdict = decisive.verdict(o.Alpha)
	if same(base, head) {
		r.Verdict = Identical
	}
	if o.Margin > 0 && r.Verdict != Identical {
		r.Margin = decisive.margin(o)
	}
	r.Passed = r.Verdict != Regressed &&
		(o.Require == "" || r.Verdict == Identical || r.Margin.NonInferior)
	if r.Blocked == nil && (base.schemes[Blocked] != nil || head.schemes[Blocked] != nil) {
		r.Caveats = append(r.Caveats, "only one side has folds of the blocked scheme")
	}
	r.Summary = r.summary()
	return r, nil
}

// same tells whether all that was measured is the same, to the last bit.
func same(base, head *Side) bool {
	for _, scheme := range []string{Stratified, Blocked} {
		b, h := base.schemes[scheme], head.schemes[scheme]
		if len(b) != len(h) {
			return false
		}
		for i := range b {
			if b[i] != h[i] {
				return false
			}
		}
	}
	return base.predictions.equal(head.predictions)
}

// testAll tests every metric of a scheme; nil where a side does not have the scheme.
func testAll(base, head *Side, scheme string, o Options) []Test {
	b, h := base.schemes[scheme], head.schemes[scheme]
	if len(b) == 0 || len(h) == 0 {
		return nil
	}
	tests := make([]Test, len(scored))
	for i, m := range scored {
		gains := make([]float64, len(b))
		for j := range gains {
			gains[j] = m.sign * (h[j].scores[i] - b[j].scores[i])
		}
		tests[i] = newTest(gains, base.params.Crossvalidate.Splits, o)
		tests[i].Metric, tests[i].LessIsBetter = m.name, m.sign < 0
		tests[i].Base, tests[i].Head = meanScore(b, i), meanScore(h, i)
	}
	return tests
}

const power = 0.8

func newTest(gains []float64, splits int, o Options) Test {
	resampled := metrics.NewResampled(gains, splits)
	t := Test{Folds: len(gains), Gain: resampled.Mean, resampled: resampled}
	if !resampled.Varies() {
		return t
	}
	s := &Student{SE: resampled.SE, T: resampled.T(), DF: resampled.DF, P: resampled.P(), Detectable: resampled.Detectable(o.Alpha, power)}
	s.Low, s.High = resampled.Interval(1 - o.Alpha)
	t.Student = s
	return t
}

// verdict decides by the sign of the gain where it is significant. Where all folds differ alike there
// is no variance to test with, and any gain counts.
func (t Test) verdict(alpha float64) Verdict {
	switch {
	case t.Student == nil && math.Abs(t.Gain) <= negligible:
		return Inconclusive
	case t.Student != nil && !(t.Student.P < alpha):
		return Inconclusive
	case t.Gain > 0:
		return Improved
	default:
		return Regressed
	}
}

// negligible is the gain on every fold that is taken for rounding.
const negligible = 1e-12

func (t Test) margin(o Options) *Margin {
	m := &Margin{Margin: o.Margin, Bound: t.Gain}
	if t.Student == nil {
		m.NonInferior, m.Equivalent = t.Gain > -o.Margin, math.Abs(t.Gain) < o.Margin
		return m
	}
	m.Bound = t.resampled.LowerBound(1 - o.Alpha)
	p, q := t.resampled.NonInferiorP(o.Margin), t.resampled.EquivalentP(o.Margin)
	m.NonInferiorP, m.EquivalentP = &p, &q
	m.NonInferior, m.Equivalent = p < o.Alpha, q < o.Alpha
	return m
}

// flips lists the rows that repeat 0 gets right on one side only.
func flips(base, head *predictions, classes []string) []Flip {
	list := []Flip{}
	for i, label := range base.labels {
		b, h := base.given[0][i], head.given[0][i]
		if (b == label) != (h == label) {
			list = append(list, Flip{base.rows[i], classes[label], classes[b], classes[h], h == label})
		}
	}
	return list
}

func mcNemar(flips []Flip) McNemar {
	var m McNemar
	for _, f := range flips {
		if f.Gained {
			m.Gained++
		} else {
			m.Lost++
		}
	}
	m.ExactP, m.MidP = metrics.McNemar(m.Lost, m.Gained)
	return m
}
