package inspect

import (
	"math"
	"slices"
	"strings"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/dataset"
)

// A profile describes the fields of one column before it is known what the column is for.
type profile struct {
	position int
	name     string

	rows     int // all
	values   int // those that are not gaps
	numbers  int // of the values
	integers int // of the numbers
	zeros    int // of the integers, those with a zero before other digits, as codes have
	gaps     map[string]int
	weak     map[string]int // gaps if all others are numbers, and values if not
	counts   map[string]int // of each value
	texts    []string       // the first values that are not numbers
	dates    int            // values that are dates
	marked   int            // texts that would be numbers if they had no marks, such as "$"
	marks    []string       // these
	units    map[string]int // of texts such as "5 kg"
	textLine int            // where the first of them is
	gapLine  int            // where the first gap is
	cut      bool           // counts lacks some values, and is of no more use
	repeats  bool           // a value occurs twice
	counter  bool           // the rows are counted, from 0 or from 1
}

const (
	maxCounts = 1000 // different values of a column that are counted, unless they may name the rows
	maxReals  = 100  // if they are numbers and not all integers, which are hardly classes
	maxTexts  = 4    // different texts that are kept
)

func newProfile(position int, name string) *profile {
	return &profile{position: position, name: name, gaps: map[string]int{}, weak: map[string]int{}, counts: map[string]int{}, units: map[string]int{}, counter: true}
}

// strongGaps mean "no value" in a column of texts too; others that look like gaps may be a category there.
var strongGaps = []string{"", "NA", "N/A", "n/a", "<NA>", "#N/A", "NaN", "nan", "NULL", "null", "?"}

func isStrongGap(text string) bool { return slices.Contains(strongGaps, text) }

func (p *profile) add(line int, text string) {
	row := p.rows
	p.rows++
	switch {
	case isStrongGap(text):
		if len(p.gaps) == 0 {
			p.gapLine = line
		}
		p.gaps[text]++
		p.counter = false
		return
	case dataset.LooksLikeGap(text):
		p.weak[text]++
	}
	p.values++
	v, isNumber := csvfile.ParseNumber([]byte(text))
	if isNumber {
		p.numbers++
		if v == math.Trunc(v) {
			p.integers++
			if len(text) > 1 && text[0] == '0' && '0' <= text[1] && text[1] <= '9' {
				p.zeros++
			}
			if len(text) == len("20240301") && compactDate.MatchString(text) {
				p.dates++
			}
		}
	} else {
		p.addText(line, text)
	}
	if p.counter && !(isNumber && (v == float64(row) || v == float64(row+1)) && (row > 0 || strings.Trim(text, "0123456789") == "")) {
		p.counter = false
	}
	p.count(text)
}

func (p *profile) addText(line int, text string) {
	p.addWriting(text)
	if len(p.texts) == 0 {
		p.textLine = line
	}
	if len(p.texts) < maxTexts && !slices.Contains(p.texts, text) {
		p.texts = append(p.texts, text)
	}
}

// count counts a value, unless there are too many different ones. All are kept as long as the column may name the rows.
func (p *profile) count(text string) {
	if p.cut {
		return
	}
	n, known := p.counts[text]
	switch {
	case known:
		p.counts[text] = n + 1
		p.repeats = true
	case len(p.counts) < p.mostCounts(), !p.repeats && p.namesRows():
		p.counts[strings.Clone(text)] = 1 // the field shares memory with its record, which may be long
	default:
		p.cut = true
	}
}

func (p *profile) mostCounts() int {
	if p.numbers == p.values && p.integers < p.numbers {
		return maxReals
	}
	return maxCounts
}

// namesRows reports whether the values may name rows: texts and integers may.
func (p *profile) namesRows() bool { return p.numbers == p.integers }

// isUnique reports whether every row has a different value.
func (p *profile) isUnique() bool {
	return p.rows > 1 && p.values == p.rows && !p.repeats && !p.cut && p.namesRows()
}

// settle decides what the weak gaps are.
func (p *profile) settle() {
	weak := 0
	for _, n := range p.weak {
		weak += n
	}
	if p.numbers == 0 || p.numbers+weak < p.values {
		return
	}
	for text, n := range p.weak {
		p.gaps[text] = n
		p.values -= n
		delete(p.counts, text)
	}
}

func (p *profile) isNumeric() bool { return p.values > 0 && p.numbers == p.values }

func (p *profile) isConstant() bool { return len(p.counts) == 1 && p.values == p.rows && !p.cut }

// isMostlyDistinct reports whether the texts are too different to learn from.
func (p *profile) isMostlyDistinct() bool {
	const few = 20
	return len(p.counts) > few && 2*len(p.counts) > p.values || len(p.counts) > mostTexts
}
