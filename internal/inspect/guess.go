package inspect

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/params"
)

// A Guess is a description of a file that nothing describes, if it is what it seems to be.
type Guess struct {
	Data  params.Data
	Notes []string // what was guessed and why, one line each
	// Warnings say what should be fixed in the file, one line each.
	Warnings []string
	CSV      []byte // the file as the pipeline reads it
	Foreign  bool   // the pipeline does not read the file as it is
}

// NewGuess guesses what the columns of a table are. Label is the name or the position of the label's column; if it is "",
// it is guessed too. The text may have any of the usual separators and encodings; CSV has commas and UTF-8.
func NewGuess(text []byte, label string) (*Guess, error) {
	sheet, err := newSheet(text)
	if err != nil {
		return nil, err
	}
	g := guesser{sheet: sheet, named: map[string]int{}}
	for i, name := range sheet.names {
		g.named[name]++
		g.columns = append(g.columns, newProfile(i+1, name))
	}
	if err := sheet.rows(func(line int, values []string) {
		for i, value := range values {
			g.columns[i].add(line, value)
		}
	}); err != nil {
		return nil, err
	}
	if sheet.blank > 0 {
		sheet.convert("rows: without lines of separators alone, first line %d", sheet.blank)
	}
	if err := g.guess(label); err != nil {
		return nil, err
	}
	if err := g.data.Check(); err != nil {
		sheet.warnf("params.yaml takes no such section, so change the file: %v", err)
	}
	guess := &Guess{Data: g.data, Notes: sheet.notes, Warnings: sheet.warnings, CSV: text, Foreign: sheet.foreign}
	if sheet.foreign {
		guess.CSV, err = sheet.asCSV()
	}
	return guess, err
}

// Convert returns a table as the pipeline reads it, in CSV with commas and UTF-8. The text has the form of another one, so that
// 7.896 is what it is there: thousands or decimals. The other needs no rows of the same kind, and the text no label.
func Convert(text, like []byte) ([]byte, error) {
	form, err := newSheet(like)
	if err != nil {
		return nil, fmt.Errorf("the file to be like %w", err)
	}
	s, err := newSheetLike(text, form)
	if err != nil {
		return nil, err
	}
	return s.asCSV()
}

// File returns the CSV to read, with the name that errors call it.
func (g *Guess) File(name string) csvfile.File { return namedReader{bytes.NewReader(g.CSV), name} }

type namedReader struct {
	*bytes.Reader
	name string
}

func (r namedReader) Name() string { return r.name }

// A guesser decides what each column is for.
type guesser struct {
	sheet   *sheet
	columns []*profile
	named   map[string]int // how many columns have a name
	data    params.Data
	taken   map[*profile]bool
	missing []string
}

func (g *guesser) guess(label string) error {
	g.taken = map[*profile]bool{}
	g.data.Header = g.sheet.header
	if err := g.guessLabel(label); err != nil {
		return err
	}
	g.guessIndex()
	g.guessID()
	g.guessGroup()
	for _, p := range g.columns {
		p.settle()
	}
	g.guessGaps()
	g.guessInputs()
	g.guessMissing()
	return nil
}

// reference refers to a column by its name, or by its position if the name is no use.
func (g *guesser) reference(p *profile) params.Column {
	unfit := func(r rune) bool { return !unicode.IsPrint(r) }
	if p.name == "" || g.named[p.name] > 1 || strings.ContainsFunc(p.name, unfit) || strings.Contains(p.name, "${") || p.name == "???" {
		return params.Column{Position: p.position}
	}
	return params.Column{Name: p.name}
}

// take gives a column its part and notes why.
func (g *guesser) take(p *profile, key, why string) params.Column {
	g.taken[p] = true
	c := g.reference(p)
	g.sheet.notef("%s: %s, %s", key, c, why)
	return c
}

// labelNames are what columns of labels are called, the most certain first.
var labelNames = []string{
	"class", "label", "target", "species", "diagnosis", "outcome", "y", "survived", "type", "status", "response",
	"result", "output", "category", "classes", "variety", "disease", "churn", "default", "diabetes", "case", "income",
}

const surestNames = 3

