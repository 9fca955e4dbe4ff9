package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/params"
)

// A Schema says what each column of a file is: the data section of params.yaml applied to the columns of the raw
// file, or to those of the split's X files, which lack the label's column and the dropped ones. Without a header, a
// model's schema has the same positions; with one, columns are the same if their names are.
type Schema struct {
	Data    params.Data
	Raw     int      // number of columns of the raw file
	Columns []Column // the inputs, in file order

	kept []place // the columns of the X files, in file order: inputs, id and group; of a model's, the inputs and then the id
}

// A place is a column of a file and the part it plays.
type place struct {
	Column
	part part
	slot int // of an input, its index among the inputs of its kind
}

// A part is what a column is for. The part of an input is its kind.
type part uint8

const (
	unused part = iota // dropped, or not asked for
	numberPart
	categoryPart
	labelPart
	idPart
	groupPart
)

// isGone reports whether the split's X files lack such a column.
func (p part) isGone() bool { return p == unused || p == labelPart }

// NewSchema returns the schema that a model knows: the data section that it was trained with, and the inputs in the order of
// the file. It is an error if these do not fit together.
func NewSchema(data params.Data, inputs []Column) (*Schema, error) {
	s := &Schema{Data: data, Raw: 1 + len(data.Drop) + len(inputs), Columns: inputs, kept: placesOf(inputs)}
	if !data.Group.IsNone() {
		s.Raw++
	}
	if !data.ID.IsNone() {
		s.Raw++
		s.kept = append(s.kept, place{Column: Column{Name: data.ID.Name, Position: data.ID.Position}, part: idPart})
	}
	if data.Header {
		return s, cmp.Or(s.checkTexts(), s.checkNames())
	}
	again, err := splitSchema(data, s.Raw, nil)
	if err == nil && !slices.Equal(again.Columns, inputs) {
		err = fmt.Errorf("the inputs must be the columns that the data section leaves of %d, and are not", s.Raw)
	}
	return s, err
}

// splitSchema returns the schema of a split from the number of columns of the raw file and the names of the remaining ones,
// which are nil without a header.
func splitSchema(data params.Data, raw int, names []string) (*Schema, error) {
	if raw > maxColumns {
		return nil, fmt.Errorf("must have at most %d columns, got %d", maxColumns, raw)
	}
	gone := gonePositions(data, raw)
	kept := make([]place, 0, max(0, raw-len(gone)))
	for position := 1; len(kept) < raw-1-len(data.Drop); position++ {
		if !gone[position] {
			kept = append(kept, place{Column: Column{Position: position}, part: numberPart})
		}
	}
	if data.Header {
		for i := range kept {
			kept[i].Name = names[i]
		}
	}
	index := indexOf(kept)
	var there []mention
	for _, m := range mentions(data, raw) {
		if !m.part.isGone() {
			there = append(there, m)
		} else if i, found := index.names[m.column.Name]; found && m.column.Name != "" {
			return nil, fmt.Errorf("column %d must not be there, as it is %.40q, %s: run prepare, or `dvc repro`", i+1, m.column.Name, m.whose)
		}
	}
	if err := index.assign(there, raw); err != nil {
		return nil, err
	}
	return newSchema(data, raw, kept)
}

// maxColumns is the number of columns that a file may have.
const maxColumns = 1 << 20

// gonePositions returns the positions of the label's column and the dropped ones, if they are referred to by position. Those
// referred to by name could be anywhere, and are taken to be the last ones; rawSchema makes sure that it does not matter.
func gonePositions(data params.Data, raw int) map[int]bool {
	gone := map[int]bool{}
	for _, m := range mentions(data, raw) {
		if m.part.isGone() && m.column.Position > 0 {
			gone[m.column.Position] = true
		}
	}
	return gone
}

// rawSchema returns the schema of a raw file, and what all its columns are, from its first record.
func rawSchema(data params.Data, first []string) (*Schema, []place, error) {
	if len(first) < 2 {
		return nil, nil, fmt.Errorf("must have 2 or more columns, got %d: %.40q", len(first), first[0])
	}
	places := make([]place, len(first))
	for i := range places {
		places[i] = place{Column: Column{Position: i + 1}, part: numberPart}
		if data.Header {
			places[i].Name = first[i]
		}
	}
	err := indexOf(places).assign(mentions(data, len(first)), len(first))
	if data.Header && readsAsRow(data, places, first, err != nil) {
		return nil, nil, errLineIsData
	}
	if err != nil {
		return nil, nil, err
	}
	kept := slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.part.isGone() })
	schema, err := newSchema(data, len(first), kept)
	if err == nil {
		err = schema.checkSplit()
	}
	if err != nil {
		return nil, nil, err
	}
	for i, k := 0, 0; k < len(kept); i++ {
		if places[i].Position == kept[k].Position {
			places[i] = kept[k]
			k++
		}
	}
	return schema, places, nil
}

