package foldfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// MaxRows is the largest number of rows that predictions.csv has. If there are more, it has a sample.
const MaxRows = 20_000

// Predictions is the content of a predictions.csv, for the scheme that decides: in each repeat a row was
// tested once. Classes are indices into data.classes.
type Predictions struct {
	Rows      []int      // row numbers of the raw file, from 0, ascending
	Labels    []uint16   // of each of Rows
	Predicted [][]uint16 // by repeat, of each of Rows
	Groups    []string   // of each of Rows; nil without groups
	Loss      []float64  // of each of Rows, the mean log loss over the repeats; nil in older files
	// IDs identifies each of Rows for people: it is written under IDName, and not read. nil without ids.
	IDs    []string
	IDName string
}

// IsSample reports whether rows of the raw file are left out.
func (p *Predictions) IsSample() bool { return p.Rows[len(p.Rows)-1] >= len(p.Rows) }

// The columns that may be missing.
const (
	groupColumn = "group"
	lossColumn  = "loss"
)

// WritePredictions writes predictions.csv, a line for each row, with classes by their texts. The id's
// column is called id if another column has its name.
func WritePredictions(w io.Writer, p *Predictions, classes []string) error {
	out := csv.NewWriter(w)
	out.Write(p.header()) // Error returns the first error
	var line []string
	for i, row := range p.Rows {
		line = append(line[:0], strconv.Itoa(row))
		if p.IDs != nil {
			line = append(line, p.IDs[i])
		}
		if p.Groups != nil {
			line = append(line, p.Groups[i])
		}
		line = append(line, classes[p.Labels[i]])
		for _, predicted := range p.Predicted {
			line = append(line, classes[predicted[i]])
		}
		if p.Loss != nil {
			line = append(line, writeNumber(p.Loss[i]))
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

func (p *Predictions) header() []string {
	own := predictionColumns(len(p.Predicted))
	names := own[:1:1]
	if p.IDs != nil {
		id := p.IDName
		if slices.Contains(own, id) || id == groupColumn || id == lossColumn {
			id = "id"
		}
		names = append(names, id)
	}
	if p.Groups != nil {
		names = append(names, groupColumn)
	}
	names = append(names, own[1:]...)
	if p.Loss != nil {
		names = append(names, lossColumn)
	}
	return names
}

// predictionColumns returns the columns that every predictions.csv has.
func predictionColumns(repeats int) []string {
	names := []string{"row", "label"}
	for repeat := range repeats {
		names = append(names, "repeat_"+strconv.Itoa(repeat))
	}
	return names
}

// ReadPredictions reads a predictions.csv with this many repeats; name is what errors call the file. The
// columns group and loss are optional.
func ReadPredictions(r io.Reader, name string, classes []string, repeats int) (*Predictions, error) {
	t, err := newTable(r, name)
	if err != nil {
		return nil, err
	}
	reader := predictionReader{table: t, codes: map[string]uint16{}, groups: map[string]string{}}
	for _, column := range predictionColumns(repeats) {
		at, err := t.find(column)
		if err != nil {
			return nil, err
		}
		reader.at = append(reader.at, at)
	}
	if reader.group, err = t.findOptional(groupColumn); err != nil {
		return nil, err
	}
	if reader.loss, err = t.findOptional(lossColumn); err != nil {
		return nil, err
	}
	for code, class := range classes {
		reader.codes[class] = uint16(code)
	}
	reader.predictions.Predicted = make([][]uint16, repeats)
	return reader.read()
}

type predictionReader struct {
	*table
	at          []int // the positions of row, label and each repeat
	group, loss int   // their positions, or noColumn
	codes       map[string]uint16
	groups      map[string]string // one copy of each text
	predictions Predictions
}

func (r *predictionReader) read() (*Predictions, error) {
	for {
		record, err := r.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.add(record)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(r.predictions.Rows) == 0 {
		return nil, fmt.Errorf("%s: must have rows", r.name)
	}
	return &r.predictions, nil
}

func (r *predictionReader) add(record []string) error {
	p := &r.predictions
	row, err := r.count(record, r.at[0], 0)
	if err != nil {
		return err
	}
	if n := len(p.Rows); n > 0 && row <= p.Rows[n-1] {
		return r.errorf(r.at[0], "must be above that of the line before, %d, got %d", p.Rows[n-1], row)
	}
	p.Rows = append(p.Rows, row)
	for i, at := range r.at[1:] {
		code, known := r.codes[record[at]]
		switch {
		case !known:
			return r.errorf(at, "must be one of data.classes, got %.40q", record[at])
		case i == 0:
			p.Labels = append(p.Labels, code)
		default:
			p.Predicted[i-1] = append(p.Predicted[i-1], code)
		}
	}
	if r.group != noColumn {
		p.Groups = append(p.Groups, r.copyOfGroup(record[r.group]))
	}
	if r.loss == noColumn {
		return nil
	}
	loss, err := r.number(record, r.loss, MaxLoss)
	p.Loss = append(p.Loss, loss)
	return err
}

// copyOfGroup returns a copy that does not keep the rest of the line in memory.
func (r *predictionReader) copyOfGroup(text string) string {
	known, ok := r.groups[text]
	if !ok {
		known = strings.Clone(text)
		r.groups[known] = known
	}
	return known
}
