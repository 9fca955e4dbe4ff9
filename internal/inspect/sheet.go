package inspect

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"example.com/sonar/internal/csvfile"
)

// A sheet is the text of a file in any of the forms in which programs write tables.
type sheet struct {
	text         []byte // UTF-8; lines end in LF or CRLF
	skipped      int    // lines of the file before the text
	separator    rune
	blanks       bool // the separators were blanks, and are tabs now
	decimalComma bool
	thousands    []bool // of each column: whether points are between thousands, not before decimals
	points       []bool // of each column: whether some are before decimals
	columns      int
	header       bool
	rowNames     bool     // the header is one name short, as R writes it: the first column has no name
	names        []string // of the columns, "" without a header

	notes    []string // what was guessed about it
	warnings []string // what is wrong with it
	foreign  bool     // the pipeline does not read it as it is
	blank    int      // the first line of separators alone, 0 if there is none
	units    int      // the line of units or the like below the header, 0 if there is none

	keepsBlank bool // lines of separators alone are rows
}

// newSheet guesses the format of a text.
func newSheet(text []byte) (*sheet, error) {
	if bytes.HasPrefix(text, []byte("PK\x03\x04")) {
		return nil, errors.New("must be a table as text, is a ZIP archive, an Excel workbook perhaps: save it as CSV")
	}
	s := &sheet{}
	s.decode(text)
	if len(bytes.TrimSpace(s.text)) == 0 {
		return nil, errors.New("is empty")
	}
	s.skipExcelLine()
	if err := s.findSeparator(); err != nil {
		return nil, err
	}
	return s, s.findHeader()
}

// newSheetLike reads a text in the form of another sheet: its separator, header, row of units and decimals. It may lack columns,
// such as the label's, if they have names.
func newSheetLike(text []byte, form *sheet) (*sheet, error) {
	s := &sheet{decimalComma: form.decimalComma, header: form.header, keepsBlank: true}
	s.decode(text)
	s.skipExcelLine()
	separator := form.separator
	if form.blanks {
		separator = ' '
	}
	s.divide(separator)
	if s.header {
		s.startAtNames(form.names)
	}
	var widths []int // of the first two records
	for line, fields := range s.sample() {
		if widths = append(widths, len(fields)); len(widths) == 1 {
			s.names = slices.Clone(fields)
			continue
		}
		if form.units > 0 && !slices.ContainsFunc(fields, s.looksLikeNumber) {
			s.units = line
		}
		break
	}
	if len(widths) == 0 {
		return nil, errors.New("is empty")
	}
	s.columns, s.rowNames = widths[0], false
	if form.rowNames && len(widths) == 2 && widths[1] == widths[0]+1 {
		s.columns, s.rowNames, s.names = widths[1], true, append([]string{""}, s.names...)
	}
	return s, s.takeColumns(form)
}

// takeColumns finds the columns in the other sheet, by their names or, without a header, by their positions.
func (s *sheet) takeColumns(form *sheet) error {
	known := 0
	for i, name := range s.names {
		like := i
		if s.header {
			if like = slices.Index(form.names, name); like >= 0 && name != "" {
				known++
			}
		}
		// In a file with decimal commas, points are between thousands, unless some column has numbers with other points.
		s.thousands = append(s.thousands, s.decimalComma && like >= 0 && like < len(form.points) && !form.points[like])
	}
	switch {
	case s.header && known == 0:
		return fmt.Errorf("must have columns of the other file, whose names are %s, has %s", list(quoted(form.names)), list(quoted(s.names)))
	case !s.header && s.columns != form.columns:
		return fmt.Errorf("must have %d columns as the other file, in which they have no names, has %d: leave the label's field empty", form.columns, s.columns)
	}
	return nil
}

func quoted(names []string) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = fmt.Sprintf("%.40q", name)
	}
	return texts
}

