// Package compare says whether one revision's cross-validated scores are better or worse than
// another's, and how sure that is. It reads what the stage crossvalidate wrote on both sides, pairs
// it fold by fold, and reports as text, Markdown or JSON.
//
// A gain is positive if head is better: head - base, or base - head if less is better. Every number,
// sentence and verdict uses that one sign.
package compare

import (
	"fmt"
	"math"
	"slices"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
)

// Options say how to compare.
type Options struct {
	Metric string  // the one that decides, named beforehand
	Alpha  float64 // two-sided level of its test, in [1e-6, 0.5]
	Margin float64 // of non-inferiority and equivalence; 0 is none
	// Require is NonInferior to let a head pass only if it is shown not to be worse by the margin, or
	// "" to let it pass unless it regressed.
	Require string
}

// Check checks that the options make sense together.
func (o Options) Check() error {
	switch _, ok := foldfile.Find(o.Metric); {
	case !ok:
		return fmt.Errorf("-metric must be one of %s, got %.40q", list(foldfile.MetricNames()), o.Metric)
	case !(1e-6 <= o.Alpha && o.Alpha <= 0.5):
		return fmt.Errorf("-alpha must be in [1e-06, 0.5], got %g", o.Alpha)
	case !(0 <= o.Margin && o.Margin <= foldfile.MaxLoss):
		return fmt.Errorf("-margin must be in [0, %.0f], got %g", foldfile.MaxLoss, o.Margin)
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
	if err := checkPairable(base, head); err != nil {
		return nil, err
	}
	decisive, _ := foldfile.Find(o.Metric)
	if err := checkHas(decisive, base, head); err != nil {
		return nil, err
	}
	p := base.params.Crossvalidate
	r := &Result{
		Base: base.Revision, Head: head.Revision,
		Metric: o.Metric, Alpha: o.Alpha, Required: o.Require,
		Splits: p.Splits, Repeats: p.Repeats, Rows: len(base.predictions.Rows),
		Stratified: testAll(base, head, base.schemeNames()[0], o),
		Blocked:    testAll(base, head, foldfile.Blocked, o),
		Flips:      flips(base.predictions, head.predictions, base.params.Data.Classes),
		Caveats:    append(append([]string{}, base.doubts...), head.doubts...),
	}
	r.Caveats = append(r.Caveats, unpaired(base, head)...)
	r.McNemar = mcNemar(r.Flips)
	r.decide(same(base, head), o)
	r.Summary = r.summary()
	return r, nil
}

// decide sets the verdict, what is shown of the margin, and whether the head passes.
func (r *Result) decide(same bool, o Options) {
	t := r.decisive()
	r.Verdict = t.verdict(o.Alpha)
	if same {
		r.Verdict = Identical
	}
	if o.Margin > 0 && !same {
		r.Margin = t.margin(o)
	}
	r.Passed = r.Verdict != Regressed && (o.Require == "" || same || r.Margin.NonInferior)
}

// paired reports whether both sides have scores of a metric: older tables have fewer.
func paired(base, head *Side, m int) bool { return base.folds.Has[m] && head.folds.Has[m] }

// unpaired says what only one side has, and is left out.
func unpaired(base, head *Side) []string {
	var caveats []string
	for m, name := range foldfile.MetricNames() {
		if base.folds.Has[m] != head.folds.Has[m] {
			caveats = append(caveats, fmt.Sprintf("only one side has scores of the metric %s", name))
		}
	}
	if len(base.schemes[foldfile.Blocked]) != len(head.schemes[foldfile.Blocked]) {
		caveats = append(caveats, "only one side has folds of the blocked scheme")
	}
	return caveats
}

// same reports whether all that was measured on both sides is the same, to the last bit.
func same(base, head *Side) bool {
	for _, scheme := range base.schemeNames() {
		b, h := base.schemes[scheme], head.schemes[scheme]
		if len(b) != len(h) {
			return false
		}
		for i := range b {
			for m := range b[i].Scores {
				if paired(base, head, m) && b[i].Scores[m] != h[i].Scores[m] {
					return false
				}
			}
		}
	}
	return slices.EqualFunc(base.predictions.Predicted, head.predictions.Predicted, slices.Equal)
}

// testAll tests every metric of a scheme; nil if a side does not have the scheme.
func testAll(base, head *Side, scheme string, o Options) []Test {
	b, h := base.schemes[scheme], head.schemes[scheme]
	if len(b) == 0 || len(h) == 0 {
		return nil
	}
	var tests []Test
	for m, metric := range foldfile.Metrics() {
		if !paired(base, head, m) {
			continue
		}
		test := newTest(gains(b, h, m, metric.LessIsBetter), base.params.Crossvalidate.Splits, o)
		test.Metric, test.LessIsBetter = metric.Name, metric.LessIsBetter
		test.Base, test.Head = meanScore(b, m), meanScore(h, m)
		tests = append(tests, test)
	}
	return tests
}

func gains(base, head []foldfile.Fold, m int, lessIsBetter bool) []float64 {
	sign := 1.
	if lessIsBetter {
		sign = -1
	}
	gains := make([]float64, len(base))
	for i := range gains {
		gains[i] = sign * (head[i].Scores[m] - base[i].Scores[m])
	}
	return gains
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

// verdict decides by the sign of the gain if it is significant. If all folds differ alike there is no
// variance to test with, and any gain counts.
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

// negligible is the largest gain, the same on every fold, that counts as rounding.
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

// flips returns the rows that repeat 0 gets right on one side only.
func flips(base, head *foldfile.Predictions, classes []string) []Flip {
	list := []Flip{}
	for i, label := range base.Labels {
		b, h := base.Predicted[0][i], head.Predicted[0][i]
		if (b == label) != (h == label) {
			list = append(list, Flip{base.Rows[i], classes[label], classes[b], classes[h], h == label})
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
