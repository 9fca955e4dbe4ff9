package foldfile

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// The scores of any project are in a table with the columns repeat and fold, each counting from 0, and
// otherwise metrics. If there is a column rows, it has the number of rows that a fold tests; if there is
// a column scheme, as in this project's folds.csv, lines of the scheme blocked are ignored.

// A ScoreTable is the content of such a table. Every fold of every repeat is in it once.
type ScoreTable struct {
	Splits, Repeats int
	Metrics         []string    // in the order of the columns
	Scores          [][]float64 // of each of Metrics, by repeat and fold
	Rows            []int       // by repeat and fold; nil without the column
}

// MaxScore is the largest absolute value of a score in such a table: its square is still finite.
const MaxScore = 1e100

// ReadScores reads such a table; name is what errors call it.
func ReadScores(r io.Reader, name string) (*ScoreTable, error) {
	t, err := newTable(r, name)
	if err != nil {
		return nil, err
	}
	reader := scoreReader{table: t}
	if err := reader.findColumns(); err != nil {
		return nil, err
	}
	return reader.read()
}

type scoreReader struct {
	*table
	scheme, repeat, fold, rows int // positions; scheme and rows may be noColumn
	metrics                    []string
	at                         []int // the position of each of metrics
}

func (r *scoreReader) findColumns() (err error) {
	if r.repeat, err = r.find("repeat"); err != nil {
		return err
	}
	if r.fold, err = r.find("fold"); err != nil {
		return err
	}
	if r.scheme, err = r.findOptional("scheme"); err != nil {
		return err
	}
	if r.rows, err = r.findOptional("rows"); err != nil {
		return err
	}
	names := slices.SortedFunc(maps.Keys(r.column), func(a, b string) int { return cmp.Compare(r.column[a], r.column[b]) })
	for _, name := range names {
		at, err := r.find(name)
		if err != nil {
			return err
		}
		if slices.Contains([]int{r.repeat, r.fold, r.scheme, r.rows}, at) {
			continue
		}
		if err := r.checkName(name, at); err != nil {
			return err
		}
		r.metrics, r.at = append(r.metrics, name), append(r.at, at)
	}
	if len(r.metrics) == 0 {
		return fmt.Errorf("%s:1: must have a column of a metric, has none", r.name)
	}
	return nil
}

// checkName checks that a report can show a metric's name as it is. A column without a name
// is usually an index that nobody meant to write.
func (r *scoreReader) checkName(name string, at int) error {
	if name == "" {
		return r.errorf(at, "must have a name: write the table without an index")
	}
	last := ' '
	for _, c := range name {
		plain := unicode.IsLetter(c) || unicode.IsNumber(c)
		// An @ after a letter is as in precision@10; any other might mention somebody.
		if !plain && !strings.ContainsRune("_-. ()%", c) && (c != '@' || !unicode.IsLetter(last)) || len(name) > 64 {
			return r.errorf(at, "must have a name of up to 64 letters, digits and _-.()%%, got %.80q", name)
		}
		last = c
	}
	return nil
}

// A scoreLine is one fold.
type scoreLine struct {
	repeat, fold, rows int
	scores             []float64
}

func (r *scoreReader) read() (*ScoreTable, error) {
	var lines []scoreLine
	for {
		record, err := r.next()
		if err == io.EOF {
			return r.arrange(lines)
		}
		if err != nil {
			return nil, err
		}
		if r.scheme != noColumn && !Decides(record[r.scheme]) {
			continue
		}
		line, err := r.line(record)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
}

func (r *scoreReader) line(record []string) (line scoreLine, err error) {
	if line.repeat, err = r.count(record, r.repeat, 0); err != nil {
		return line, err
	}
	if line.fold, err = r.count(record, r.fold, 0); err != nil {
		return line, err
	}
	if r.rows != noColumn {
		if line.rows, err = r.count(record, r.rows, 1); err != nil {
			return line, err
		}
	}
	for _, at := range r.at {
		v, err := strconv.ParseFloat(record[at], 64)
		if strings.Trim(record[at], "0123456789.eE+-") != "" || err != nil || math.Abs(v) > MaxScore {
			return line, r.errorf(at, "must be a number, got %.40q", record[at])
		}
		line.scores = append(line.scores, v)
	}
	return line, nil
}

// arrange puts the lines in the order of repeats and folds, whose counts follow from the largest numbers
// that occur.
func (r *scoreReader) arrange(lines []scoreLine) (*ScoreTable, error) {
	t := &ScoreTable{Metrics: r.metrics, Scores: make([][]float64, len(r.metrics))}
	for _, line := range lines {
		t.Repeats, t.Splits = max(t.Repeats, line.repeat+1), max(t.Splits, line.fold+1)
	}
	if t.Splits < 2 || int64(t.Repeats)*int64(t.Splits) != int64(len(lines)) {
		return nil, fmt.Errorf("%s: must have two folds or more, and as many in each repeat, both counted from 0, got %d lines up to fold %d and repeat %d",
			r.name, len(lines), t.Splits-1, t.Repeats-1)
	}
	slices.SortFunc(lines, func(a, b scoreLine) int { return cmp.Or(a.repeat-b.repeat, a.fold-b.fold) })
	for i, line := range lines {
		if i > 0 && line.repeat == lines[i-1].repeat && line.fold == lines[i-1].fold {
			return nil, fmt.Errorf("%s: fold %d of repeat %d appears twice", r.name, line.fold, line.repeat)
		}
		for m, v := range line.scores {
			t.Scores[m] = append(t.Scores[m], v)
		}
		if r.rows != noColumn {
			t.Rows = append(t.Rows, line.rows)
		}
	}
	return t, nil
}