func (g *guesser) guessLabel(label string) error {
	p, why := g.labelColumn(label)
	if p == nil && label != "" {
		return fmt.Errorf("must have a column called %.40q, the label's, got %s", label, g.columnNames())
	}
	if p == nil {
		return errors.New("no column has two or more different values that repeat, as a label's do: name the label's column with -label; rows without a label are converted with -csv and -like")
	}
	if name := cmp.Or(p.name, strconv.Itoa(p.position)); len(p.counts) < 2 {
		return fmt.Errorf("%.40q must have 2 different values or more to be the label, has %d", name, len(p.counts))
	} else if p.cut {
		return fmt.Errorf("%.40q must have at most %d different values to be the label, has more", name, p.mostCounts())
	}
	g.data.Label = g.take(p, "label", why)
	for class := range p.counts {
		g.data.Classes = append(g.data.Classes, class)
	}
	sortClasses(g.data.Classes)
	g.putRareClassLast(p)
	if p.values < p.rows {
		g.sheet.warnf("%d of %d rows have no label, first line %d: leave them out of the file", p.rows-p.values, p.rows, p.gapLine)
	}
	g.warnOfSpellings("classes", g.data.Classes)
	single := 0
	for _, class := range g.data.Classes {
		if p.counts[class] == 1 {
			if single++; single <= warnedClasses {
				g.sheet.warnf("class %.40q has one row, and prepare needs two: leave it out of the file", class)
			}
		}
	}
	return nil
}

// putRareClassLast exchanges two classes that are texts if the first is much rarer: average precision and the curves are those of
// the second, and the rare one is what is looked for.
func (g *guesser) putRareClassLast(label *profile) {
	classes := g.data.Classes
	const times = 3
	if len(classes) != 2 || label.counts[classes[1]] < times*label.counts[classes[0]] || label.isNumeric() {
		return
	}
	slices.Reverse(classes)
	g.sheet.notef("classes: the rare %.40q last, as average precision and the curves are of the second", classes[1])
}

// warnOfSpellings warns of texts, sorted, that differ only in case or in spaces.
func (g *guesser) warnOfSpellings(what string, texts []string) {
	spellings := map[string][]string{}
	for _, text := range texts {
		key := strings.ToLower(strings.Join(strings.Fields(text), ""))
		spellings[key] = append(spellings[key], fmt.Sprintf("%.40q", text))
	}
	warned := 0
	for _, key := range slices.Sorted(maps.Keys(spellings)) {
		if alike := spellings[key]; len(alike) > 1 {
			if warned++; warned <= warnedClasses {
				g.sheet.warnf("the %s %s differ only in case or spaces: if they are one, write them alike in the file", what, list(alike))
			}
		}
	}
}

// columnNames lists the names of the columns, or returns their number if they have none.
func (g *guesser) columnNames() string {
	if !g.data.Header {
		return fmt.Sprintf("%d without names", len(g.columns))
	}
	return list(quoted(g.sheet.names))
}

// sortClasses sorts numbers by value, and texts by code points.
func sortClasses(classes []string) {
	slices.Sort(classes)
	if slices.ContainsFunc(classes, func(text string) bool { return !isNumber(text) }) {
		return
	}
	slices.SortStableFunc(classes, func(a, b string) int {
		v, _ := csvfile.ParseNumber([]byte(a))
		w, _ := csvfile.ParseNumber([]byte(b))
		return cmp.Compare(v, w)
	})
}

// labelColumn returns the column of the label, or nil if there is none.
func (g *guesser) labelColumn(label string) (p *profile, why string) {
	if label != "" {
		i := slices.IndexFunc(g.columns, func(p *profile) bool { return p.name == label })
		if position, err := strconv.Atoi(label); i < 0 && err == nil && position <= len(g.columns) {
			i = position - 1
		}
		if i < 0 {
			return nil, ""
		}
		return g.columns[i], "as asked for"
	}
	last := g.columns[len(g.columns)-1]
	first := g.columns[0]
	if first.name == "" && g.data.Header && len(g.columns) > 2 {
		first = g.columns[1]
	}
	if last.mayBeLabel() && slices.Contains(labelNames, simple(last.name)) {
		return last, "the last column, by its name"
	}
	for _, name := range labelNames {
		for _, p := range g.columns {
			if simple(p.name) == name && p.mayBeLabel() {
				return p, "by its name"
			}
		}
	}
	for _, p := range g.columns {
		if slices.Contains(labelNames[:surestNames], simple(p.name)) {
			g.sheet.warnf("%.40q has the name of a label, but too many different values: is this a classification?", p.name)
		}
	}
	return g.likeLabel(first, last)
}

// likeLabel returns the column that is most like a label, whatever its name, or nil if there is none. A few rows may lack the
// label, as in tables that somebody typed.
func (g *guesser) likeLabel(first, last *profile) (p *profile, why string) {
	few := max(1, last.rows/20)
	for _, try := range []struct {
		column   *profile
		position string
		gaps     int
		numeric  bool
	}{
		{last, "last", 0, false}, {first, "first", 0, false}, {last, "last", few, false}, {first, "first", few, false},
		{last, "last", 0, true}, {first, "first", 0, true}, {last, "last", few, true}, {first, "first", few, true},
	} {
		p := try.column
		if p == first && p != last && try.numeric && len(p.counts) > 2 {
			continue
		}
		if p.isLikeLabel(try.gaps) && p.isNumeric() == try.numeric {
			return p, fmt.Sprintf("the %s column, with %d different values", try.position, len(p.counts))
		}
	}
	if last.isNumeric() && !last.isUnique() && !last.counter {
		g.sheet.warnf("%s, the last column, has too many different numbers for a label: if it is what is to be predicted, that is a regression, and this is for classes", g.reference(last))
	}
	for _, gaps := range []int{0, 1} { // a last line of totals may have no label
		for _, numeric := range []bool{false, true} {
			for _, p := range slices.Backward(g.columns) {
				if p.isLikeLabel(gaps) && p.isNumeric() == numeric {
					return p, fmt.Sprintf("the last one of few different values, with %d different values", len(p.counts))
				}
			}
		}
	}
	return nil, ""
}

