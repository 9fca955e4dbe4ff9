package inspect

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	clock  = `(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|Uhr|[A-Z]{2,5}(?:[-+][0-9]{1,2})?|[-+][0-9]{2}:?[0-9]{2}))?)?$`
	months = `(?:Jan|Feb|Mar|Mär|Apr|May|Mai|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|Dez)\pL*\.?`
)

var (
	date = regexp.MustCompile(`^(?:[0-9]{4}([-/.])([0-9]{1,2})[-/.]([0-9]{1,2})|([0-9]{1,2})([-/.])([0-9]{1,2})[-/.](?:[0-9]{4}|[0-9]{2}))` + clock)
	// dateInWords also matches a month of a year.
	dateInWords = regexp.MustCompile(`^(?i:[0-9]{1,2}\.?[- ]?` + months + `[-, ]+(?:[0-9]{4}|[0-9]{2})|` + months + ` [0-9]{1,2},? [0-9]{4}|` +
		months + `[- ]?[0-9]{4}|[0-9]{4}-(?:0[1-9]|1[0-2]))` + clock)
	compactDate = regexp.MustCompile(`^(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])$`)
)

// isDate reports whether a text is a date, with or without the time: of numbers, in any order of year, month and day in which dates are
// written, or with the name of the month, in English or German.
func isDate(text string) bool {
	if !strings.ContainsAny(text, "0123456789") {
		return false
	}
	if dateInWords.MatchString(text) || compactDate.MatchString(text) {
		return true
	}
	parts := date.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	a, _ := strconv.Atoi(parts[2] + parts[4])
	b, _ := strconv.Atoi(parts[3] + parts[6])
	return a > 0 && b > 0 && min(a, b) <= 12 && max(a, b) <= 31
}

var (
	thousandsAndPoint = regexp.MustCompile(`^[0-9]{1,3}(?:[,'’ \x{a0}\x{2009}\x{202f}][0-9]{3})+(?:\.[0-9]+)?$`)
	thousandsAndComma = regexp.MustCompile(`^[0-9]{1,3}(?:[.'’ \x{a0}\x{2009}\x{202f}][0-9]{3})+(,[0-9]+)?$`)
)

var (
	withUnit   = regexp.MustCompile(`^([-+]?[0-9][0-9.,'’]*) ?(\pL[\pL\pN/²³]{0,9})\.?$`)
	withColons = regexp.MustCompile(`^[0-9]+(?::[0-5][0-9]){1,2}(?:\.[0-9]+)?$`)
)

// unit returns the unit that follows a number, as in 5.0 kg, or "".
func unit(text string) string {
	parts := withUnit.FindStringSubmatch(text)
	if parts == nil || isNumber(text) || !isNumber(parts[1]) && numberMarks(parts[1]) == nil {
		return ""
	}
	return parts[2]
}

// numberMarks returns what keeps a text from being read as the number that it is to a person: marks such as "$". It returns none
// if the text is a number already, or is none.
func numberMarks(text string) (marks []string) {
	if !strings.ContainsAny(text, "0123456789") {
		return nil
	}
	if withColons.MatchString(text) {
		return []string{"colons"}
	}
	if inner, found := strings.CutPrefix(text, "("); found && strings.HasSuffix(inner, ")") { // a negative number, to accountants
		return marksAround("parentheses", strings.TrimSuffix(inner, ")"))
	}
	if rest := strings.TrimLeft(text, "<>≤≥= "); len(rest) < len(text) { // below or above what can be measured
		return marksAround(strings.TrimSpace(text[:len(text)-len(rest)]), rest)
	}
	text = strings.TrimLeft(text, "+-")
	cut := func(rest string, symbol rune) {
		marks, text = append(marks, string(symbol)), strings.TrimSpace(rest)
	}
	if symbol, size := utf8.DecodeRuneInString(text); unicode.Is(unicode.Sc, symbol) {
		cut(text[size:], symbol)
	}
	if symbol, size := utf8.DecodeLastRuneInString(text); symbol == '%' || unicode.Is(unicode.Sc, symbol) {
		cut(text[:len(text)-size], symbol)
	}
	switch comma := thousandsAndComma.FindStringSubmatch(text); {
	case isNumber(text):
		return marks
	case thousandsAndPoint.MatchString(text):
		return append(marks, "thousands separators")
	case comma != nil && comma[1] != "":
		return append(marks, "thousands separators", "decimal commas")
	case comma != nil:
		return append(marks, "thousands separators")
	case withDecimalComma.MatchString(text):
		return append(marks, "decimal commas")
	}
	return nil
}

// marksAround returns a mark with those of the rest, if that is a number to a person.
func marksAround(mark, rest string) []string {
	marks := numberMarks(rest)
	if marks == nil && !isNumber(rest) {
		return nil
	}
	return append([]string{mark}, marks...)
}

// addWriting counts a text that is not a number, if it is a date or looks like a number.
func (p *profile) addWriting(text string) {
	if isDate(text) {
		p.dates++
		return
	}
	marks := numberMarks(text)
	if len(marks) > 0 {
		p.marked++
	} else if unit := unit(text); unit != "" && (p.units[unit] > 0 || len(p.units) < maxTexts) {
		p.units[strings.Clone(unit)]++
	}
	for _, mark := range marks {
		if !slices.Contains(p.marks, mark) {
			p.marks = append(p.marks, mark)
		}
	}
}

// hasDates reports whether a column is of dates, except for a few values.
func (p *profile) hasDates() bool { return p.dates > 0 && p.areMost(p.dates) }

// hasMarkedNumbers reports whether a column is of numbers, except for a few values, but not all are written as numbers.
func (p *profile) hasMarkedNumbers() bool {
	return p.unit() != "" || p.marked > 0 && p.areMost(p.marked+p.numbers)
}

// unit returns the unit of a column of numbers, except for a few values, most of which have the same one. Few different values are
// rather categories, such as 2WD and 4WD.
func (p *profile) unit() string {
	const categories = 10
	for unit, n := range p.units {
		if n > p.numbers && p.areMost(n+p.numbers) && len(p.counts) > categories {
			return unit
		}
	}
	return ""
}

// areMost reports whether n of the values are all but a few, beside those that may be gaps.
func (p *profile) areMost(n int) bool {
	const share = 5
	for _, gaps := range p.weak {
		n += gaps
	}
	return share*(p.values-n) <= p.values
}
