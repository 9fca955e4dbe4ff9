package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// This file turns results into sentences. Each is made from the numbers that are shown next to it, with
// the same rounding, so that the two cannot disagree.

// summary returns the verdict in one line.
func (r *Result) summary() string {
	t := r.decisive()
	switch r.Verdict {
	case Identical:
		return "identical: " + r.identical()
	case Inconclusive:
		return "inconclusive: " + r.inconclusive(t)
	}
	m := t.deciding()
	return fmt.Sprintf("%s: %s", r.Verdict, t.moved(m))
}

func (r *Result) identical() string {
	if r.Rows == 0 {
		return "every score is the same"
	}
	return "every score and every prediction is the same"
}

// moved describes in words how two different means differ.
func (t Test) moved(m Means) string {
	base, head := apart(m.Base, m.Head)
	return fmt.Sprintf("%s %s from %s to %s", t.Metric, either(m.Head < m.Base, "fell", "rose"), base, head)
}

// inconclusive describes what is and is not ruled out.
func (r *Result) inconclusive(t Test) string {
	worse := either(t.LessIsBetter, "rise", "drop")
	s := t.deciding().Student
	switch {
	case s == nil && t.isLevel():
		return fmt.Sprintf("no difference in %s on any fold", t.Metric)
	case s == nil:
		return fmt.Sprintf("%s by as much on every fold, which leaves no variance to test with", t.moved(t.Means))
	case r.Margin != nil && r.Margin.Equivalent:
		return fmt.Sprintf("no difference in %s was found, and the two are equivalent within %s (two one-sided tests)", t.Metric, short(r.Margin.Margin))
	case r.Margin != nil && r.Margin.NonInferior:
		return fmt.Sprintf("no difference in %s was found, and a %s of %s or more is ruled out (one-sided test)", t.Metric, worse, short(r.Margin.Margin))
	default:
		return fmt.Sprintf("no difference in %s was found, but a %s of up to %s cannot be ruled out", t.Metric, worse, score(-s.Low))
	}
}

// details returns the sentences below the summary.
func (r *Result) details() []string {
	if r.Verdict == Identical {
		return []string{"No test was run, as there is nothing to test."}
	}
	t := r.decisive()
	lines := r.testInWords(t)
	if p := r.Posterior; p != nil {
		lines = append(lines, p.inWords())
	}
	lines = append(lines, r.marginInWords(t)...)
	if r.Required != "" {
		lines = append(lines, fmt.Sprintf("Required to be %s: %s.", r.Required, r.requirementInWords()))
	}
	return lines
}

// testInWords describes which test decides, and what it finds.
func (r *Result) testInWords(t Test) []string {
	if r.DecidedBy == ByFolds {
		return []string{
			fmt.Sprintf("Corrected resampled t test of %s over %s: %s.", t.Metric, r.foldsInWords(), t.Student.inWords(r.Alpha)),
			fmt.Sprintf("With 80 %% power these folds find a true difference of %s or more.", score(t.Student.Detectable)),
		}
	}
	alike := fmt.Sprintf("%s is the same on each of %s", t.Metric, r.foldsInWords())
	if !t.isLevel() {
		alike = fmt.Sprintf("The two differ on each of %s by the same %s", r.foldsInWords(), signed(t.Gain))
	}
	if r.DecidedBy != ByRows {
		return []string{alike + ", which leaves no variance to test with."}
	}
	s := t.Rows.Student
	return []string{
		fmt.Sprintf("%s, which leaves no variance to test with, so the rows decide. Row-wise t test over %s: %s.", alike, t.Rows.inWords(), s.inWords(r.Alpha)),
		fmt.Sprintf("With 80 %% power these rows find a true difference of %s or more.", score(s.Detectable)),
	}
}

// isLevel reports whether the means over folds are equal, except for rounding.
func (t Test) isLevel() bool { return math.Abs(t.Gain) <= negligible }

func (s *Student) inWords(alpha float64) string {
	return fmt.Sprintf("t = %.4g with %d degrees of freedom, p = %s (%s %s)", s.T, s.DF, pValue(s.P, alpha), below(s.P, alpha), short(alpha))
}

func (t *RowTest) inWords() string {
	rows := fmt.Sprintf("%d rows", t.Rows)
	if t.Sample {
		rows = fmt.Sprintf("a sample of %d rows", t.Rows)
	}
	if t.Groups > 0 {
		rows += fmt.Sprintf(" in %d groups", t.Groups)
	}
	return rows
}

// inWords states how probable it is that head is better, and worse.
func (p *Posterior) inWords() string {
	if p.Margin == 0 {
		return fmt.Sprintf("By the same t, with a flat prior: P(better) %s, P(worse) %s.", probability(p.Better), probability(p.Worse))
	}
	return fmt.Sprintf("By the same t, with a flat prior: P(better by more than %s) %s, P(equivalent within it) %s, P(worse by more) %s.",
		short(p.Margin), probability(p.Better), probability(p.Equivalent), probability(p.Worse))
}

// probability writes p to three decimals; only 0 and 1 themselves look certain.
func probability(p float64) string {
	switch text := strconv.FormatFloat(p, 'f', 3, 64); {
	case text == "0.000" && p > 0:
		return "< 0.001"
	case text == "1.000" && p < 1:
		return "> 0.999"
	default:
		return "= " + text
	}
}

func (r *Result) requirementInWords() string {
	switch {
	case r.Passed:
		return "passed"
	case r.Margin.NonInferior:
		return "it is, but a regression fails whatever the margin"
	}
	return "failed"
}

