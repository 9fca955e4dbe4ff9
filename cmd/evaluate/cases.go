package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/regularfile"
)

// maxCase is the size of the largest functional case that is read, in bytes.
const maxCase = 1 << 24

// A result is the outcome of one functional case: a file of rows that the model must get right.
type result struct {
	path    string
	failure string // the first row that is wrong; "" if all are right
}

// runCases runs every functional case in the folder, in the order of their names. It skips files whose names begin with a
// dot, such as the one that makes git keep an empty folder.
func runCases(ctx context.Context, folder string, m *model.Model, schema *dataset.Schema) ([]result, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: must be a folder, empty if there are no functional cases, is missing", folder)
	}
	if err != nil {
		return nil, err
	}
	var results []result
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		path := filepath.Join(folder, entry.Name())
		rows, err := readCase(ctx, path, schema)
		if err != nil {
			return nil, err
		}
		predictions, err := m.Predict(rows, 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		results = append(results, result{path, firstWrong(predictions.Classes, rows.Labels(), m.Data.Classes)})
	}
	return results, nil
}

func firstWrong(predicted, labels []int, classes []string) string {
	for i, label := range labels {
		if predicted[i] != label {
			return fmt.Sprintf("row %d must be predicted as %.40q, got %.40q", i, classes[label], classes[predicted[i]])
		}
	}
	return ""
}

// readCase reads the rows of a functional case.
func readCase(ctx context.Context, path string, schema *dataset.Schema) (dataset.Sample, error) {
	switch filepath.Ext(path) {
	case ".csv":
		return readCSVCase(ctx, path, schema)
	case ".json":
		return readJSONCase(path, schema)
	}
	return dataset.Sample{}, fmt.Errorf("%s: must be a functional case, *.csv or *.json: move it elsewhere", path)
}

func readCSVCase(ctx context.Context, path string, schema *dataset.Schema) (dataset.Sample, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return dataset.Sample{}, err
	}
	defer f.Close()
	table, err := schema.ReadCase(ctx, f)
	if err != nil {
		return dataset.Sample{}, err
	}
	return table.All(), nil
}

func readJSONCase(path string, schema *dataset.Schema) (dataset.Sample, error) {
	if !takesJSON(schema) {
		return dataset.Sample{}, fmt.Errorf("%s: must be CSV, as the raw file has a header or texts: use cases/*.csv", path)
	}
	text, err := regularfile.Read(path, maxCase)
	if err != nil {
		return dataset.Sample{}, err
	}
	return parseCase(path, text, schema.Columns, schema.Data.Classes)
}

// takesJSON reports whether rows are lists of numbers, as JSON cases have them.
func takesJSON(schema *dataset.Schema) bool {
	return !schema.Data.Header && !slices.ContainsFunc(schema.Columns, func(c dataset.Column) bool { return c.Kind != dataset.Number })
}

func parseCase(path string, text []byte, columns []dataset.Column, classes []string) (dataset.Sample, error) {
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	r := caseReader{path: path, text: text, tokens: json.NewDecoder(bytes.NewReader(text)), columns: len(columns), classes: classes}
	r.tokens.UseNumber()
	if err := r.read(); err != nil {
		return dataset.Sample{}, err
	}
	table := dataset.NewTable(columns)
	for i, label := range r.y {
		table.Append(r.x[i*r.columns:][:r.columns], nil, label)
	}
	return table.All(), nil
}

// A caseReader reads a case token by token, so that it accepts only the form of a case, at its fixed
// depth, and knows the line of a fault.
type caseReader struct {
	path    string
	text    []byte
	tokens  *json.Decoder
	columns int
	classes []string

	rows int
	x    []float64 // rows x columns
	y    []int
}

