package foldfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Fold is one line of folds.csv.
type Fold struct {
	Scheme       string
	Repeat, Fold int // both from 0; Fold counts within the repeat
	Rows         int // tested
	Scores       Scores
}

// Folds is the content of a folds.csv.
type Folds struct {
	Lines []Fold // in the order of the file
	// Has says for each metric whether every line has a value. The scores of a metric without a column are
	// 0, and the score of an empty field is NaN.
	Has [metricCount]bool
}

// identity lists the columns that say which fold a line is about.
var identity = [4]string{"scheme", "repeat", "fold", "rows"}

// WriteFolds writes folds.csv: a line for each fold, in the order given, with each number in the
// shortest form that reads back as the same, and an empty field for NaN.
func WriteFolds(w io.Writer, folds []Fold) error {
	out := csv.NewWriter(w)
	line := slices.Clone(identity[:])
	for _, m := range columnOrder {
		line = append(line, metrics[m].Name)
	}
	out.Write(line) // Error returns the first error
	for _, f := range folds {
		line = append(line[:0], f.Scheme, strconv.Itoa(f.Repeat), strconv.Itoa(f.Fold), strconv.Itoa(f.Rows))
		for _, m := range columnOrder {
			line = append(line, writeNumber(f.Scores[m]))
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// ReadFolds reads a folds.csv; name is what errors call the file. A metric need not have a column,
// as older tables have fewer, but at least one must.
func ReadFolds(r io.Reader, name string) (*Folds, error) {
	t, err := newTable(r, name)
	if err != nil {
		return nil, err
	}
	reader := foldReader{table: t}
	if err := reader.findColumns(); err != nil {
		return nil, err
	}
	return reader.read()
}

type foldReader struct {
	*table
	identity [4]int // the positions of scheme, repeat, fold and rows
	metrics  []int  // those that have a column
	at       []int  // the column of each of metrics
	folds    Folds
}

func (r *foldReader) findColumns() (err error) {
	for i, name := range identity {
		if r.identity[i], err = r.find(name); err != nil {
			return err
		}
	}
	for m, metric := range metrics {
		at, err := r.findOptional(metric.Name)
		if err != nil {
			return err
		}
		if at == noColumn {
			continue
		}
		r.metrics, r.at = append(r.metrics, m), append(r.at, at)
		r.folds.Has[m] = true
	}
	if len(r.metrics) == 0 {
		return fmt.Errorf("%s:1: must have a column of a metric (%s), has none", r.name, strings.Join(MetricNames(), ", "))
	}
	return nil
}

func (r *foldReader) read() (*Folds, error) {
	for {
		record, err := r.next()
		if err == io.EOF {
			return &r.folds, nil
		} else if err != nil {
			return nil, err
		}
		fold, err := r.fold(record)
		if err != nil {
			return nil, err
		}
		r.folds.Lines = append(r.folds.Lines, fold)
	}
}

func (r *foldReader) fold(record []string) (f Fold, err error) {
	if f.Scheme, err = r.scheme(record); err != nil {
		return f, err
	}
	for i, count := range []struct {
		field *int
		low   int
	}{{&f.Repeat, 0}, {&f.Fold, 0}, {&f.Rows, 1}} {
		if *count.field, err = r.count(record, r.identity[1+i], count.low); err != nil {
			return f, err
		}
	}
	for i, m := range r.metrics {
		if record[r.at[i]] == "" && metrics[m].Partial {
			f.Scores[m], r.folds.Has[m] = math.NaN(), false
		} else if f.Scores[m], err = r.number(record, r.at[i], metrics[m].Max); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (r *foldReader) scheme(record []string) (string, error) {
	all := []string{Stratified, Grouped, Blocked}
	for _, scheme := range all {
		if record[r.identity[0]] == scheme {
			return scheme, nil
		}
	}
	return "", r.errorf(r.identity[0], "must be one of %s, got %.40q", strings.Join(all, ", "), record[r.identity[0]])
}

// Ordered returns the folds of a scheme by repeat, then fold. Each of repeats x splits must appear
// exactly once.
func (f *Folds) Ordered(scheme string, repeats, splits int) ([]Fold, error) {
	var folds []Fold
	for _, line := range f.Lines {
		if line.Scheme == scheme {
			folds = append(folds, line)
		}
	}
	if int64(len(folds)) != int64(repeats)*int64(splits) {
		return nil, fmt.Errorf("scheme %s: must have %d repeats of %d folds, as params.yaml says, got %d lines", scheme, repeats, splits, len(folds))
	}
	ordered := make([]Fold, len(folds))
	for _, fold := range folds {
		if fold.Repeat >= repeats || fold.Fold >= splits {
			return nil, fmt.Errorf("scheme %s: fold %d of repeat %d is none of the %d repeats of %d", scheme, fold.Fold, fold.Repeat, repeats, splits)
		}
		place := &ordered[fold.Repeat*splits+fold.Fold]
		if place.Rows != 0 {
			return nil, fmt.Errorf("scheme %s: fold %d of repeat %d appears twice", scheme, fold.Fold, fold.Repeat)
		}
		*place = fold
	}
	return ordered, nil
}

// HasScheme reports whether there are folds of a scheme.
func (f *Folds) HasScheme(scheme string) bool {
	return slices.ContainsFunc(f.Lines, func(line Fold) bool { return line.Scheme == scheme })
}