func (r *Result) foldsInWords() string {
	if r.Repeats == 1 {
		return fmt.Sprintf("%d folds", r.Splits)
	}
	return fmt.Sprintf("%d folds (%d repeats of %d)", r.Splits*r.Repeats, r.Repeats, r.Splits)
}

func (r *Result) marginInWords(t Test) []string {
	m := r.Margin
	switch {
	case m == nil && r.Verdict == Inconclusive && r.DecidedBy != "":
		return []string{"No margin was named (-margin), so neither non-inferiority nor equivalence is tested."}
	case m == nil:
		return nil
	case m.Bound == nil:
		return []string{fmt.Sprintf("Against the margin of %s: %s, %s.", short(m.Margin),
			either(m.NonInferior, "non-inferior", "not shown to be non-inferior"), either(m.Equivalent, "equivalent", "nor equivalent"))}
	}
	return []string{
		fmt.Sprintf("Non-inferiority within %s is %s: one-sided p = %s (%s %s), one-sided %s %% lower bound of the gain %s (the interval %s is two-sided).", short(m.Margin),
			either(m.NonInferior, "shown", "not shown"), pValue(*m.NonInferiorP, r.Alpha), below(*m.NonInferiorP, r.Alpha), short(r.Alpha),
			percent(1-r.Alpha), m.boundInWords(), either(r.DecidedBy == ByFolds, "above", "below")),
		fmt.Sprintf("Equivalence within %s is %s: two one-sided tests, p = %s (%s %s).", short(m.Margin),
			either(m.Equivalent, "shown", "not shown"), pValue(*m.EquivalentP, r.Alpha), below(*m.EquivalentP, r.Alpha), short(r.Alpha)),
	}
}

// boundInWords writes the bound with as many decimals as it takes to show on which side of the margin it is.
func (m *Margin) boundInWords() string {
	bound := signed(*m.Bound)
	if bound == signed(-m.Margin) {
		bound, _ = apart(*m.Bound, -m.Margin)
	}
	return bound
}

// rowWiseInWords introduces the table of the means over rows.
func (r *Result) rowWiseInWords(t *RowTest) string {
	return fmt.Sprintf("Row by row, over %s, by the mean over the repeats (%s):", t.inWords(),
		either(r.DecidedBy == ByRows, "it decides, as the folds do not vary", "it decides nothing"))
}

// repeatInWords counts the rows of repeat 0 that flipped.
func (r *Result) repeatInWords() string {
	m := r.McNemar
	if m.Gained+m.Lost == 0 {
		return fmt.Sprintf("Of the %d rows of repeat 0 none is right on one side only.", r.Rows)
	}
	test := "."
	if m.MidP != nil {
		test = fmt.Sprintf(": McNemar mid-p = %s, exact p = %s.", pValue(*m.MidP, r.Alpha), pValue(*m.ExactP, r.Alpha))
	}
	return fmt.Sprintf("Of the %d rows of repeat 0, counted from 0, %d are right in the head only (gained) and %d in the base only (lost)%s",
		r.Rows, m.Gained, m.Lost, test)
}

// mostFlips is how many rows of a kind a report for people lists; JSON has them all.
const mostFlips = 40

// flippedInWords lists the rows gained and the rows lost, by their numbers.
func (r *Result) flippedInWords() []string {
	rows := map[bool][]string{}
	for _, f := range r.Flips {
		rows[f.Gained] = append(rows[f.Gained], strconv.Itoa(f.Row))
	}
	var lines []string
	for _, gained := range []bool{true, false} {
		numbers := rows[gained]
		if len(numbers) == 0 {
			continue
		}
		line := either(gained, "gained: ", "lost: ") + strings.Join(numbers[:min(len(numbers), mostFlips)], ", ")
		if more := len(numbers) - mostFlips; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, line)
	}
	return lines
}

func (r *Result) blockedInWords() string {
	return fmt.Sprintf("Blocked scheme (%d contiguous folds per class, so that neighbouring rows do not leak; it decides nothing):", r.Splits)
}

func either(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func below(p, alpha float64) string { return either(p < alpha, "below", "not below") }

// list joins names as a sentence does: a, b or c.
func list(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// score writes a mean: four decimals, or more if those would hide a value that is not 0.
func score(v float64) string {
	text := strconv.FormatFloat(v, 'f', 4, 64)
	if v != 0 && math.Abs(v) < 0.00005 {
		text = strconv.FormatFloat(v, 'g', 1, 64)
	}
	return text
}

// signed is score with a plus before what is above 0.
func signed(v float64) string {
	if v > 0 {
		return "+" + score(v)
	}
	return score(v + 0) // no minus before 0
}

// apart writes two different means with enough decimals to tell them apart.
func apart(a, b float64) (string, string) {
	for decimals := 4; decimals < 17; decimals++ {
		x, y := strconv.FormatFloat(a, 'f', decimals, 64), strconv.FormatFloat(b, 'f', decimals, 64)
		if x != y {
			return x, y
		}
	}
	return short(a), short(b)
}

// pValue writes p with three digits, or as many as it takes to show on which side of alpha it is.
func pValue(p, alpha float64) string {
	for digits := 3; digits < 17; digits++ {
		text := strconv.FormatFloat(p, 'g', digits, 64)
		rounded, _ := strconv.ParseFloat(text, 64)
		if (rounded < alpha) == (p < alpha) {
			return text
		}
	}
	return short(p)
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// percent writes a share as a percentage, without the noise of 1-0.05.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'g', 6, 64) }
