package params

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/regularfile"
)

// Load reads the file at path and checks the sections named; the other sections may contain anything, but each must have
// a known name. The first broken rule, in the order of the file, is the error.
func Load(path string, sections ...string) (*Params, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path, sections...)
}

// Read is like Load, but reads from r; name is what errors call the file.
func Read(r io.Reader, name string, sections ...string) (*Params, error) {
	return read(r, name, false, sections)
}

// ReadOlder is Read for the params.yaml of a revision that may be older than this program. A key that was added since then
// has its default, a text may be spelled in a way that DVC does not keep, and without a header a position may be
// in quotes.
func ReadOlder(r io.Reader, name string, sections ...string) (*Params, error) {
	return read(r, name, true, sections)
}

func read(r io.Reader, name string, older bool, sections []string) (*Params, error) {
	root, err := parse(r, name)
	if err != nil {
		return nil, err
	}
	file := newReader(name, older, new(Params))
	if err := file.read(root, sections); err != nil {
		return nil, err
	}
	if err := file.checkNames(); err != nil {
		return nil, err
	}
	if err := file.checkLoss(sections); err != nil {
		return nil, err
	}
	return file.params, nil
}

type reader struct {
	name   string
	older  bool
	params *Params
	lines  map[string]int        // of each key that was set
	values map[string]*yaml.Node // likewise
}

func newReader(name string, older bool, p *Params) *reader {
	return &reader{name: name, older: older, params: p, lines: map[string]int{}, values: map[string]*yaml.Node{}}
}

func (r *reader) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", r.name, line, fmt.Sprintf(format, args...))
}

func (r *reader) read(root *yaml.Node, sections []string) error {
	found := map[string]bool{}
	for i := 0; i < len(root.Content); i += 2 {
		name, body := root.Content[i], root.Content[i+1]
		if !isSection(name.Value) {
			return r.errorf(name.Line, "unknown section %.40q", name.Value)
		}
		if found[name.Value] {
			return r.errorf(name.Line, "section %s appears twice", name.Value)
		}
		found[name.Value] = true
		if slices.Contains(sections, name.Value) {
			if err := r.readSection(name, body); err != nil {
				return err
			}
		}
	}
	for _, section := range sections {
		if !found[section] {
			return fmt.Errorf("%s: section %s is missing", r.name, section)
		}
	}
	return nil
}

func (r *reader) readSection(section, body *yaml.Node) error {
	if body.Kind != yaml.MappingNode {
		return r.errorf(section.Line, "%s must be a mapping of keys, got %s", section.Value, value(body))
	}
	for i := 0; i < len(body.Content); i += 2 {
		if err := r.readKey(section.Value+"."+body.Content[i].Value, body.Content[i], body.Content[i+1]); err != nil {
			return err
		}
	}
	for _, k := range keys {
		_, found := r.lines[k.name]
		switch {
		case found || !strings.HasPrefix(k.name, section.Value+"."):
		case r.older && k.older != "":
			r.setDefault(k)
		default:
			return r.errorf(section.Line, "%s is missing", k.name)
		}
	}
	return nil
}

// setDefault sets a key to what it was before there was such a key.
func (r *reader) setDefault(k key) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(k.older), &document); err != nil || k.set(r.params, document.Content[0]) != nil {
		panic("params: the default of " + k.name + " breaks its rule")
	}
}

func (r *reader) readKey(name string, at, n *yaml.Node) error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i < 0 {
		return r.errorf(at.Line, "unknown key %.80q", name)
	}
	if _, twice := r.lines[name]; twice {
		return r.errorf(at.Line, "%s appears twice", name)
	}
	r.lines[name] = at.Line
	r.values[name] = n
	broken := keys[i].read(r.params, n, r.older)
	if broken == nil {
		return nil
	}
	line := at.Line
	if broken.at != n {
		line = broken.at.Line
	}
	return r.errorf(line, "%s %s", name, broken)
}

// checkNames checks that columns are referred to by name only if there is a header.
func (r *reader) checkNames() error {
	data := &r.params.Data
	if data.Header {
		return nil
	}
	if position, err := strconv.Atoi(data.Label.Name); r.older && err == nil && position > 0 {
		data.Label = Column{Position: position}
	}
	key, i, name := data.firstName()
	if key == "" {
		return nil
	}
	line := r.lines[key]
	if list := r.values[key].Content; len(list) > 0 {
		line = list[i].Line
	}
	return r.errorf(line, "%s %s, got %.40q", key, withoutHeader, name)
}

const lossKey = "train.loss"

// checkLoss checks the rule that ties a loss to outputs and classes: binary cross-entropy has one sigmoid output,
// which distinguishes two classes.
func (r *reader) checkLoss(sections []string) error {
	train := r.params.Train
	if !slices.Contains(sections, SectionTrain) || train.Loss != BinaryCrossEntropy {
		return nil
	}
	if train.Output != Sigmoid {
		return r.errorf(r.lines[lossKey], "%s %s needs train.output sigmoid, got %s", lossKey, train.Loss, train.Output)
	}
	if n := len(r.params.Data.Classes); slices.Contains(sections, SectionData) && n != 2 {
		return r.errorf(r.lines[lossKey], "%s %s needs two data.classes, got %d", lossKey, train.Loss, n)
	}
	return nil
}

func isSection(name string) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return strings.HasPrefix(k.name, name+".") })
}

// value describes n as it appears in the file, on one line, in about 40 characters.
func value(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return "an alias"
	case n.Style&yaml.TaggedStyle != 0:
		return fmt.Sprintf("%.40q", n.Tag+" "+n.Value)
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return listed(n)
	case isPlain(n) && n.Value == "":
		return "nothing"
	case n.ShortTag() == "!!str":
		return fmt.Sprintf("%.40q", n.Value)
	default: // a number, a word like true, a date: all of them ASCII
		return fmt.Sprintf("%.40s", n.Value)
	}
}

func listed(n *yaml.Node) string {
	items := make([]string, 0, 4)
	for i, item := range n.Content {
		if i == 4 {
			items = append(items, "...")
			break
		}
		if item.Kind == yaml.SequenceNode {
			items = append(items, "a list")
			continue
		}
		items = append(items, value(item))
	}
	return "[" + strings.Join(items, ", ") + "]"
}
