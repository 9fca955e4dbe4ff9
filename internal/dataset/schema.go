package dataset

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/params"
)

// A Schema says what each column of a file is: the data section of params.yaml held against the columns of the raw
// file, or against those of the split's X files, which lack the label's column and the dropped ones.
type Schema struct {
	Data    params.Data
	Raw     int      // number of columns of the raw file
	Columns []Column // the inputs, in file order

	kept []place // the columns of the X files, in file order: inputs, id and group
}

// A place is a column of a file and the part that it plays.
type place struct {
	Column
	part part
	slot int // of an input, its index among the inputs of its kind
}

// A part is what a column is for. That of an input is its kind.
type part uint8

const (
	unused part = iota // dropped, or not asked for
	numberPart
	categoryPart
	labelPart
	idPart
	groupPart
)

// NewSchema returns the schema of a raw file of so many columns from what is left of it: names are those of its
// columns without the label's and the dropped ones, as Names returns them, or nil without a header. It makes the
// schema of a split, and that of a model again from what was saved of it.
func NewSchema(data params.Data, raw int, names []string) (*Schema, error) {
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
		if len(names) != len(kept) {
			return nil, fmt.Errorf("must have %d columns, got the names of %d", len(kept), len(names))
		}
		for i, name := range names {
			kept[i].Name = strings.TrimSpace(name)
		}
	}
	index := indexOf(kept)
	for _, r := range mentions(data, raw) {
		if r.part != unused && r.part != labelPart {
			continue
		}
		if i, there := index.names[r.column.Name]; there && data.Header && r.column.Name != "" {
			return nil, fmt.Errorf("column %d must not be there, as %s lists %.40q", i+1, r.key, r.column.Name)
		}
	}
	kinds := slices.DeleteFunc(mentions(data, raw), func(r mention) bool { return r.part == unused || r.part == labelPart })
	if err := index.assign(kinds, raw); err != nil {
		return nil, err
	}
	return newSchema(data, raw, kept)
}

// maxColumns is the number of columns that a file may have.
const maxColumns = 1 << 20

// gonePositions returns the positions of the label's column and the dropped ones, if they are meant by position. Those
// that are meant by name could be anywhere, and are taken to be the last ones; rawSchema makes sure that it does not matter.
func gonePositions(data params.Data, raw int) map[int]bool {
	gone := map[int]bool{}
	for _, r := range mentions(data, raw) {
		if (r.part == unused || r.part == labelPart) && r.column.Position > 0 {
			gone[r.column.Position] = true
		}
	}
	return gone
}

// rawSchema returns the schema of a raw file, and what all its columns are, by its first record.
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
	kept := slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.part == unused || p.part == labelPart })
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

// newSchema returns the schema of a file of which these columns are left, and gives the inputs among them their slots.
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
		return nil, fmt.Errorf("must have a column that is an input, got only the label's and those of data.id, data.group and data.drop")
	}
	return s, nil
}

// placesOf returns those of inputs that are all there is.
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

// Names returns the header of the split's X files; nil without one.
func (s *Schema) Names() []string {
	if !s.Data.Header {
		return nil
	}
	names := make([]string, len(s.kept))
	for i, p := range s.kept {
		names[i] = p.Name
	}
	return names
}

// IDName returns what the column of ids is called in the files of predictions: its own name, or "id" if it has none;
// "" without ids.
func (s *Schema) IDName() string {
	switch i := s.find(idPart); {
	case i < 0:
		return ""
	case s.kept[i].Name == "":
		return "id"
	default:
		return s.kept[i].Name
	}
}

// find returns the index in kept of the column that plays a part that one column can play, or -1.
func (s *Schema) find(part part) int {
	return slices.IndexFunc(s.kept, func(p place) bool { return p.part == part })
}

// Check returns an error unless the columns of other, of a table, are the inputs that s has, of a model.
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

// mentions returns all of the data section; raw is the number of columns of the raw file.
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
	places    []place
	names     map[string]int
	again     map[string]int // the second column of a name
	positions map[int]int
}

func indexOf(places []place) index {
	x := index{places, map[string]int{}, map[string]int{}, map[int]int{}}
	for i, p := range places {
		x.positions[p.Position] = i
		if _, twice := x.names[p.Name]; !twice {
			x.names[p.Name] = i
		} else if _, thrice := x.again[p.Name]; !thrice {
			x.again[p.Name] = i
		}
	}
	return x
}

