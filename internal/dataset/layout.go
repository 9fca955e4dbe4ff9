package dataset

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"example.com/sonar/internal/csvfile"
	"example.com/sonar/internal/params"
)

// A layout describes the columns of one file and what their fields may be.
type layout struct {
	schema *Schema
	places []place // in the order of the file; their positions are those in it

	numbers, categories int
	classes             classes
	gaps                map[string]bool // the texts that mean "no value"
	slots               []int           // of the columns whose numbers are never gaps; -1 for others
	split               bool            // the file is of a split, so that no advice is given on how to describe it
	rows                bool            // the file has rows to predict, which the model describes
	trained             bool            // the classes are those of a model, so that none can be added
}

// newLayout returns the layout of a file in which these texts are gaps.
func newLayout(s *Schema, places []place, missing ...string) *layout {
	l := &layout{schema: s, places: places, classes: newClasses(s.Data.Classes), gaps: map[string]bool{}}
	for _, c := range s.Columns {
		if c.Kind == Category {
			l.categories++
		} else {
			l.numbers++
		}
	}
	numericGaps := false
	for _, text := range missing {
		l.gaps[text] = true
		_, isNumber := csvfile.ParseNumber([]byte(text))
		numericGaps = numericGaps || isNumber
	}
	l.slots = make([]int, len(places))
	for i, place := range places {
		l.slots[i] = -1
		if place.part == numberPart && !numericGaps {
			l.slots[i] = place.slot
		}
	}
	return l
}

// labelError returns the error for a text in the label's column that is none of the labels.
func (l *layout) labelError(p place, text string) error {
	err := l.classes.errorOf(p, text)
	if l.trained || LooksLikeGap(text) || l.classes.haveLookalike(text) {
		return err
	}
	return fmt.Errorf("%w: if it is a label too, list it in data.classes", err)
}

func isID(p place) bool { return p.part == idPart }

func (l *layout) hasID() bool { return slices.ContainsFunc(l.places, isID) }

func (l *layout) idPlace() place { return l.places[slices.IndexFunc(l.places, isID)] }

// rawLayout returns the layout of a raw file from its first record. If want is not nil, the file must have its inputs.
func rawLayout(p *csvfile.Piece, data params.Data, want *Schema) (*layout, error) {
	first := texts(p)
	schema, places, err := rawSchema(data, first)
	switch {
	case err == errLineIsData:
		return nil, p.Errorf("data.header is true, but line %d is data", p.Line)
	case err == nil && want != nil:
		err = want.Check(schema)
	}
	if err != nil {
		return nil, p.Errorf("%w", err)
	}
	l := newLayout(schema, places, data.Missing...)
	l.trained = want != nil
	if !data.Header && looksLikeHeader(data, first) {
		for i, place := range places {
			if place.part == labelPart {
				return nil, p.Errorf("%w: if the line names the columns, set data.header to true", l.classes.errorOf(place, first[i]))
			}
		}
	}
	return l, nil
}

// splitLayout returns the layout of an X file of a split from its first record. There only the empty field is a gap.
func splitLayout(p *csvfile.Piece, data params.Data) (*layout, error) {
	var names []string
	if data.Header {
		names = texts(p)
	}
	schema, err := splitSchema(data, len(p.Fields)+1+len(data.Drop), names)
	if err != nil {
		return nil, p.Errorf("%w", err)
	}
	places := slices.Clone(schema.kept)
	for i := range places {
		places[i].Position = i + 1
	}
	l := newLayout(schema, places, "")
	l.split = true
	return l, nil
}

