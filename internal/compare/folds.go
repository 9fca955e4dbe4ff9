package compare

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// The schemes by which rows are dealt to folds.
const (
	Stratified = "stratified" // shuffled within each class, repeated
	Blocked    = "blocked"    // contiguous within each class, so that neighbouring rows stay together
)

// A metric is one row of the table of what is compared.
type metric struct {
	name   string
	column int     // in folds.csv, from 0
	sign   float64 // -1 where less is better
}

var scored = []metric{
	{"accuracy", 5, +1},
	{"f1_macro", 6, +1},
	{"roc_auc", 7, +1},
	{"loss", 4, -1},
}

// MetricNames are the metrics that may decide.
func MetricNames() []string {
	names := make([]string, len(scored))
	for i, m := range scored {
		names[i] = m.name
	}
	return names
}

func findMetric(name string) (metric, bool) {
	i := slices.IndexFunc(scored, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, false
	}
	return scored[i], true
}

// A fold is one line of folds.csv.
type fold struct {
	repeat, fold, rows int
	scores             [4]float64 // in the order of scored
}

var foldColumns = []string{"scheme", "repeat", "fold", "rows", "loss", "accuracy", "f1_macro", "roc_auc"}

// table reads CSV whose first columns are known; more may follow. Its errors name the line.
type table struct {
	csv  *csv.Reader
	name string
}

func newTable(r io.Reader, name string, columns []string) (*table, error) {
	t := &table{csv.NewReader(r), name}
	t.csv.ReuseRecord = true
	header, err := t.next()
	if err == io.EOF {
		return nil, fmt.Errorf("%s: must hold a table, is empty", name)
	}
	if err != nil {
		return nil, err
	}
	for i, want := range columns {
		if i >= len(header) {
			return nil, t.errorf(i, "must be %s, is missing", want)
		}
		if header[i] != want {
			return nil, t.errorf(i, "must be %s, got %.40q", want, header[i])
		}
	}
	return t, nil
}

// next gives the next line's fields until io.EOF. Every line has as many as the header.
func (t *table) next() ([]string, error) {
	record, err := t.csv.Read()
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("%s:%d: %w", t.name, syntax.Line, syntax.Err)
	}
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	return record, err
}

// errorf is an error about the field at the given column, from 0, of the line last read.
func (t *table) errorf(column int, format string, args ...any) error {
	line, _ := t.csv.FieldPos(0)
	return fmt.Errorf("%s:%d: column %d %s", t.name, line, column+1, fmt.Sprintf(format, args...))
}

func (t *table) count(record []string, column, low int) (int, error) {
	v, err := strconv.ParseInt(record[column], 10, 32)
	if err != nil || int(v) < low {
		return 0, t.errorf(column, "must be a whole number of %d or more, got %.40q", low, record[column])
	}
	return int(v), nil
}

// maxLoss is far above any log loss of float64 probabilities, and far below where sums overflow.
const maxLoss = 1e6

// score reads a metric: the loss is 0 or more, the others lie in [0, 1].
func (t *table) score(record []string, m metric) (float64, error) {
	high := 1.
	if m.sign < 0 {
		high = maxLoss
	}
	v, err := strconv.ParseFloat(record[m.column], 64)
	if err != nil || !(0 <= v && v <= high) {
		return 0, t.errorf(m.column, "must be a number in [0, %.0f], got %.40q", high, record[m.column])
	}
	return v, nil
}

// readFolds reads folds.csv. The folds of each scheme are in the order of the file.
func readFolds(r io.Reader, name string) (map[string][]fold, error) {
	t, err := newTable(r, name, foldColumns)
	if err != nil {
		return nil, err
	}
	schemes := map[string][]fold{}
	for {
		record, err := t.next()
		if err == io.EOF {
			return schemes, nil
		}
		if err != nil {
			return nil, err
		}
		scheme := record[0]
		if scheme != Stratified && scheme != Blocked {
			return nil, t.errorf(0, "must be %s or %s, got %.40q", Stratified, Blocked, scheme)
		}
		f, err := t.fold(record)
		if err != nil {
			return nil, err
		}
		schemes[scheme] = append(schemes[scheme], f)
	}
}

func (t *table) fold(record []string) (f fold, err error) {
	counts := []struct {
		field       *int
		column, low int
	}{{&f.repeat, 1, 0}, {&f.fold, 2, 0}, {&f.rows, 3, 1}}
	for _, c := range counts {
		if *c.field, err = t.count(record, c.column, c.low); err != nil {
			return fold{}, err
		}
	}
	for i, m := range scored {
		if f.scores[i], err = t.score(record, m); err != nil {
			return fold{}, err
		}
	}
	return f, nil
}

// orderFolds sorts folds by repeat, then fold, and sees that each of repeats*splits is there once.
func orderFolds(folds []fold, repeats, splits int) ([]fold, error) {
	if int64(len(folds)) != int64(repeats)*int64(splits) {
		return nil, fmt.Errorf("must have %d repeats of %d folds, as params.yaml says, got %d lines", repeats, splits, len(folds))
	}
	ordered := make([]fold, len(folds))
	for _, f := range folds {
		if f.repeat >= repeats || f.fold >= splits {
			return nil, fmt.Errorf("fold %d of repeat %d is none of the %d repeats of %d", f.fold, f.repeat, repeats, splits)
		}
		at := &ordered[f.repeat*splits+f.fold]
		if at.rows != 0 {
			return nil, fmt.Errorf("fold %d of repeat %d stands twice", f.fold, f.repeat)
		}
		*at = f
	}
	return ordered, nil
}