func (r *caseReader) read() error {
	if err := r.open("a functional case", '{', "an object with X and y"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for r.tokens.More() {
		token, err := r.token()
		if err != nil {
			return err
		}
		key := token.(string) // a key is always a string
		if seen[key] {
			return r.errorf("%.40q must appear once, appears twice", key)
		}
		seen[key] = true
		switch key {
		case "X":
			err = r.list(key, "a list of rows", r.row)
		case "y":
			err = r.list(key, "a list of labels", r.label)
		default:
			err = r.errorf("a functional case must have the keys X and y, got %.40q", key)
		}
		if err != nil {
			return err
		}
	}
	if err := r.end(); err != nil {
		return err
	}
	for _, key := range []string{"X", "y"} {
		if !seen[key] {
			return fmt.Errorf("%s: %s is missing", r.path, key)
		}
	}
	if r.rows == 0 {
		return fmt.Errorf("%s: X must have a row or more, is empty", r.path)
	}
	if len(r.y) != r.rows {
		return fmt.Errorf("%s: y must have %d labels as X has rows, got %d", r.path, r.rows, len(r.y))
	}
	return nil
}

// end reads the closing brace, after which there must be nothing.
func (r *caseReader) end() error {
	if _, err := r.token(); err != nil {
		return err
	}
	if token, err := r.tokens.Token(); err == nil {
		return r.errorf("must end after the case, got %s", describe(token))
	} else if !errors.Is(err, io.EOF) {
		return r.syntaxError(err)
	}
	return nil
}

func (r *caseReader) row(name string) error {
	before := len(r.x)
	if err := r.list(name, "a list of numbers", r.number); err != nil {
		return err
	}
	if got := len(r.x) - before; got != r.columns {
		return r.errorf("%s must have %d numbers as the model has inputs, got %d", name, r.columns, got)
	}
	r.rows++
	return nil
}

func (r *caseReader) number(name string) error {
	token, err := r.token()
	if err != nil {
		return err
	}
	text, ok := token.(json.Number)
	v, err := strconv.ParseFloat(string(text), 64)
	if !ok || err != nil {
		return r.errorf("%s must be a finite number, got %s", name, describe(token))
	}
	r.x = append(r.x, v)
	return nil
}

func (r *caseReader) label(name string) error {
	token, err := r.token()
	if err != nil {
		return err
	}
	text, ok := token.(string)
	class := slices.Index(r.classes, text)
	if !ok {
		return r.errorf("%s must be one of the labels %.80s as a text, in quotes, got %s", name, strings.Join(r.classes, ", "), describe(token))
	}
	if class < 0 {
		return r.errorf("%s must be one of the labels %.80s, got %s", name, strings.Join(r.classes, ", "), describe(token))
	}
	r.y = append(r.y, class)
	return nil
}

// list reads a list whose elements item reads, each with its own name.
func (r *caseReader) list(name, rule string, item func(name string) error) error {
	if err := r.open(name, '[', rule); err != nil {
		return err
	}
	for i := 0; r.tokens.More(); i++ {
		if err := item(name + "[" + strconv.Itoa(i) + "]"); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

func (r *caseReader) open(name string, delim json.Delim, rule string) error {
	token, err := r.token()
	if err != nil {
		return err
	}
	if token != delim {
		return r.errorf("%s must be %s, got %s", name, rule, describe(token))
	}
	return nil
}

func (r *caseReader) token() (json.Token, error) {
	token, err := r.tokens.Token()
	if err != nil {
		return nil, r.syntaxError(err)
	}
	return token, nil
}

func (r *caseReader) syntaxError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.errorf("must be JSON, ends too soon")
	}
	return r.errorf("must be JSON: %w", err)
}

// errorf returns an error about the line on which the last token ends.
func (r *caseReader) errorf(format string, args ...any) error {
	line := 1 + bytes.Count(r.text[:r.tokens.InputOffset()], []byte("\n"))
	return fmt.Errorf("%s:%d: %w", r.path, line, fmt.Errorf(format, args...))
}

func describe(token json.Token) string {
	switch v := token.(type) {
	case json.Delim:
		if v == '[' {
			return "a list"
		}
		return "an object"
	case string:
		return fmt.Sprintf("%.40q", v)
	case nil:
		return "null"
	case json.Number:
		return fmt.Sprintf("the number %.40s", v)
	}
	return fmt.Sprintf("%.40s", fmt.Sprint(token))
}
