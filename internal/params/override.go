package params

import (
	"fmt"
	"io"
	"slices"

	"gopkg.in/yaml.v3"
)

// Parse returns the top-level mapping of a YAML file that is read as strictly as params.yaml is; name is what errors
// call it.
func Parse(r io.Reader, name string) (*yaml.Node, error) { return parse(r, name) }

// Describe returns what errors show of a value: what it looks like in its file, on one line.
func Describe(n *yaml.Node) string { return value(n) }

// A Change sets a key, SECTION.KEY, to a value of another YAML file.
type Change struct {
	Key   string
	Line  int // of the key, in that file
	Value *yaml.Node
}

// With returns p with some keys changed, subject to the rules of params.yaml; name is what errors call the file that
// the values are from. The sections are those for which p has settings.
func (p *Params) With(name string, changes []Change, sections ...string) (*Params, error) {
	changed := *p // lists are replaced, never written to
	r := newReader(name, false, &changed)
	for _, c := range changes {
		at := c.Value // in a list of values, the line of this one
		if !slices.ContainsFunc(keys, func(k key) bool { return k.name == c.Key }) {
			at = &yaml.Node{Line: c.Line}
		}
		if err := r.readKey(c.Key, at, c.Value); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(changes, func(c Change) bool { return c.Key == lossKey }) && len(changes) > 0 {
		r.lines[lossKey] = changes[0].Value.Line // it is unknown which key breaks a rule that ties several together
	}
	if err := r.checkLoss(sections); err != nil {
		return nil, err
	}
	return &changed, nil
}

// Text writes the value of a change on one line, in the form that DVC's -S takes.
func (c Change) Text() string {
	if c.Value.Kind != yaml.SequenceNode {
		return c.Value.Value
	}
	text := "["
	for i, item := range c.Value.Content {
		if i > 0 {
			text += ","
		}
		text += item.Value
	}
	return text + "]"
}

// String writes the change in the form that DVC's -S takes: KEY=VALUE.
func (c Change) String() string { return fmt.Sprintf("%s=%s", c.Key, c.Text()) }
