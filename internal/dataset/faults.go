package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Faults are the fields of a file that are neither values nor gaps. They are counted, by column, so that one run shows them
// all; only the first is kept.
type faults struct {
	first error
	gap   bool        // the first one looks like a gap
	gaps  map[int]int // by the column's index in the file: fields that look like gaps
	texts map[int]int // in columns of numbers: other fields
}

// knownGaps are the texts that often mean "no value": those that pandas reads as such, and a few more.
var knownGaps = []string{
	"", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None", "none",
	"1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "?", "-", "--", ".",
}

// LooksLikeGap reports whether a text often means "no value", whatever data.missing lists.
func LooksLikeGap(text string) bool { return slices.Contains(knownGaps, strings.TrimSpace(text)) }

// add counts a field; at turns a message about it into an error.
func (f *faults) add(at func(format string, args ...any) error, column int, place place, text string) {
	if f.gaps == nil {
		f.gaps, f.texts = map[int]int{}, map[int]int{}
	}
	gap := LooksLikeGap(text)
	if f.first == nil {
		rule := "must be a finite number"
		if place.Kind == Category {
			rule = "must be a text"
		}
		f.first, f.gap = at("%s %s, got %.40q", place, rule, text), gap
	}
	if gap {
		f.gaps[column]++
	} else {
		f.texts[column]++
	}
}

// merge adds the faults that follow in the file.
func (f *faults) merge(next *faults) {
	if f.first == nil {
		*f = *next
		return
	}
	for column, n := range next.gaps {
		f.gaps[column] += n
	}
	for column, n := range next.texts {
		f.texts[column] += n
	}
}

// err returns the first fault and the counts of all of them, or nil if there are none.
func (f *faults) err(l *layout) error {
	if f.first == nil || l.split {
		return f.first
	}
	if l.rows {
		return fmt.Errorf("%w: correct it, or leave the field empty", f.first)
	}
	advice := "text in a column of numbers, so list the column in data.categorical or data.drop, or the text in data.missing if it means no value"
	if f.gap {
		advice = "a gap that is not in data.missing, so list it there"
	}
	var counts []string
	columns := map[int]bool{}
	for column := range f.gaps {
		columns[column] = true
	}
	for column := range f.texts {
		columns[column] = true
	}
	const shown = 10
	for i, column := range slices.Sorted(maps.Keys(columns)) {
		if i == shown {
			counts = append(counts, fmt.Sprintf("more in %d other columns", len(columns)-shown))
			break
		}
		counts = append(counts, f.count(column)+" in "+l.places[column].String())
	}
	return fmt.Errorf("%w: %s; the file has %s", f.first, advice, strings.Join(counts, ", "))
}

func (f *faults) count(column int) string {
	var counts []string
	if n := f.gaps[column]; n > 0 {
		counts = append(counts, plural(n, "gap"))
	}
	if n := f.texts[column]; n > 0 {
		counts = append(counts, plural(n, "text"))
	}
	return strings.Join(counts, " and ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
