package tune

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// Read reads a file of a space, such as tuning/params.yaml; name is what errors call it. It is as strict as the reader of
// params.yaml: the first broken rule, in the order of the file, is the error, with its line. The values of the space are
// checked by Candidates.
func Read(r io.Reader, name string) (*Settings, error) {
	root, err := params.Parse(r, name)
	if err != nil {
		return nil, err
	}
	f := file{Settings: Settings{name: name}, repeats: -1}
	if err := f.mapping("", root, f.sections()); err != nil {
		return nil, err
	}
	return &f.Settings, f.check(root)
}

type file struct {
	Settings
	repeats int
}

func (f *file) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.name, n.Line, fmt.Sprintf(format, args...))
}

// An entry is a key that a mapping must have.
type entry struct {
	name string
	read func(key string, n *yaml.Node) error
}

// mapping reads a mapping, called prefix in errors, that has all of some entries, each once, and no other.
func (f *file) mapping(prefix string, n *yaml.Node, entries []entry) error {
	found := map[string]bool{}
	err := f.each(prefix, n, func(key string, at, value *yaml.Node) error {
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == at.Value })
		if i < 0 {
			return f.errorf(at, "unknown key %.80q", key)
		}
		found[at.Value] = true
		return entries[i].read(key, value)
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !found[e.name] {
			return f.errorf(n, "%s is missing", join(prefix, e.name))
		}
	}
	return nil
}