func (x index) find(r mention, raw int) (int, error) {
	if r.column.Name == "" {
		if i, there := x.positions[r.column.Position]; there {
			return i, nil
		}
		return 0, fmt.Errorf("must have a column %d, %s, got %d columns", r.column.Position, r.whose, raw)
	}
	i, there := x.names[r.column.Name]
	if !there {
		return 0, fmt.Errorf("must have a column called %.40q, %s, got none", r.column.Name, r.whose)
	}
	if j, twice := x.again[r.column.Name]; twice {
		return 0, fmt.Errorf("column %d must not be called %.40q as column %d is", j+1, r.column.Name, i+1)
	}
	return i, nil
}

// assign gives columns the parts that are referred to; each plays one.
func (x index) assign(list []mention, raw int) error {
	keys := map[int]string{}
	for _, r := range list {
		i, err := x.find(r, raw)
		if err != nil {
			return err
		}
		if key := keys[i]; key == r.key {
			return fmt.Errorf("%s must be in %s once, is there twice", x.places[i], key)
		} else if key != "" {
			return fmt.Errorf("%s must play one part, is in %s and in %s", x.places[i], key, r.key)
		}
		keys[i] = r.key
		x.places[i].part = r.part
		if r.part == categoryPart {
			x.places[i].Kind = Category
		}
	}
	return nil
}

// String returns what messages call a column: its position and, if it has one, its name.
func (p place) String() string { return describeColumn(p.Position, p.Name) }

func describeColumn(position int, name string) string {
	if name == "" {
		return "column " + strconv.Itoa(position)
	}
	return fmt.Sprintf("column %d (%.40q)", position, name)
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

// checkNames checks the names of the columns that the pipeline goes on with: predictions and other programs go by them.
func (s *Schema) checkNames() error {
	inputs := map[string]int{}
	for _, p := range s.kept {
		switch {
		case p.part == idPart:
			if isReserved(p.Name) {
				return fmt.Errorf("%s must not be data.id, as the predictions have a column of that name: rename it", p)
			}
		case p.Name == "":
			return fmt.Errorf("column %d must have a name: a column without a name is what R and pandas write for an index; list it in data.drop, or make it data.id", p.Position)
		case !p.isInput():
		case inputs[p.Name] > 0:
			return fmt.Errorf("column %d must not be called %.40q as column %d is: inputs go by name", p.Position, p.Name, inputs[p.Name])
		default:
			inputs[p.Name] = p.Position
		}
	}
	return nil
}

// isReserved reports whether the files of predictions have a column of this name beside the id.
func isReserved(name string) bool {
	return name == "row" || name == "label" || name == "prediction" || strings.HasPrefix(name, "probability_")
}

// checkSplit checks that the columns of the split's X files mean the same to whoever reads these. They do not if one
// is meant by its position in the raw file, and one before it, by its name, is gone.
func (s *Schema) checkSplit() error {
	again, err := NewSchema(s.Data, s.Raw, s.Names())
	for i, p := range s.kept {
		if err != nil || again.kept[i].part != p.part {
			return fmt.Errorf("%s must be referred to by its name in params.yaml, as data.label or data.drop is by name: without the columns that these name, the split has other positions", s.firstByPosition())
		}
	}
	return nil
}

// firstByPosition returns the first column after the label's that is kept and meant by position.
func (s *Schema) firstByPosition() place {
	for _, r := range mentions(s.Data, s.Raw)[1:] {
		if i := slices.IndexFunc(s.kept, func(p place) bool { return r.part != unused && p.Position == r.column.Position }); i >= 0 {
			return s.kept[i]
		}
	}
	return s.kept[0]
}

// errLineIsData is what rawSchema returns for a header that is none.
var errLineIsData = fmt.Errorf("data.header is true, but the line is data")

// readsAsRow reports whether the fields of a header are those of a row: numbers in the columns of numbers, and a class in
// the label's. If guess, the parts of the columns are not known; then one field must be a class, and all others numbers.
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

// looksLikeHeader reports whether a first record that is to be a row has no number and no class.
func looksLikeHeader(data params.Data, fields []string) bool {
	return !slices.ContainsFunc(fields, func(text string) bool {
		_, isNumber := csvfile.ParseNumber([]byte(text))
		return isNumber || slices.Contains(data.Classes, text) || slices.Contains(data.Missing, text)
	})
}
