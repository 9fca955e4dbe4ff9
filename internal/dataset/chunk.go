package dataset

import (
	"bytes"
	"math"
	"slices"

	"example.com/sonar/internal/csvfile"
)

// A chunk is the rows of a piece of a file, on their way to the table. Chunks are reused, and so are the texts that
// they know: a text that is in a column many times is kept once for each chunk.
type chunk struct {
	rows    int
	numbers []float64 // row by row, as in the table
	codes   []int32   // likewise; they count the texts of the chunk
	texts   []dictionary
	labels  []int
	ids     textList
	lines   []int // of each row, if there are ids
	groups  textList
	faults  faults
}

// A dictionary is the texts of a categorical column, in the order in which they were first seen.
type dictionary struct {
	codes map[string]int32
	texts []string
	known []int32 // of the first texts: their codes in the table
}

func (d *dictionary) code(text []byte) int32 {
	if code, known := d.codes[string(text)]; known {
		return code
	}
	return d.add(string(text))
}

func (d *dictionary) add(text string) int32 {
	if d.codes == nil {
		d.codes = map[string]int32{}
	}
	code := int32(len(d.texts))
	d.codes[text] = code
	d.texts = append(d.texts, text)
	return code
}

// A textList is texts in one block of memory.
type textList struct {
	bytes []byte
	ends  []int
}

func (l *textList) add(text []byte) {
	l.bytes = append(l.bytes, text...)
	l.ends = append(l.ends, len(l.bytes))
}

func (l *textList) appendTo(list []string) []string {
	all, start := string(l.bytes), 0
	for _, end := range l.ends {
		list = append(list, all[start:end])
		start = end
	}
	return list
}

func (l *textList) reset() { l.bytes, l.ends = l.bytes[:0], l.ends[:0] }

// reset empties the chunk, but keeps its texts if these are few.
func (c *chunk) reset(categories int) {
	const most = 1 << 16
	c.rows, c.faults = 0, faults{}
	c.numbers, c.codes, c.labels, c.lines = c.numbers[:0], c.codes[:0], c.labels[:0], c.lines[:0]
	c.ids.reset()
	c.groups.reset()
	if c.texts == nil {
		c.texts = make([]dictionary, categories)
	}
	for i := range c.texts {
		if len(c.texts[i].texts) > most {
			c.texts[i] = dictionary{}
		}
	}
}

// parse reads the records of a piece.
func (c *chunk) parse(p *csvfile.Piece, l *layout) error {
	for {
		size := c.rows * l.numbers
		c.numbers = slices.Grow(c.numbers, l.numbers)[:size+l.numbers]
		if !p.NextNumbers(l.slots, c.numbers[size:]) {
			c.numbers = c.numbers[:size]
			return nil
		}
		c.codes = slices.Grow(c.codes, l.categories)[:len(c.codes)+l.categories]
		if err := c.parseRow(p, l, c.numbers[size:], c.codes[len(c.codes)-l.categories:]); err != nil {
			return err
		}
		c.rows++
	}
}

// parseRow reads the fields of a record that NextNumbers did not.
func (c *chunk) parseRow(p *csvfile.Piece, l *layout, numbers []float64, codes []int32) error {
	for k, field := range p.Fields {
		i := p.Columns[k]
		switch place := &l.places[i]; place.part {
		case numberPart:
			numbers[place.slot] = c.numberOrGap(p, l, i, field)
		case categoryPart:
			codes[place.slot] = c.codeOrGap(p, l, i, field)
		case labelPart:
			class, known := l.classes.of(field)
			if !known {
				return p.Errorf("%w", l.labelError(*place, string(bytes.TrimSpace(field))))
			}
			c.labels = append(c.labels, class)
		case idPart:
			if err := c.addName(&c.ids, p, l, i, field, "data.id"); err != nil {
				return err
			}
			c.lines = append(c.lines, p.Line)
		case groupPart:
			if err := c.addName(&c.groups, p, l, i, field, "data.group"); err != nil {
				return err
			}
		}
	}
	return nil
}

// numberOrGap is for fields that may not be plain numbers. It returns NaN for a gap, and after a fault.
func (c *chunk) numberOrGap(p *csvfile.Piece, l *layout, i int, field []byte) float64 {
	trimmed := bytes.TrimSpace(field) // spaces inside quotes
	if l.gaps[string(trimmed)] {
		return math.NaN()
	}
	v, ok := csvfile.ParseNumber(trimmed)
	if !ok {
		c.faults.add(p.Errorf, i, l.places[i], string(field))
		return math.NaN()
	}
	return v
}

func (c *chunk) codeOrGap(p *csvfile.Piece, l *layout, i int, field []byte) int32 {
	switch trimmed := bytes.TrimSpace(field); {
	case l.gaps[string(trimmed)]:
		return NoCode
	case len(trimmed) == 0:
		c.faults.add(p.Errorf, i, l.places[i], "")
		return NoCode
	}
	return c.texts[l.places[i].slot].code(field)
}

// addName adds an id or a group, which must not be empty.
func (c *chunk) addName(to *textList, p *csvfile.Piece, l *layout, i int, field []byte, key string) error {
	if trimmed := bytes.TrimSpace(field); len(trimmed) == 0 || l.gaps[string(trimmed)] {
		return p.Errorf("%s, %s, must have a value in every row, got %.40q", l.places[i], key, trimmed)
	}
	to.add(field)
	return nil
}
