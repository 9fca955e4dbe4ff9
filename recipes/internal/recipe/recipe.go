// Package recipe has the recipes: named sets of changes to params.yaml, listed in a file, and the
// documents that show them.
package recipe

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/params"
	"example.com/sonar/internal/tune"
)

// A Recipe is a set of changes to params.yaml.
type Recipe struct {
	Name  string
	About string
	Set   []string // section.key=value, the value in YAML
}

// ReadFile reads a YAML list of recipes.
func ReadFile(path string) ([]Recipe, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return read(text, path)
}

func read(text []byte, path string) ([]Recipe, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var all []Recipe
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// Command returns what people type to run the recipe.
func (r Recipe) Command() string {
	if len(r.Set) == 0 {
		return "dvc repro"
	}
	return tune.Command(r.Set, "-n", r.Name)
}

// Apply makes the changes to the text of a params.yaml, as `dvc exp run -S` does.
func (r Recipe) Apply(text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	if len(document.Content) == 0 {
		return nil, fmt.Errorf("recipe %s: params.yaml is empty", r.Name)
	}
	for _, change := range r.Set {
		name, value, _ := strings.Cut(change, "=")
		section, key, _ := strings.Cut(name, ".")
		at := child(child(document.Content[0], section), key)
		if at == nil {
			return nil, fmt.Errorf("recipe %s: params.yaml has no %.40q", r.Name, name)
		}
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(value), &node); err != nil {
			return nil, fmt.Errorf("recipe %s: %s: %w", r.Name, name, err)
		}
		if len(node.Content) == 0 {
			return nil, fmt.Errorf("recipe %s: %s: must have a value", r.Name, name)
		}
		*at = *node.Content[0]
	}
	return yaml.Marshal(&document)
}

// Params reads sections of a params.yaml, given its text, as the recipe changes them.
func (r Recipe) Params(text []byte, sections ...string) (*params.Params, error) {
	changed, err := r.Apply(text)
	if err != nil {
		return nil, err
	}
	return params.Read(bytes.NewReader(changed), "recipe "+r.Name, sections...)
}

// child returns the value of a key in a mapping; nil if there is none.
func child(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}
