package page

import (
	"bytes"
	"crypto/md5"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"example.com/sonar/internal/revision"
)

// maxFile is the size of the largest file that is read, tables of folds and the model aside, in bytes. The project's own
// are below 1 MB.
const maxFile = 8 << 20

// A source is the files that a page is made of. What is missing is no error: the page has what is there.
type source struct {
	files revision.Files
	sums  map[string]string // md5 of each file read, as DVC writes it
	err   error             // the first one
}

func newSource(files revision.Files) *source {
	return &source{files: files, sums: map[string]string{}}
}

// fail keeps the first error.
func (s *source) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// read returns a file's content; nil if it is missing, or something is wrong.
func (s *source) read(path string, most int64) []byte {
	content, err := s.files.Read(path, most)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		s.fail(fmt.Errorf("%s: %w", path, err))
		return nil
	}
	sum := md5.Sum(content)
	s.sums[path] = hex.EncodeToString(sum[:])
	return content
}

// json decodes a file into v, and reports whether it is there. It must have some keys, those of objects in it with a dot.
func (s *source) json(path string, v any, keys ...string) bool {
	content := s.read(path, maxFile)
	if content == nil {
		return false
	}
	if err := json.Unmarshal(content, v); err != nil {
		s.fail(fmt.Errorf("%s: must be JSON as the stage writes it: %w", path, err))
		return false
	}
	for _, key := range keys {
		if !hasKey(content, key) {
			s.fail(fmt.Errorf("%s: must have a key %s, has none", path, key))
			return false
		}
	}
	return true
}

func hasKey(content []byte, key string) bool {
	for name := range strings.SplitSeq(key, ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(content, &object) != nil || object[name] == nil {
			return false
		}
		content = object[name]
	}
	return true
}

// table reads a file of CSV, or of the same with tabs, which must have some columns. It returns nil if it is missing.
func (s *source) table(path string, comma rune, columns ...string) *table {
	content := s.read(path, maxFile)
	if content == nil {
		return nil
	}
	reader := csv.NewReader(bytes.NewReader(content))
	reader.Comma = comma
	head, err := reader.Read()
	if err == io.EOF {
		err = errors.New("must have a header, is empty")
	}
	t := &table{source: s, path: path, head: head}
	if err == nil {
		t.lines, err = reader.ReadAll()
	}
	if err != nil {
		s.fail(fmt.Errorf("%s: %w", path, err))
		return nil
	}
	for _, column := range columns {
		t.column(column)
	}
	return t
}

// A table is CSV with a header. A nil table has no lines.
type table struct {
	*source
	path  string
	head  []string
	lines [][]string
}

func (t *table) rows() [][]string {
	if t == nil {
		return nil
	}
	return t.lines
}

// column returns the position of a column, which must be there.
func (t *table) column(name string) int {
	if t == nil {
		return 0
	}
	at := slices.Index(t.head, name)
	if at < 0 {
		t.fail(fmt.Errorf("%s:1: must have a column %s, has none", t.path, name))
		return 0
	}
	return at
}

// text returns the field of the i-th line in a column.
func (t *table) text(i, column int) string { return t.lines[i][column] }

// number returns a number; NaN if the field is empty.
func (t *table) number(i, column int) float64 {
	field := t.text(i, column)
	if field == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
	if err != nil {
		t.fail(fmt.Errorf("%s:%d: column %s must have a number, got %.40q", t.path, i+2, t.head[column], field))
		return math.NaN()
	}
	return v
}

// A figure is a number in JSON; null is NaN.
type figure float64

func (f *figure) UnmarshalJSON(text []byte) error {
	var v *float64
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	*f = figure(math.NaN())
	if v != nil {
		*f = figure(*v)
	}
	return nil
}

// An interval is two bounds; null ones are NaN.
type interval struct {
	Low  figure `json:"low"`
	High figure `json:"high"`
}

func (i interval) around(v figure) span { return span{float64(v), float64(i.Low), float64(i.High)} }
