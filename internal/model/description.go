package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// The limits of a model: a file beyond them is refused before memory is taken for it.
const (
	maxClasses = 1 << 16
	maxLayers  = 65
	maxSize    = 1 << 24 // of a layer
	maxMembers = 1 << 16
	maxTensors = 1 << 18
	maxValues  = 1 << 27 // 1 GiB
)

// version is that of the tensors' names and the metadata.
const version = "1"

// A description is what the metadata say; the names and shapes of all tensors follow from it.
type description struct {
	classes    []string
	layers     []int // the number of inputs, then of each layer's outputs
	activation string
	output     string
	scaling    string
	members    int
}

func describe(e *mlp.Ensemble, scaling string) description {
	first := e.Members[0]
	return description{
		classes: e.Classes, layers: first.Sizes, activation: first.Activation, output: first.Output,
		scaling: scaling, members: len(e.Members),
	}
}

func (d description) scales() bool { return d.scaling != params.None }

// network is one of the members, all zero.
func (d description) network() *mlp.Network {
	n := mlp.NewNetwork(d.layers, d.activation, d.output)
	if d.scales() {
		n.Offset, n.Divisor = make([]float64, d.layers[0]), make([]float64, d.layers[0])
	}
	return n
}

// describes tells whether n is a member of the model.
func (d description) describes(n *mlp.Network) bool {
	vectors := 0
	if d.scales() {
		vectors = d.layers[0]
	}
	return slices.Equal(n.Sizes, d.layers) && n.Activation == d.activation && n.Output == d.output &&
		len(n.Offset) == vectors && len(n.Divisor) == vectors
}

func (d description) metadata() map[string]string {
	return map[string]string{
		"version":    version,
		"classes":    jsonText(d.classes),
		"layers":     jsonText(d.layers),
		"activation": d.activation,
		"output":     d.output,
		"scaling":    d.scaling,
		"members":    strconv.Itoa(d.members),
	}
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and ints can always be written
	}
	return string(text)
}

// parseDescription is the inverse of metadata.
func parseDescription(metadata map[string]string) (description, error) {
	var d description
	text := func(field *string) func(string) error {
		return func(value string) error { *field = value; return nil }
	}
	list := func(field any) func(string) error {
		return func(value string) error { return json.Unmarshal([]byte(value), field) }
	}
	for _, key := range []struct {
		name string
		set  func(value string) error
	}{
		{"version", mustBe(version)},
		{"classes", list(&d.classes)},
		{"layers", list(&d.layers)},
		{"activation", text(&d.activation)},
		{"output", text(&d.output)},
		{"scaling", text(&d.scaling)},
		{"members", list(&d.members)},
	} {
		value, ok := metadata[key.name]
		if !ok {
			return d, fmt.Errorf("metadata lack %s", key.name)
		}
		if err := key.set(value); err != nil {
			return d, fmt.Errorf("metadata: %s cannot be read, got %.40q", key.name, value)
		}
	}
	if err := d.check(); err != nil {
		return d, fmt.Errorf("metadata: %w", err)
	}
	return d, nil
}

func mustBe(want string) func(string) error {
	return func(value string) error {
		if value != want {
			return errors.New("another value")
		}
		return nil
	}
}

// check tells the first rule that d breaks.
func (d description) check() error {
	for _, r := range []struct {
		kept bool
		rule string
		got  any
	}{
		{inRange(len(d.classes), 2, maxClasses), "classes must be two or more labels", len(d.classes)},
		{distinct(d.classes), "classes must differ from each other", d.classes},
		{inRange(len(d.layers), 2, maxLayers+1), "layers must be two or more sizes", len(d.layers)},
		{d.sizesFit(), "layers must be sizes of 1 or more that end in one output per class, or one sigmoid output for two", d.layers},
		{d.isNetwork(), "activation and output must be known", d.activation + " and " + d.output},
		{oneOf(d.scaling, params.None, params.Standard, params.Variance), "scaling must be none, standard or variance", d.scaling},
		{inRange(d.members, 1, maxMembers), "members must be in the range [1, 65536]", d.members},
		{d.tensorsFit(), "the model must be of at most 2^18 tensors and 2^27 values", "more"},
	} {
		if !r.kept {
			return fmt.Errorf("%s, got %.60s", r.rule, strconv.Quote(fmt.Sprint(r.got)))
		}
	}
	return nil
}

func (d description) sizesFit() bool {
	for _, size := range d.layers {
		if !inRange(size, 1, maxSize) {
			return false
		}
	}
	if len(d.layers) == 0 {
		return false
	}
	outputs := d.layers[len(d.layers)-1]
	return outputs == len(d.classes) || outputs == 1 && len(d.classes) == 2 && d.output == params.Sigmoid
}

func (d description) isNetwork() bool {
	return oneOf(d.activation, params.ReLU, params.Tanh, params.GELU, params.Logistic) &&
		oneOf(d.output, params.Sigmoid, params.Linear)
}

// tensorsFit is asked of sizes and members in their ranges, so that no product overflows.
func (d description) tensorsFit() bool {
	if !d.sizesFit() || !inRange(len(d.layers), 2, maxLayers+1) || !inRange(d.members, 1, maxMembers) {
		return false
	}
	values, tensors := int64(0), 2*(len(d.layers)-1)
	for l, in := range d.layers[:len(d.layers)-1] {
		values += (int64(in) + 1) * int64(d.layers[l+1])
	}
	if d.scales() {
		values += 2 * int64(d.layers[0])
		tensors += 2
	}
	return tensors*d.members <= maxTensors && values <= maxValues/int64(d.members)
}

func inRange(n, low, high int) bool { return low <= n && n <= high }

func oneOf(name string, choices ...string) bool { return slices.Contains(choices, name) }

func distinct(labels []string) bool {
	seen := make(map[string]bool, len(labels))
	for _, label := range labels {
		seen[label] = true
	}
	return len(seen) == len(labels)
}