// newSchema returns the schema of a file of which these columns are kept, and assigns the inputs among them their slots.
func newSchema(data params.Data, raw int, kept []place) (*Schema, error) {
	s := &Schema{Data: data, Raw: raw, kept: kept}
	if err := s.checkTexts(); err != nil {
		return nil, err
	}
	if data.Header {
		if err := s.checkNames(); err != nil {
			return nil, err
		}
	}
	var slots [2]int
	for i, p := range kept {
		if p.isInput() {
			kept[i].slot = slots[p.Kind]
			slots[p.Kind]++
			s.Columns = append(s.Columns, p.Column)
		}
	}
	if len(s.Columns) == 0 {
		return nil, errors.New("must have a column that is an input, got only the label's and those of data.id, data.group and data.drop")
	}
	return s, nil
}

// placesOf returns the places of inputs that are the only columns.
func placesOf(inputs []Column) []place {
	places := make([]place, len(inputs))
	var slots [2]int
	for i, c := range inputs {
		places[i] = place{Column: c, part: numberPart, slot: slots[c.Kind]}
		if c.Kind == Category {
			places[i].part = categoryPart
		}
		slots[c.Kind]++
	}
	return places
}

func (p place) isInput() bool { return p.part == numberPart || p.part == categoryPart }

// header returns the names in the order of the split's X files.
func (s *Schema) header() []string {
	names := make([]string, len(s.kept))
	for i, p := range s.kept {
		names[i] = p.Name
	}
	return names
}

// IDName returns what the column of ids is called in the files of predictions: its own name, or "id" if it has none;
// "" without ids.
func (s *Schema) IDName() string {
	for _, p := range s.kept {
		if p.part == idPart {
			return cmp.Or(p.Name, "id")
		}
	}
	return ""
}

// Check returns an error unless the columns of other, a table's schema, are the inputs of s, a model's.
func (s *Schema) Check(other *Schema) error {
	if len(other.Columns) != len(s.Columns) {
		return fmt.Errorf("must have %d columns as the model has inputs, got %d", len(s.Columns), len(other.Columns))
	}
	if other.Raw != s.Raw && !s.Data.Header {
		return fmt.Errorf("must have %d columns as the raw file of the model had, got %d", s.Raw, other.Raw)
	}
	for i, want := range s.Columns {
		if got := other.Columns[i]; got.Name != want.Name || got.Kind != want.Kind {
			return fmt.Errorf("input %d must be called %.40q as that of the model, got %.40q", i+1, want.Name, got.Name)
		}
	}
	return nil
}

// A mention is a column that the data section refers to, and for which part.
type mention struct {
	key    string
	whose  string
	column params.Column
	part   part
}

// mentions returns all those in the data section; raw is the number of columns of the raw file.
func mentions(data params.Data, raw int) []mention {
	label := data.Label
	if label.IsNone() {
		label.Position = raw
	}
	list := []mention{{"data.label", "the label's", label, labelPart}}
	if !data.ID.IsNone() {
		list = append(list, mention{"data.id", "the id's", data.ID, idPart})
	}
	if !data.Group.IsNone() {
		list = append(list, mention{"data.group", "the group's", data.Group, groupPart})
	}
	for _, column := range data.Drop {
		list = append(list, mention{"data.drop", "which data.drop lists", column, unused})
	}
	for _, column := range data.Categorical {
		list = append(list, mention{"data.categorical", "which data.categorical lists", column, categoryPart})
	}
	return list
}

// An index finds columns by what the data section calls them.
type index struct {
	places []place        // by position
	names  map[string]int // the first column with a name
	again  map[string]int // the second one
}

func indexOf(places []place) index {
	x := index{places, map[string]int{}, map[string]int{}}
	for i, p := range places {
		if _, twice := x.names[p.Name]; !twice {
			x.names[p.Name] = i
		} else if _, thrice := x.again[p.Name]; !thrice {
			x.again[p.Name] = i
		}
	}
	return x
}

func (x index) find(m mention, raw int) (int, error) {
	if m.column.Name == "" {
		i, there := slices.BinarySearchFunc(x.places, m.column.Position, func(p place, position int) int { return p.Position - position })
		if !there {
			return 0, fmt.Errorf("must have a column %d, %s, got %d columns", m.column.Position, m.whose, raw)
		}
		return i, nil
	}
	i, there := x.names[m.column.Name]
	if !there {
		return 0, fmt.Errorf("must have a column called %.40q, %s, got %s", m.column.Name, m.whose, namesOf(x.places))
	}
	if j, twice := x.again[m.column.Name]; twice {
		return 0, fmt.Errorf("column %d must not be called %.40q as column %d is", j+1, m.column.Name, i+1)
	}
	return i, nil
}

// namesOf lists the names of the first columns.
func namesOf(places []place) string {
	const shown = 10
	var list []string
	for _, p := range places[:min(shown, len(places))] {
		list = append(list, fmt.Sprintf("%.40q", p.Name))
	}
	names := strings.Join(list, ", ")
	if more := len(places) - shown; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}

