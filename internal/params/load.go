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
	file := reader{name: name, older: older, params: new(Params), lines: map[string]int{}}
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
	lines  map[string]int // of each key that was set
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
	if err := yaml.Unmarshal([]byte(k.older), &document); err != nil || !k.set(r.params, document.Content[0]) {
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
	k := keys[i]
	if tagged := findTagged(n); tagged != nil {
		return r.errorf(tagged.Line, "%s must be %s, without a tag, got %s", name, k.rule, value(tagged))
	}
	if k.texts && !r.older {
		if text, why := unkept(n); text != nil {
			return r.errorf(text.Line, "%s must be %s, got %s, %s", name, k.rule, value(text), why)
		}
	}
	if !k.set(r.params, n) {
		return r.errorf(at.Line, "%s must be %s, got %s", name, k.rule, value(n))
	}
	return nil
}

// findTagged returns the first node that states its own type, as !!str 1 does; no key needs that, and DVC refuses most.
func findTagged(n *yaml.Node) *yaml.Node {
	for _, item := range append([]*yaml.Node{n}, n.Content...) {
		if item.Style&yaml.TaggedStyle != 0 {
			return item
		}
	}
	return nil
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
	for _, key := range []struct {
		name    string
		columns []Column
	}{
		{"data.label", []Column{data.Label}},
		{"data.id", []Column{data.ID}},
		{"data.group", []Column{data.Group}},
		{"data.drop", data.Drop},
		{"data.categorical", data.Categorical},
	} {
		for _, c := range key.columns {
			if c.Name != "" {
				return r.errorf(r.lines[key.name], "%s must be a column's position if data.header is false, got %.40q", key.name, c.Name)
			}
		}
	}
	return nil
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
		return list(n)
	case isPlain(n) && n.Value == "":
		return "nothing"
	case n.ShortTag() == "!!str":
		return fmt.Sprintf("%.40q", n.Value)
	default: // a number, a word like true, a date: all of them ASCII
		return fmt.Sprintf("%.40s", n.Value)
	}
}

func list(n *yaml.Node) string {
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
