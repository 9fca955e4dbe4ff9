// Package compare says whether one revision's cross-validated scores are better or worse than
// another's, and how sure that is. It reads what the stage crossvalidate wrote on both sides, pairs
// it fold by fold and row by row, and reports as text, Markdown or JSON. In other projects it only
// reads the scores of the folds.
//
// A gain is positive if head is better: head - base, or base - head if lower is better. Every number,
// sentence and verdict uses that one sign.
package compare

import (
	"fmt"
	"slices"

	"example.com/sonar/internal/foldfile"
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

// Check checks that the options make sense together, except for the metric's name.
func (o Options) Check() error {
	switch {
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

// CheckMetric checks that the metric that decides is one of those that crossvalidate measures.
func (o Options) CheckMetric() error {
	if _, ok := foldfile.Find(o.Metric); !ok {
		return fmt.Errorf("-metric must be one of %s, got %.40q", list(foldfile.MetricNames()), o.Metric)
	}
	return nil
}

// Compare pairs the two sides and decides. An error says why they cannot be compared. It panics unless
// Check and CheckMetric accept the options.
func Compare(base, head *Side, o Options) (*Result, error) {
	if err := checkPairable(base, head); err != nil {
		return nil, err
	}
	decisive, _ := foldfile.Find(o.Metric)
	if err := checkHas(decisive, base, head); err != nil {
		return nil, err
	}
	p := base.params.Crossvalidate
	r := newResult(base.Revision, head.Revision, o)
	r.Scheme = base.schemeNames()[0]
	r.Splits, r.Repeats, r.Rows = p.Splits, p.Repeats, len(base.predictions.Rows)
	r.Tests = testFolds(base, head, r.Scheme, o)
	for i := range r.Tests {
		r.Tests[i].Rows = testRows(base, head, r.Tests[i].Metric, o)
	}
	r.Blocked = testFolds(base, head, foldfile.Blocked, o)
	r.Flips = flips(base.predictions, head.predictions, base.params.Data.Classes)
	r.McNemar = mcNemar(r.Flips, base.predictions.Groups != nil)
	r.Caveats = slices.Concat(r.Caveats, base.doubts, head.doubts, unpaired(base, head))
	r.decide(same(base, head), o)
	return r, nil
}

func newResult(base, head Revision, o Options) *Result {
	return &Result{Base: base, Head: head, Metric: o.Metric, Alpha: o.Alpha, Required: o.Require, Caveats: []string{}}
}

// decide sets the verdict, what is shown about the margin, whether the head passes, and the summary.
func (r *Result) decide(same bool, o Options) {
	t := r.decisive()
	r.Verdict = t.verdict(o.Alpha)
	if same {
		r.Verdict = Identical
	} else {
		r.DecidedBy = t.decidedBy()
		r.Posterior = t.posterior(o.Margin)
		r.Margin = t.margin(o)
	}
	r.Passed = r.Verdict != Regressed && (o.Require == "" || same || r.Margin.NonInferior)
	r.Summary = r.summary()
}

// paired reports whether both sides have scores of a metric on every fold: older tables have fewer
// metrics, and some metrics have no value on a fold that lacks a class.
func paired(base, head *Side, m int) bool { return base.folds.Has[m] && head.folds.Has[m] }

// unpaired lists what only one side has, and is therefore left out.
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

// same reports whether everything measured is the same on both sides, to the last bit.
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
	b, h := base.predictions, head.predictions
	return slices.EqualFunc(b.Predicted, h.Predicted, slices.Equal) && (b.Loss == nil || h.Loss == nil || slices.Equal(b.Loss, h.Loss))
}

// testFolds tests every metric of a scheme; nil if a side does not have the scheme.
func testFolds(base, head *Side, scheme string, o Options) []Test {
	b, h := base.schemes[scheme], head.schemes[scheme]
	if len(b) == 0 || len(h) == 0 {
		return nil
	}
	var tests []Test
	for m, metric := range foldfile.Metrics() {
		if paired(base, head, m) {
			tests = append(tests, newTest(metric.Name, metric.LessIsBetter, scores(b, m), scores(h, m), base.params.Crossvalidate.Splits, o))
		}
	}
	return tests
}

// scores returns the scores of one metric.
func scores(folds []foldfile.Fold, m int) []float64 {
	values := make([]float64, len(folds))
	for i, f := range folds {
		values[i] = f.Scores[m]
	}
	return values
}