// each passes the keys and values of a mapping, of which none may be there twice, to read.
func (f *file) each(prefix string, n *yaml.Node, read func(key string, at, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return f.errorf(n, "%s must be a mapping of keys, got %s", prefix, params.Describe(n))
	}
	found := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		at := n.Content[i]
		key := join(prefix, at.Value)
		if found[at.Value] {
			return f.errorf(at, "%.80s appears twice", key)
		}
		found[at.Value] = true
		if err := read(key, at, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func join(prefix, name string) string { return strings.TrimPrefix(prefix+"."+name, ".") }

func (f *file) sections() []entry {
	return []entry{
		{"search", func(key string, n *yaml.Node) error { return f.mapping(key, n, f.searchKeys()) }},
		{"outer", func(key string, n *yaml.Node) error { return f.mapping(key, n, f.outerKeys()) }},
		{"refit", f.readRefit},
		{"space", f.readSpace},
	}
}

func (f *file) searchKeys() []entry {
	s := &f.Search
	return []entry{
		{"candidates", f.choice(&s.Candidates, Random, Grid, List)},
		{"trials", f.integer(1, maxCandidates, func(v int) { s.Trials = v })},
		{"random_state", f.integer(0, math.MaxUint32, func(v int) { s.RandomState = uint32(v) })},
		{"scheme", f.choice(&s.Scheme, foldfile.Schemes(false)...)},
		{"metric", func(key string, n *yaml.Node) error {
			var name string
			err := f.choice(&name, foldfile.MetricNames()...)(key, n)
			s.Metric, _ = foldfile.Find(name)
			return err
		}},
		{"halving", f.integer(1, 100, func(v int) { s.Halving = v })},
		{"splits", f.integer(2, 1<<16, func(v int) { s.Splits = v })},
	}
}

func (f *file) outerKeys() []entry {
	o := &f.Outer
	return []entry{
		{"splits", f.integer(2, 1<<16, func(v int) { o.Splits = v })},
		{"repeats", f.integer(0, 1<<16, func(v int) { o.Repeats = v })},
		{"random_state", f.integer(0, math.MaxUint32, func(v int) { o.RandomState = uint32(v) })},
	}
}

func (f *file) choice(to *string, choices ...string) func(key string, n *yaml.Node) error {
	return func(key string, n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode || !slices.Contains(choices, n.Value) {
			return f.errorf(n, "%s must be one of %s, got %s", key, strings.Join(choices, ", "), params.Describe(n))
		}
		*to = n.Value
		return nil
	}
}

func (f *file) integer(low, high int, set func(int)) func(key string, n *yaml.Node) error {
	return func(key string, n *yaml.Node) error {
		v, ok := wholeNumber(n)
		if !ok || v < low || v > high {
			return f.errorf(n, "%s must be an int in the range [%d, %d], got %s", key, low, high, params.Describe(n))
		}
		set(v)
		return nil
	}
}

var (
	plainInt   = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	plainFloat = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

func wholeNumber(n *yaml.Node) (int, bool) {
	v, err := strconv.Atoi(n.Value)
	return v, err == nil && n.Kind == yaml.ScalarNode && n.Style == 0 && plainInt.MatchString(n.Value)
}

func number(n *yaml.Node) (float64, bool) {
	v, err := strconv.ParseFloat(n.Value, 64)
	return v, err == nil && n.Kind == yaml.ScalarNode && n.Style == 0 && plainFloat.MatchString(n.Value)
}

// readRefit reads changes, of which there may be none: {}.
func (f *file) readRefit(key string, n *yaml.Node) (err error) {
	f.Refit, err = f.changes(key, n)
	return err
}

// changes reads a mapping of sections, of which there is one, to mappings of keys to values.
func (f *file) changes(prefix string, n *yaml.Node) (changes []params.Change, err error) {
	err = f.keys(prefix, n, func(key string, at, value *yaml.Node) error {
		changes = append(changes, params.Change{Key: key, Line: at.Line, Value: value})
		return nil
	})
	return changes, err
}

// keys passes each key of each section, SECTION.KEY, to read.
func (f *file) keys(prefix string, n *yaml.Node, read func(key string, at, value *yaml.Node) error) error {
	return f.each(prefix, n, func(_ string, section, body *yaml.Node) error {
		if section.Value != params.SectionTrain {
			return f.errorf(section, "%s may have keys of %s only, got %.40q", prefix, params.SectionTrain, section.Value)
		}
		return f.each(section.Value, body, read)
	})
}

// readSpace reads a space, or a list of candidates.
func (f *file) readSpace(key string, n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return f.readList(key, n)
	}
	return f.keys(key, n, func(key string, at, value *yaml.Node) error {
		d, err := f.dimension(key, at.Line, value)
		f.space = append(f.space, d)
		return err
	})
}

func (f *file) readList(key string, n *yaml.Node) error {
	names := map[string]bool{}
	for _, item := range n.Content {
		var c Candidate
		err := f.each(key, item, func(_ string, at, value *yaml.Node) (err error) {
			switch at.Value {
			case "name":
				if !candidateName.MatchString(value.Value) || names[value.Value] {
					return f.errorf(at, "the name of a candidate must be another than before, of letters, digits and . _ - , got %s", params.Describe(value))
				}
				c.Name, names[value.Value] = value.Value, true
			case "about":
				if value.Kind != yaml.ScalarNode || len(value.Value) > 200 || strings.ContainsAny(value.Value, "\r\n\x00") {
					return f.errorf(at, "about must be a line of text, got %s", params.Describe(value))
				}
				c.About = value.Value
			default:
				one := &yaml.Node{Kind: yaml.MappingNode, Line: at.Line, Content: []*yaml.Node{at, value}}
				c.Changes, err = f.changes(key, one)
			}
			return err
		})
		if err != nil {
			return err
		}
		if c.Name == "" {
			return f.errorf(item, "a candidate must have a name, has none")
		}
		f.list = append(f.list, c)
	}
	return nil
}

var candidateName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$`)

// check checks the rules that join several keys.
func (f *file) check(root *yaml.Node) error {
	way := f.Search.Candidates
	i := slices.IndexFunc(root.Content, func(n *yaml.Node) bool { return n.Value == "space" }) // the others' values are mappings
	at, isList := root.Content[i], root.Content[i+1].Kind == yaml.SequenceNode
	switch {
	case isList && way != List:
		return f.errorf(at, "space must be a mapping of keys if search.candidates is %s, got a list", way)
	case !isList && way == List:
		return f.errorf(at, "space must be a list of candidates if search.candidates is %s, got a mapping of keys", way)
	case isList && (len(f.list) == 0 || len(f.list) > maxCandidates):
		return f.errorf(at, "space must have 1 to %d candidates, got %d", maxCandidates, len(f.list))
	case !isList && len(f.space) == 0:
		return f.errorf(at, "space must have a key, has none")
	case way == Grid:
		return f.checkGrid()
	}
	return nil
}