// assign gives the columns that are mentioned their parts; each plays one.
func (x index) assign(list []mention, raw int) error {
	keys := map[int]string{}
	for _, m := range list {
		i, err := x.find(m, raw)
		if err != nil {
			return err
		}
		switch key := keys[i]; key {
		case "":
		case m.key:
			return fmt.Errorf("%s must appear in %s once, appears twice", x.places[i], key)
		default:
			return fmt.Errorf("%s must play one part, is in %s and in %s", x.places[i], key, m.key)
		}
		keys[i] = m.key
		x.places[i].part = m.part
		if m.part == categoryPart {
			x.places[i].Kind = Category
		}
	}
	return nil
}

// checkTexts checks that no class is a text that means "no value".
func (s *Schema) checkTexts() error {
	for _, class := range s.Data.Classes {
		if slices.Contains(s.Data.Missing, class) {
			return fmt.Errorf("data.missing must not list %.40q, which is one of data.classes", class)
		}
	}
	return nil
}

// checkNames checks the names of the kept columns: predictions and other programs go by them.
func (s *Schema) checkNames() error {
	inputs := map[string]int{}
	for _, p := range s.kept {
		switch {
		case p.part == idPart:
			if IsReserved(p.Name) {
				return fmt.Errorf("%s must not be data.id, as the predictions have a column of that name: rename it", p)
			}
		case p.Name == "":
			return fmt.Errorf("column %d must have a name: a column without a name is what R and pandas write for an index; list it in data.drop, or make it data.id", p.Position)
		case !IsText(p.Name) || p.Name != strings.TrimSpace(p.Name): // of a model alone, as a file is read without these
			return fmt.Errorf("column %d must have a name that a header can hold, got %.40q", p.Position, p.Name)
		case !p.isInput():
		case inputs[p.Name] > 0:
			return fmt.Errorf("column %d must not be called %.40q as column %d is: inputs go by name", p.Position, p.Name, inputs[p.Name])
		default:
			inputs[p.Name] = p.Position
		}
	}
	return nil
}

// IsText reports whether the readers of this package can find a text in a categorical column: UTF-8 that is not blank, with neither
// a NUL nor a CR before an LF.
func IsText(text string) bool {
	return utf8.ValidString(text) && strings.TrimSpace(text) != "" && !strings.Contains(text, "\x00") && !strings.Contains(text, "\r\n")
}

// IsReserved reports whether the files of predictions have a column of this name besides the id.
func IsReserved(name string) bool {
	return name == "row" || name == "label" || name == "prediction" || strings.HasPrefix(name, "probability_")
}

// checkSplit checks that the data section describes the split's X files as well. It does not if it refers to a column by
// its position in the raw file, and a column before that one, referred to by its name, is gone.
func (s *Schema) checkSplit() error {
	again, err := splitSchema(s.Data, s.Raw, s.header())
	for i, p := range s.kept {
		if err != nil || again.kept[i].part != p.part {
			return fmt.Errorf("%s must be referred to by its name in params.yaml, as data.label or data.drop is by name: without the columns that these name, the split has other positions", s.firstByPosition())
		}
	}
	return nil
}

// firstByPosition returns the first column that is kept and referred to by position.
func (s *Schema) firstByPosition() place {
	for _, m := range mentions(s.Data, s.Raw) {
		if i := slices.IndexFunc(s.kept, func(p place) bool { return p.Position == m.column.Position }); i >= 0 {
			return s.kept[i]
		}
	}
	return s.kept[0]
}

// errLineIsData is what rawSchema returns if the header is not one.
var errLineIsData = errors.New("data.header is true, but the line is data")

// readsAsRow reports whether the fields of a header are those of a row: numbers or gaps in the columns of numbers, and a
// class in the label's. If guess, the parts of the columns are unknown; then one field must be a class, and all others
// numbers or gaps.
func readsAsRow(data params.Data, places []place, fields []string, guess bool) bool {
	numbers, labels := 0, 0
	for i, text := range fields {
		_, isNumber := csvfile.ParseNumber([]byte(text))
		switch isClass := slices.Contains(data.Classes, text); {
		case guess && isClass && labels == 0, !guess && places[i].part == labelPart && isClass:
			labels++
		case !guess && places[i].part != labelPart && places[i].part != numberPart:
		case isNumber && (guess || places[i].part == numberPart):
			numbers++
		case !slices.Contains(data.Missing, text) || !guess && places[i].part == labelPart:
			return false
		}
	}
	return numbers > 0 && labels > 0 && !isCount(fields)
}

// isCount reports whether the fields are 0, 1, 2, ... or 1, 2, 3, ...: what programs write for a header without names.
func isCount(fields []string) bool {
	for i, text := range fields {
		if text != strconv.Itoa(i) && text != strconv.Itoa(i+1) || i > 0 && (text == strconv.Itoa(i)) != (fields[0] == "0") {
			return false
		}
	}
	return true
}

// looksLikeHeader reports whether a first record that should be a row has no number and no class.
func looksLikeHeader(data params.Data, fields []string) bool {
	return !slices.ContainsFunc(fields, func(text string) bool {
		_, isNumber := csvfile.ParseNumber([]byte(text))
		return isNumber || slices.Contains(data.Classes, text) || slices.Contains(data.Missing, text)
	})
}