// rowsLayout returns the layout of rows to predict. With a header, the inputs may be in any order, and other columns are
// ignored; without one, the columns are those of the raw file, with or without the label's. The empty field is a gap too, as
// in the files of a split.
func (s *Schema) rowsLayout(p *csvfile.Piece) (*layout, error) {
	var places []place
	var err error
	if s.Data.Header {
		places, err = s.placesByName(texts(p))
	} else {
		places, err = s.placesByPosition(len(p.Fields))
	}
	if err != nil {
		return nil, p.Errorf("%w", err)
	}
	l := newLayout(s, places, append([]string{""}, s.Data.Missing...)...)
	l.rows = true
	return l, nil
}

func (s *Schema) placesByName(header []string) ([]place, error) {
	places := make([]place, len(header))
	for i, name := range header {
		places[i].Column = Column{Name: name, Position: i + 1}
	}
	columns := indexOf(places)
	for _, k := range s.kept {
		i, there := columns.names[k.Name]
		j, twice := columns.again[k.Name]
		switch {
		case !there && k.part == idPart:
		case !there:
			return nil, fmt.Errorf("must have a column called %.40q, an input of the model, got %s", k.Name, namesOf(places))
		case twice:
			return nil, fmt.Errorf("column %d must not be called %.40q as column %d is", j+1, k.Name, i+1)
		default:
			places[i].part, places[i].slot, places[i].Kind = k.part, k.slot, k.Kind
		}
	}
	return places, nil
}

func (s *Schema) placesByPosition(columns int) ([]place, error) {
	label := s.Data.Label.Position
	switch {
	case columns == s.Raw:
		label = s.Raw + 1 // it is present, and shifts nothing
	case columns != s.Raw-1:
		return nil, fmt.Errorf("must have %d columns as the raw file of the model had, or %d without the label's, got %d", s.Raw, s.Raw-1, columns)
	case label == 0:
		label = s.Raw
	}
	places := make([]place, columns)
	for i := range places {
		places[i].Position = i + 1
	}
	for _, k := range s.kept {
		i := k.Position - 1
		if k.Position > label {
			i--
		}
		places[i].part, places[i].slot, places[i].Kind = k.part, k.slot, k.Kind
	}
	return places, nil
}

// texts returns the fields of a record without spaces around them.
func texts(p *csvfile.Piece) []string {
	list := make([]string, len(p.Fields))
	for i, field := range p.Fields {
		list[i] = string(bytes.TrimSpace(field))
	}
	return list
}

// Classes find the class of a label.
type classes struct {
	texts []string
	index map[string]int
}

func newClasses(texts []string) classes {
	c := classes{texts, make(map[string]int, len(texts))}
	for i, text := range texts {
		c.index[text] = i
	}
	return c
}

func (c classes) of(field []byte) (class int, known bool) {
	class, known = c.index[string(field)]
	if !known {
		class, known = c.index[string(bytes.TrimSpace(field))] // spaces inside quotes
	}
	return class, known
}

// errorOf returns the error for a text that is not one of the labels. If it looks like some of them, their code
// points are shown.
func (c classes) errorOf(p place, text string) error {
	const shown = 10
	labels := slices.Clone(c.texts[:min(shown, len(c.texts))])
	got := fmt.Sprintf("%.40q", text)
	if c.haveLookalike(text) {
		got += codePoints(text)
		for i, label := range labels {
			if lookAlike(label, text) {
				labels[i] += codePoints(label)
			}
		}
	}
	if len(c.texts) > shown {
		labels = append(labels, "...")
	}
	return fmt.Errorf("%s must be one of the labels %s, got %s", p, strings.Join(labels, ", "), got)
}

// haveLookalike reports whether a text looks like one of the labels.
func (c classes) haveLookalike(text string) bool {
	return slices.ContainsFunc(c.texts, func(label string) bool { return lookAlike(label, text) })
}

// codePoints returns those of the first characters of a text, in brackets.
func codePoints(text string) string {
	const shown = 8
	var points []string
	for _, r := range text {
		if len(points) == shown {
			points = append(points, "...")
			break
		}
		points = append(points, fmt.Sprintf("%U", r))
	}
	return " (" + strings.Join(points, " ") + ")"
}
