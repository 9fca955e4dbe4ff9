package compare

import (
	"fmt"
	"io"
	"slices"
	"strconv"
)

// predictions are what the stratified scheme's models said of each row while it was in a test fold,
// once in each repeat. Classes are positions in data.classes.
type predictions struct {
	rows   []int // row numbers of the raw file, ascending
	labels []uint16
	given  [][]uint16 // [repeat][row]
}

// readPredictions reads predictions.csv: row, label, repeat_0 and so on.
func readPredictions(r io.Reader, name string, classes []string, repeats int) (*predictions, error) {
	columns := []string{"row", "label"}
	for repeat := range repeats {
		columns = append(columns, "repeat_"+strconv.Itoa(repeat))
	}
	t, err := newTable(r, name, columns)
	if err != nil {
		return nil, err
	}
	codes := map[string]uint16{}
	for i, class := range classes {
		codes[class] = uint16(i)
	}
	p := &predictions{given: make([][]uint16, repeats)}
	for {
		record, err := t.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = p.add(t, record, codes)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(p.rows) == 0 {
		return nil, fmt.Errorf("%s: must have rows", name)
	}
	return p, nil
}

func (p *predictions) add(t *table, record []string, codes map[string]uint16) error {
	row, err := t.count(record, 0, 0)
	if err != nil {
		return err
	}
	if n := len(p.rows); n > 0 && row <= p.rows[n-1] {
		return t.errorf(0, "must be above the line before, %d, got %d", p.rows[n-1], row)
	}
	p.rows = append(p.rows, row)
	for i := range 1 + len(p.given) {
		code, ok := codes[record[1+i]]
		switch {
		case !ok:
			return t.errorf(1+i, "must be one of data.classes, got %.40q", record[1+i])
		case i == 0:
			p.labels = append(p.labels, code)
		default:
			p.given[i-1] = append(p.given[i-1], code)
		}
	}
	return nil
}

// right is the number of rows that a repeat got right.
func (p *predictions) right(repeat int) int {
	n := 0
	for i, label := range p.labels {
		if p.given[repeat][i] == label {
			n++
		}
	}
	return n
}

func (p *predictions) equal(q *predictions) bool {
	return slices.EqualFunc(p.given, q.given, slices.Equal)
}
