package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// A recipe is a set of changes to params.yaml.
type recipe struct {
	Name  string
	About string
	Set   []string // section.key=value, the value in YAML
}

// readRecipes reads the file of all recipes.
func readRecipes(path string) ([]recipe, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var all []recipe
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// command is what people type to run the recipe.
func (r recipe) command() string {
	if len(r.Set) == 0 {
		return "dvc repro"
	}
	words := []string{"dvc exp run -n", r.Name}
	for _, change := range r.Set {
		if strings.ContainsAny(change, "[]") {
			change = "'" + change + "'" // of which some shells make file names
		}
		words = append(words, "-S", change)
	}
	return strings.Join(words, " ")
}

// apply makes the changes to the text of a params.yaml, as `dvc exp run -S` does.
func (r recipe) apply(text []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
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
		*at = *node.Content[0]
	}
	return yaml.Marshal(&document)
}

// child gives the value of a key in a mapping; nil where there is none.
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
