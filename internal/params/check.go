package params

import (
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"
)

// Check returns the first rule of params.yaml that d breaks, as the data section of another file, a model's, may.
func (d Data) Check() error {
	values := map[string]*yaml.Node{
		"data.classes":     listNode(d.Classes, textNode),
		"data.label":       columnNode(d.Label),
		"data.id":          columnNode(d.ID),
		"data.group":       columnNode(d.Group),
		"data.drop":        listNode(d.Drop, columnNode),
		"data.categorical": listNode(d.Categorical, columnNode),
		"data.missing":     listNode(d.Missing, textNode),
	}
	for _, k := range keys {
		if n := values[k.name]; n != nil {
			if broken := k.read(new(Params), n, false); broken != nil {
				return fmt.Errorf("%s %s", k.name, broken)
			}
		}
	}
	if key, _, name := d.firstName(); key != "" && !d.Header {
		return fmt.Errorf("%s %s, got %.40q", key, withoutHeader, name)
	}
	return nil
}

func listNode[T any](items []T, node func(T) *yaml.Node) *yaml.Node {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, item := range items {
		list.Content = append(list.Content, node(item))
	}
	return list
}

func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle, Tag: "!!str", Value: text}
}

func columnNode(c Column) *yaml.Node {
	if c.Position == 0 {
		return textNode(c.Name)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(c.Position)}
}

// withoutHeader is the rule of columns in a file without names.
const withoutHeader = "must refer to columns by position if data.header is false"

// firstName returns the first name by which d refers to a column, its key, and its index in that key's list; the key is ""
// if there is none.
func (d Data) firstName() (key string, i int, name string) {
	for _, k := range []struct {
		name    string
		columns []Column
	}{
		{"data.label", []Column{d.Label}},
		{"data.id", []Column{d.ID}},
		{"data.group", []Column{d.Group}},
		{"data.drop", d.Drop},
		{"data.categorical", d.Categorical},
	} {
		for i, c := range k.columns {
			if c.Name != "" {
				return k.name, i, c.Name
			}
		}
	}
	return "", 0, ""
}