// mayBeLabel reports whether a column has few different values, as a label has.
func (p *profile) mayBeLabel() bool {
	most := 100
	if p.isNumeric() {
		most = 30
	}
	n := len(p.counts)
	return n >= 2 && n <= most && !p.cut && 3*n <= p.values && (!p.isNumeric() || p.integers == p.values)
}

// isLikeLabel reports whether a column could be the label whatever its name: it has no more gaps than given, each value at
// least twice, and neither dates nor numbers with marks.
func (p *profile) isLikeLabel(gaps int) bool {
	if !p.mayBeLabel() || p.values+gaps < p.rows || p.hasDates() || p.hasMarkedNumbers() {
		return false
	}
	for _, n := range p.counts {
		if n < 2 {
			return false
		}
	}
	return true
}

// simple returns a name in lower case, letters and digits only.
func simple(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// guessIndex finds what programs write as an index: a first column without a name, or one that counts the rows.
func (g *guesser) guessIndex() {
	first := g.columns[0]
	if g.taken[first] {
		return
	}
	unnamed := g.data.Header && first.name == ""
	switch {
	case first.counter && !isIDName(first.name):
		g.drop(first, "counts the rows, as an index does")
	case unnamed && first.isUnique():
		g.data.ID = g.take(first, "id", "which has no name, and a different value in each row")
	case unnamed:
		g.drop(first, "has no name, as the index that R and pandas write")
	}
}

func (g *guesser) drop(p *profile, why string) {
	g.data.Drop = append(g.data.Drop, g.take(p, "drop", "which "+why))
}

var idName = regexp.MustCompile(`(?i)^(id|uuid|guid|key|index|rowname|rownames|sample|name|.*[_. -]id|.*[a-z]ID|id[_. -].*|.*(number|num|nr|no|code))$`)

func isIDName(name string) bool { return idName.MatchString(name) && !dataset.IsReserved(name) }

// guessID takes the first column with a different value in each row whose name is that of an id, or that has texts, or that
// has integers if it is the first column and there is no header.
func (g *guesser) guessID() {
	if !g.data.ID.IsNone() {
		return
	}
	const enough = 10 // rows for integers not to differ just by chance
	for _, named := range []bool{true, false} {
		for i, p := range g.columns {
			if g.taken[p] || !p.isUnique() || dataset.IsReserved(p.name) {
				continue
			}
			switch {
			case named && isIDName(p.name):
				g.data.ID = g.take(p, "id", "by its name, and as it has a different value in each row")
			case p.hasDates(), p.hasMarkedNumbers():
				continue
			case !named && p.numbers == 0:
				g.data.ID = g.take(p, "id", "as it has a different text in each row")
			case !named && i == 0 && !g.data.Header && p.rows >= enough:
				g.data.ID = g.take(p, "id", "as it is the first column, with a different integer in each row")
			default:
				continue
			}
			return
		}
	}
}

// groupName matches what rows are often of, alone or with a number: patient, device_id, Patienten-Nr., and ids of anything.
var groupName = regexp.MustCompile(`(?i)^((patient|pat|subject|subj|participant|proband|person|individual|animal|user|customer|client|kunden?|member|employee|` +
	`household|family|group|stratum|session|specimen|device|gerät|machine|sensor|well|serial|mrn|store|account)(s|en)?` +
	`([_. -]?(id|no|nr|nummer|number|name)\.?)?|fall[_. -]?(id|no|nr|nummer)\.?|id|.*[_. -]id|.*[a-z]ID)$`)

// guessGroup takes a column whose name is that of something that has several rows.
func (g *guesser) guessGroup() {
	const fewest = 10 // as many as there are folds
	for _, p := range g.columns {
		if g.taken[p] || !groupName.MatchString(p.name) || !p.namesRows() || p.values < p.rows || !p.repeats {
			continue
		}
		if len(p.counts) < fewest || len(p.counts) <= len(g.data.Classes) {
			continue
		}
		g.data.Group = g.take(p, "group", "by its name, and as its values are repeated")
		return
	}
}

// guessGaps finds texts that mean "no value" in columns of numbers.
func (g *guesser) guessGaps() {
	for _, p := range g.columns {
		if !g.taken[p] && g.hasFewTexts(p) {
			g.missing = append(g.missing, p.texts...)
			g.sheet.notef("missing: %.60q, as all else in %s is a number", p.texts, g.reference(p))
		}
	}
}

// guessInputs sorts the remaining columns into numbers, categories, and useless ones.
func (g *guesser) guessInputs() {
	var numbers int
	var categories, codes []string
	seen := map[string]bool{}
	for _, p := range g.columns {
		switch {
		case g.taken[p]:
			continue
		case g.data.Header && seen[p.name]:
			g.drop(p, fmt.Sprintf("has the name %.40q of a column before it", p.name))
			continue
		case g.data.Header && p.name == "":
			g.drop(p, "has no name")
			continue
		}
		seen[p.name] = true
		switch {
		case p.values == 0:
			g.drop(p, "has no value")
		case p.isConstant():
			g.drop(p, "is constant")
		case p.counter:
			g.drop(p, "counts the rows")
		case p.hasDates():
			g.drop(p, "has dates")
			g.sheet.warnf("%s has dates: drop it, or make it a number such as days since one of them", g.reference(p))
		case p.isNumeric():
			numbers++
			if p.zeros > 0 && p.isUnique() {
				g.sheet.warnf("%s has a different code in each row: make it data.id, or list it in data.drop", g.reference(p))
			} else if p.zeros > 0 {
				g.sheet.warnf("%s has integers that begin with 0, as codes do: if it has codes, add it to categorical", g.reference(p))
			}
			if n := len(p.counts); n > 2 && n <= 10 && 5*n <= p.values && p.integers == p.values {
				codes = append(codes, g.reference(p).String())
			}
		case p.hasMarkedNumbers():
			g.drop(p, "has numbers that are not written plainly")
			marks := p.marks
			if unit := p.unit(); unit != "" {
				marks = append(marks, unit)
			}
			g.sheet.warnf("%s looks like numbers with %s: write them plainly, as in -1234.5", g.reference(p), list(marks))
		case g.hasGapsInNumbers(p):
			numbers++
		case p.isMostlyDistinct(), p.numbers == 0 && p.isUnique():
			g.drop(p, "has mostly distinct texts")
		default:
			if p.numbers > 0 && p.values-p.numbers == 1 {
				g.sheet.warnf("line %d: %.40q is the only text in %s: without it, the column has numbers", p.textLine, p.texts[0], g.reference(p))
			}
			g.data.Categorical = append(g.data.Categorical, g.reference(p))
			categories = append(categories, g.reference(p).String())
			g.warnOfSpellings("texts of "+g.reference(p).String(), slices.Sorted(maps.Keys(p.counts)))
		}
	}
	if len(categories) > 0 {
		g.sheet.notef("categorical: %s, as they have texts", list(categories))
	}
	if len(codes) > 0 {
		g.sheet.notef("numbers: %s too, of few different integers: if they are codes without an order, add them to categorical", list(codes))
	}
	if numbers+len(categories) == 0 {
		g.sheet.warnf("no column is left as an input")
	}
}

// list lists names, only the first ones if there are many.
func list(names []string) string {
	const shown = 10
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// hasGapsInNumbers reports whether a column is of numbers, except for texts that mean "no value".
func (g *guesser) hasGapsInNumbers(p *profile) bool {
	other := func(text string) bool { return !slices.Contains(g.missing, text) }
	return p.numbers > 0 && len(p.texts) < maxTexts && !slices.ContainsFunc(p.texts, other)
}

// hasFewTexts reports whether a column is of numbers, except for a few texts that may mean "no value".
func (g *guesser) hasFewTexts(p *profile) bool {
	const share, categories = 5, 20
	return p.numbers > 0 && p.numbers < p.values && !p.hasDates() && !p.hasMarkedNumbers() && share*(p.values-p.numbers) <= p.values && len(p.counts) > categories && len(p.texts) < maxTexts
}

// guessMissing lists the texts that mean "no value" in the remaining columns, with those that always do.
func (g *guesser) guessMissing() {
	found := g.missing
	for _, p := range g.columns {
		if !g.taken[p] {
			for text := range p.gaps {
				found = append(found, text)
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	g.data.Missing = []string{"", "NA"}
	for _, text := range found {
		if !slices.Contains(g.data.Missing, text) {
			g.data.Missing = append(g.data.Missing, text)
		}
	}
	if len(found) > 0 {
		quoted := make([]string, 0, len(found))
		for _, text := range found {
			quoted = append(quoted, strconv.Quote(text))
		}
		g.sheet.notef("missing: %s, which the file has", list(quoted))
	}
	g.data.Missing = slices.DeleteFunc(g.data.Missing, func(text string) bool { return slices.Contains(g.data.Classes, text) })
}