func (s *sheet) notef(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

func (s *sheet) warnf(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

// convert notes a format that the pipeline does not read.
func (s *sheet) convert(format string, args ...any) {
	s.foreign = true
	s.notef(format, args...)
}

// decode converts the text to UTF-8, with line endings that have an LF.
func (s *sheet) decode(text []byte) {
	switch {
	case len(text) > 1 && (text[0] == 0xff && text[1] == 0xfe || text[0] != 0 && text[1] == 0):
		text = decodeUTF16(text, binary.LittleEndian)
		s.convert("encoding: UTF-16")
	case len(text) > 1 && (text[0] == 0xfe && text[1] == 0xff || text[0] == 0 && text[1] != 0):
		text = decodeUTF16(text, binary.BigEndian)
		s.convert("encoding: UTF-16")
	case !utf8.Valid(text):
		text, _ = charmap.Windows1252.NewDecoder().Bytes(text) // which has a character for each byte
		s.convert("encoding: Windows-1252, as it is not UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if bytes.IndexByte(text, '\r') >= 0 && bytes.IndexByte(text, '\n') < 0 {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
		s.convert("line ends: CR alone")
	}
	s.text = text
}

// decodeUTF16 keeps a byte order mark, as U+FEFF.
func decodeUTF16(text []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

var excelLine = regexp.MustCompile(`^"?(?i:sep)=([\t;,| ])"?\r?\n`)

// skipExcelLine takes the separator from a first line such as "sep=;", which Excel reads and writes.
func (s *sheet) skipExcelLine() {
	if found := excelLine.FindSubmatch(s.text); found != nil {
		s.text, s.skipped, s.separator = s.text[len(found[0]):], 1, rune(found[1][0])
		s.convert("start: line 2, as line 1 is Excel's %q", "sep="+string(s.separator))
	}
}

// separators are those that are tried, with their names. A text may have commas and spaces in its fields, so they are
// tried after those that are rarer in fields.
var separators = []struct {
	char  rune
	names string
}{{'\t', "tabs"}, {';', "semicolons"}, {',', "commas"}, {'|', "vertical bars"}, {' ', "spaces"}}

// sampleRows is the number of records from which the format of a file is guessed, and sampleBytes that of the bytes after
// which no more are read.
const (
	sampleRows  = 1000
	sampleBytes = 4 << 20
)

// findSeparator takes the first separator that divides all records of the sample into the same number of fields or, if none
// does, the one that does so for most of them. If the file names its separator, no other is tried.
func (s *sheet) findSeparator() error {
	if line, wide := s.widest(); wide {
		return fmt.Errorf("line %d must have at most %d columns, has more", line, maxColumns)
	}
	best, most, named := -1, 0.5, s.separator
	for i, candidate := range separators {
		if named != 0 && candidate.char != named {
			continue
		}
		if share := s.tryOut(candidate.char); share > most {
			best, most = i, share
		}
	}
	if best < 0 {
		return errors.New("must be a table of 2 or more columns with tabs, semicolons, commas, vertical bars or spaces between them, is not")
	}
	found := separators[best]
	s.divide(found.char)
	if found.char != ',' {
		s.convert("separator: %s", found.names)
	} else {
		s.notef("separator: commas")
	}
	if s.skipTitles() {
		most = s.tryOut(s.separator)
	}
	if most < 1 {
		s.warnOfWidths()
	}
	s.findDecimal()
	return nil
}

// skipTitles skips what stands above the header of a report, and returns whether there is any: records of which less than half of the
// fields have values, if the next one is of texts alone.
func (s *sheet) skipTitles() bool {
	const most = 20 // lines of titles
	titles := 0
	for line, fields := range s.sample() {
		values, numbers := 0, 0
		for _, field := range fields {
			if field != "" {
				values++
			}
			if s.looksLikeNumber(field) {
				numbers++
			}
		}
		if 2*values < s.columns && titles < most {
			titles++
			continue
		}
		if titles == 0 || numbers > 0 || s.blanks {
			return false
		}
		s.startAt(line)
		s.convert("start: line %d, as those above it are no rows of the table", line)
		return true
	}
	return false
}

// startAt takes a line of the file as the first one of the text.
func (s *sheet) startAt(line int) {
	for range line - s.skipped - 1 {
		s.text = s.text[bytes.IndexByte(s.text, '\n')+1:]
	}
	s.skipped, s.blank = line-1, 0
}

// startAtNames skips what stands above the first record that has one of the names.
func (s *sheet) startAtNames(names []string) {
	isName := func(field string) bool { return field != "" && slices.Contains(names, field) }
	for line, fields := range s.sample() {
		if slices.ContainsFunc(fields, isName) {
			s.startAt(line)
			return
		}
	}
}

// looksLikeNumber reports whether a field is a number, with a decimal point or a decimal comma.
func (s *sheet) looksLikeNumber(field string) bool {
	return isNumber(field) || s.separator != ',' && withDecimalComma.MatchString(field)
}

// divide takes a separator.
func (s *sheet) divide(separator rune) {
	s.blanks = separator == ' '
	s.tryOut(separator)
	if s.blanks {
		s.text, s.separator = joinBlanks(s.text), '\t'
	}
}

// maxColumns is that of package csvfile. Fields take many times the memory of an empty field's text.
const maxColumns = 1 << 20

// widest returns a line that has too many columns by any separator, and whether there is one.
func (s *sheet) widest() (line int, wide bool) {
	for text := range bytes.Lines(s.text) {
		line++
		if len(text) <= maxColumns {
			continue
		}
		for _, candidate := range separators {
			if bytes.Count(text, []byte{byte(candidate.char)}) >= maxColumns {
				return line + s.skipped, true
			}
		}
	}
	return 0, false
}

// warnOfWidths names the first lines with too many or too few fields.
func (s *sheet) warnOfWidths() {
	header := s.rowNames
	var lines []string
	for line, fields := range s.sample() {
		if len(fields) != s.columns && !header {
			lines = append(lines, fmt.Sprintf("line %d has %d", line, len(fields)))
		}
		header = false
	}
	s.warnf("the records must all have %d fields: %s", s.columns, list(lines))
}

// tryOut sets the separator and the number of columns, and returns the share of the sample that has this many.
func (s *sheet) tryOut(separator rune) (share float64) {
	s.separator, s.rowNames, s.columns = separator, false, 0
	trial := *s
	if separator == ' ' {
		trial.text, trial.separator = joinBlanks(head(s.text)), '\t'
	}
	widths := map[int]int{}
	var first, records int
	for _, fields := range trial.sample() {
		if records == 0 {
			first = len(fields)
		}
		records++
		widths[len(fields)]++
	}
	for width, n := range widths {
		if n > widths[s.columns] || n == widths[s.columns] && width > s.columns {
			s.columns = width
		}
	}
	if s.columns < 2 {
		return 0
	}
	same := widths[s.columns]
	if first == s.columns-1 && records > 2 {
		s.rowNames = true
		same++
	}
	return float64(same) / float64(records)
}

// head returns the start of a text: whole lines, as many as a sample has.
func head(text []byte) []byte {
	end := 0
	for range sampleRows {
		next := bytes.IndexByte(text[end:], '\n')
		if next < 0 {
			return text
		}
		end += next + 1
	}
	return text[:end]
}

// sample returns the first records, each with its line; one that cannot be read ends it.
func (s *sheet) sample() iter.Seq2[int, []string] {
	return func(yield func(int, []string) bool) {
		n, size := 0, 0
		s.records(func(line int, fields []string) bool {
			n++
			for _, field := range fields {
				size += len(field) + 1
			}
			return yield(line, fields) && n < sampleRows && size < sampleBytes
		})
	}
}

// records calls yield with the line of each record and its fields, which are valid until the next, without spaces around them.
// It leaves out those that have no value in any field, as spreadsheets write below a table.
func (s *sheet) records(yield func(line int, fields []string) bool) error {
	r := csv.NewReader(bytes.NewReader(s.text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = s.separator, true, -1, true
	r.TrimLeadingSpace = s.separator != '\t'
	for {
		fields, err := r.Read()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		line, _ := r.FieldPos(0)
		for i, field := range fields {
			fields[i] = strings.TrimSpace(field)
		}
		if s.units > 0 && s.skipped+line == s.units {
			continue
		}
		isBlank := !slices.ContainsFunc(fields, func(field string) bool { return field != "" })
		if isBlank && len(fields) > 1 && s.blank == 0 {
			s.blank = s.skipped + line
		}
		if isBlank && !(s.keepsBlank && len(fields) > 1) {
			continue
		}
		if !yield(s.skipped+line, fields) {
			return nil
		}
	}
}

// joinBlanks replaces each run of blanks outside quotes with one tab, and removes those at the ends of a line.
func joinBlanks(text []byte) []byte {
	joined := make([]byte, 0, len(text))
	inside, pending, begun := false, false, false
	for _, b := range text {
		switch {
		case (b == ' ' || b == '\t' || b == '\r') && !inside:
			pending = begun
			continue
		case b == '\n' && !inside:
			pending, begun = false, false
		case b == '"':
			inside = !inside
		}
		if pending {
			joined = append(joined, '\t')
			pending = false
		}
		begun = begun || b != '\n'
		joined = append(joined, b)
	}
	return joined
}

var withDecimalComma = regexp.MustCompile(`^[-+]?[0-9]*,[0-9]+([eE][-+]?[0-9]+)?$`)

// withThousandsPoints matches numbers such as 5.618 and 1.234.567,8. What begins with 0, as in 0.125, is no such number.
var withThousandsPoints = regexp.MustCompile(`^[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?$`)

// findDecimal looks for decimal commas and, where those are, for points between thousands: 5.618 alone may be either.
func (s *sheet) findDecimal() {
	s.thousands, s.points = make([]bool, s.columns), make([]bool, s.columns)
	if s.separator == ',' {
		return
	}
	commas, points := 0, 0
	for _, fields := range s.sample() {
		for _, field := range fields {
			switch {
			case withDecimalComma.MatchString(field):
				commas++
			case withThousandsPoints.MatchString(field):
			case strings.Contains(field, ".") && isNumber(field):
				points++
			}
		}
	}
	if commas > points {
		s.decimalComma = true
		s.convert("decimals: commas, as in 1,5")
		s.findThousands()
	}
}

// findThousands looks for columns in which all points of numbers are between thousands.
func (s *sheet) findThousands() {
	s.records(func(_ int, fields []string) bool {
		for i, field := range fields[:min(len(fields), s.columns)] {
			switch {
			case withThousandsPoints.MatchString(field):
				s.thousands[i] = true
			case strings.Contains(field, ".") && isNumber(field):
				s.points[i] = true
			}
		}
		return true
	})
	var found []string
	for i := range s.thousands {
		if s.thousands[i] = s.thousands[i] && !s.points[i]; s.thousands[i] {
			found = append(found, strconv.Itoa(i+1))
		}
	}
	if len(found) > 0 {
		s.notef("thousands: points in column %s, so that 5.618 is 5618, as decimals are commas", list(found))
	}
}

func isNumber(text string) bool {
	_, ok := csvfile.ParseNumber([]byte(text))
	return ok
}

// value returns a field of a column, from 0, as the pipeline reads it.
func (s *sheet) value(column int, field string) string {
	if column < len(s.thousands) && s.thousands[column] && withThousandsPoints.MatchString(field) {
		field = strings.ReplaceAll(field, ".", "")
	}
	if s.decimalComma && withDecimalComma.MatchString(field) {
		return strings.Replace(field, ",", ".", 1)
	}
	return field
}

// findHeader decides whether the first record names the columns. A text above numbers is a vote for it, and so is a text
// that does not occur below, among few different ones; a number, or a text that occurs below, is a vote against it.
func (s *sheet) findHeader() error {
	var first, second []string
	var secondLine int
	var below []*profile
	for line, fields := range s.sample() {
		if first == nil {
			first = append([]string{}, fields...)
			for i := range s.columns {
				below = append(below, newProfile(i+1, ""))
			}
			continue
		}
		if len(fields) == s.columns {
			if second == nil {
				second, secondLine = slices.Clone(fields), line
			}
			for i, field := range fields {
				below[i].add(0, s.value(i, field))
			}
		}
	}
	if first == nil || below[0].rows == 0 {
		return errors.New("must have 2 or more records, has fewer")
	}
	if s.rowNames {
		first = append([]string{""}, first...)
		s.convert("header: true, one name short, as R's write.table writes row names")
	}
	votes := 0
	for i, p := range below {
		if i < len(first) {
			votes += p.headerVote(s.value(i, first[i]))
		}
	}
	s.header = votes > 0 || s.rowNames
	s.names = make([]string, s.columns)
	if s.header {
		copy(s.names, first)
		if !s.rowNames {
			s.notef("header: true, as the first line differs from those below it")
		}
	} else {
		s.notef("header: false, as the first line is like those below it")
	}
	if s.header && s.areUnits(second, below) {
		s.units = secondLine
		s.convert("rows: without line %d, which has texts such as units above numbers", s.units)
	}
	return nil
}

// areUnits reports whether the fields of the record below the header are no row, but units or the like: there is no number among
// them, and a text only above numbers, in two columns or more.
func (s *sheet) areUnits(fields []string, columns []*profile) bool {
	units := 0
	for i, field := range fields {
		p := columns[i]
		switch isText := !isStrongGap(field) && !isNumber(s.value(i, field)); {
		case !isText && field != "":
			return false
		case isText && 2*p.numbers > p.values:
			units++
		case isText:
			return false
		}
	}
	return units >= 2
}

// headerVote returns 1 if a text above the values of a column looks like its name, -1 if it looks like one of them, and 0
// if neither is clear.
func (p *profile) headerVote(text string) int {
	switch _, below := p.counts[text]; {
	case text == "":
		return 0
	case p.numbers > 0 && isNumber(text), below:
		return -1
	case p.values > 0 && p.numbers == p.values && !isStrongGap(text), 2*len(p.counts) <= p.values:
		return 1
	}
	return 0
}

// rows calls yield with the line and the values of each row that has as many fields as the others, without the header.
func (s *sheet) rows(yield func(line int, values []string)) error {
	skip := s.header
	return s.records(func(line int, fields []string) bool {
		if !skip && len(fields) == s.columns {
			for i, field := range fields {
				fields[i] = s.value(i, field)
			}
			yield(line, fields)
		}
		skip = false
		return true
	})
}

// asCSV returns the file as the pipeline reads it.
func (s *sheet) asCSV() ([]byte, error) {
	var out []byte
	write := func(fields []string, value func(column int, field string) string) {
		for i, field := range fields {
			if i > 0 {
				out = append(out, ',')
			}
			out = csvfile.AppendText(out, value(i, field))
		}
		out = append(out, '\n')
	}
	names := s.header
	var wrong error
	err := s.records(func(at int, fields []string) bool {
		switch {
		case names:
			names = false
			write(s.names, func(_ int, name string) string { return name })
		case s.keepsBlank && len(fields) != s.columns:
			wrong = fmt.Errorf("line %d must have %d fields as the first one, has %d", at, s.columns, len(fields))
			return false
		default:
			write(fields, s.value)
		}
		return true
	})
	if wrong != nil {
		return nil, wrong
	}
	return out, err
}
