package params

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxSize is the size of the largest params.yaml that is read, in bytes. A text has fewer nodes than bytes:
// yaml.v3 refuses nesting deeper than 10,000, and an alias is a node of its own that is never followed.
const maxSize = 1 << 20

// parse returns the top-level mapping of the one document in r.
func parse(r io.Reader, name string) (*yaml.Node, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("%s: must be at most %d bytes long", name, maxSize)
	}
	if err := checkCharacters(name, text); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: must hold params, is empty", name)
	} else if err != nil {
		return nil, syntaxError(name, text, err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, fmt.Errorf("%s:%d: must be one YAML document, got a second", name, second.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(name, text, err)
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: must be a mapping of sections, got %s", name, root.Line, value(root))
	}
	return root, nil
}

// checkCharacters checks that the text is UTF-8 of what YAML calls printable characters, as yaml.v3 does without naming a line.
func checkCharacters(name string, text []byte) error {
	line := 1
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return fmt.Errorf("%s:%d: must be UTF-8, got the byte 0x%02x", name, line, rest[0])
		case r == '\n':
			line++
		case isControl(r), r == 0xfffe, r == 0xffff,
			r == 0xfeff && len(rest) < len(text): // a byte order mark is the first character
			return fmt.Errorf("%s:%d: must hold no control characters, got %U", name, line, r)
		}
		rest = rest[size:]
	}
	return nil
}

// isControl reports whether r is a control character other than a tab and those of line ends.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || 0x7f <= r && r < 0xa0 && r != 0x85
}

var (
	yamlError   = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	parserError = regexp.MustCompile(`^(did not find expected (<|node|key|'-'|',')|found (undefined tag|duplicate|incompatible))`)
)

// syntaxError moves the line that yaml.v3 names to where every other error has it. yaml.v3 counts the lines of its
// parser, unlike those of its scanner, from 0, and names none for the first line and for an alias without an anchor.
func syntaxError(name string, text []byte, err error) error {
	match := yamlError.FindStringSubmatch(err.Error())
	message := strings.TrimPrefix(err.Error(), match[0])
	line, _ := strconv.Atoi(match[1])
	if alias := unknownAnchor.FindStringSubmatch(err.Error()); alias != nil {
		line = unknownAnchorLine(text, alias[1])
	} else if line == 0 || parserError.MatchString(message) {
		line++
	}
	line = min(line, 1+bytes.Count(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))) // the end of the text is not a line
	return fmt.Errorf("%s:%d: not YAML: %s", name, line, escape(message))
}

// escape returns the first 200 characters of text, with those that are not printable shown as Go does.
func escape(text string) string {
	var b strings.Builder
	for _, r := range fmt.Sprintf("%.200s", text) {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

var unknownAnchor = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced`)

// unknownAnchorLine returns the line of the first alias without an anchor: of the lines with the name of the alias, the
// first that ends a text with this fault.
func unknownAnchorLine(text []byte, name string) int {
	var numbers, ends []int
	var number, end int
	for line := range bytes.Lines(text) {
		number++
		end += len(line)
		if bytes.Contains(line, []byte("*"+name)) {
			numbers, ends = append(numbers, number), append(ends, end)
		}
	}
	return numbers[sort.Search(len(ends)-1, func(i int) bool {
		var n yaml.Node
		decoder := yaml.NewDecoder(bytes.NewReader(text[:ends[i]]))
		err := decoder.Decode(&n)
		if err == nil {
			err = decoder.Decode(&n)
		}
		return err != nil && unknownAnchor.MatchString(err.Error())
	})]
}
