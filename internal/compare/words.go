package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// This file turns results into sentences. Each is made from the numbers that are shown beside it, with
// the same rounding, so that the two cannot disagree.

// summary returns the verdict in one line.
func (r *Result) summary() string {
	t := r.decisive()
	switch r.Verdict {
	case Identical:
		return "identical: every score and every prediction is the same"
	case Inconclusive:
		return "inconclusive: " + r.inconclusive(t)
	}
	base, head := apart(t.Base, t.Head)
	verb := "rose"
	if t.Head < t.Base {
		verb = "fell"
	}
	return fmt.Sprintf("%s: %s %s from %s to %s", r.Verdict, t.Metric, verb, base, head)
}

// inconclusive says what is not ruled out.
func (r *Result) inconclusive(t Test) string {
	worse := "drop"
	if t.LessIsBetter {
		worse = "rise"
	}
	switch {
	case t.Student == nil:
		return fmt.Sprintf("no difference in %s on any fold", t.Metric)
	case r.Margin != nil && r.Margin.Equivalent:
		return fmt.Sprintf("no difference in %s was found, and the two are equivalent within %s (two one-sided tests)", t.Metric, short(r.Margin.Margin))
	case r.Margin != nil && r.Margin.NonInferior:
		return fmt.Sprintf("no difference in %s was found, and a %s of %s or more is ruled out (one-sided test)", t.Metric, worse, short(r.Margin.Margin))
	default:
		return fmt.Sprintf("no difference in %s was found, but a %s of up to %s cannot be ruled out", t.Metric, worse, score(-t.Student.Low))
	}
}

// details returns the sentences below the summary.
func (r *Result) details() []string {
	if r.Verdict == Identical {
		return []string{"No test was run, as there is nothing to test."}
	}
	t := r.decisive()
	var lines []string
	switch s := t.Student; {
	case s != nil:
		lines = append(lines,
			fmt.Sprintf("Corrected resampled t test of %s over %s: t = %.4g with %d degrees of freedom, p = %s (%s %s).",
				t.Metric, r.foldsInWords(), s.T, s.DF, pValue(s.P, r.Alpha), below(s.P, r.Alpha), short(r.Alpha)),
			fmt.Sprintf("With 80 %% power these folds find a true difference of %s or more.", score(s.Detectable)))
	case r.Verdict == Inconclusive:
		lines = append(lines, fmt.Sprintf("%s is the same on each of %s, so there is nothing to test.", t.Metric, r.foldsInWords()))
	default:
		lines = append(lines, fmt.Sprintf("The two differ on each of %s by the same %s, which leaves no variance to test with: the sign decides.",
			r.foldsInWords(), signed(t.Gain)))
	}
	lines = append(lines, r.marginInWords(t)...)
	if r.Required != "" {
		lines = append(lines, fmt.Sprintf("Required to be %s: %s.", r.Required, r.requirementInWords()))
	}
	return lines
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
	case m == nil && r.Verdict == Inconclusive && t.Student != nil:
		return []string{"No margin was named (-margin), so neither non-inferiority nor equivalence is tested."}
	case m == nil:
		return nil
	case t.Student == nil:
		return []string{fmt.Sprintf("Against the margin of %s: %s, %s.", short(m.Margin),
			either(m.NonInferior, "non-inferior", "not non-inferior"), either(m.Equivalent, "equivalent", "not equivalent"))}
	}
	return []string{
		fmt.Sprintf("Non-inferiority within %s is %s: one-sided p = %s (%s %s), one-sided %s %% lower bound of the gain %s (the interval above is two-sided).", short(m.Margin),
			either(m.NonInferior, "shown", "not shown"), pValue(*m.NonInferiorP, r.Alpha), below(*m.NonInferiorP, r.Alpha), short(r.Alpha),
			percent(1-r.Alpha), m.boundInWords()),
		fmt.Sprintf("Equivalence within %s is %s: two one-sided tests, p = %s (%s %s).", short(m.Margin),
			either(m.Equivalent, "shown", "not shown"), pValue(*m.EquivalentP, r.Alpha), below(*m.EquivalentP, r.Alpha), short(r.Alpha)),
	}
}

// boundInWords writes the bound to as many decimals as show on which side of the margin it is.
func (m *Margin) boundInWords() string {
	bound := signed(m.Bound)
	if bound == signed(-m.Margin) {
		bound, _ = apart(m.Bound, -m.Margin)
	}
	return bound
}

// rowsInWords counts the rows of repeat 0 that flipped.
func (r *Result) rowsInWords() string {
	m := r.McNemar
	if m.Gained+m.Lost == 0 {
		return fmt.Sprintf("Of the %d rows of repeat 0 none is right on one side only.", r.Rows)
	}
	return fmt.Sprintf("Of the %d rows of repeat 0, counted from 0, %d are right in the head only (gained) and %d in the base only (lost): McNemar mid-p = %s, exact p = %s.",
		r.Rows, m.Gained, m.Lost, pValue(m.MidP, r.Alpha), pValue(m.ExactP, r.Alpha))
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

// apart writes two different means to as many decimals as tell them apart.
func apart(a, b float64) (string, string) {
	for decimals := 4; decimals < 17; decimals++ {
		x, y := strconv.FormatFloat(a, 'f', decimals, 64), strconv.FormatFloat(b, 'f', decimals, 64)
		if x != y {
			return x, y
		}
	}
	return short(a), short(b)
}

// pValue writes p to three digits, or to as many as show on which side of alpha it is.
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
