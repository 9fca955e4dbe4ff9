package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// The limits of a model: a file beyond them is refused.
const (
	maxClasses = 1 << 16
	maxLayers  = 65
	maxSize    = 1 << 24 // of a layer
	maxMembers = 1 << 16
	maxTensors = 1 << 18
	maxValues  = 1 << 27 // 1 GiB
)

// version is that of the tensors' names and the metadata. Version 1 had no data and no features.
const version = "2"

// A description is what the metadata say; the names and shapes of all tensors follow from it.
type description struct {
	classes    []string
	data       Data
	features   []features.Column
	scaling    string
	layers     []int // the number of inputs, then of each layer's outputs
	activation string
	output     string
	members    int
}

func describe(m *Model) description {
	first := m.Members[0]
	return description{
		classes: m.Classes, data: m.Data, features: m.Features.Columns, scaling: m.Features.Scaling,
		layers: first.Sizes, activation: first.Activation, output: first.Output, members: len(m.Members),
	}
}

func (d description) scales() bool { return d.scaling != params.None }

// model returns the model described, with all its numbers zero.
func (d description) model() *Model {
	m := &Model{Classes: d.classes, Data: d.data, Features: &features.Features{Scaling: d.scaling, Columns: d.features}}
	if d.scales() {
		m.Features.Offset, m.Features.Divisor = make([]float64, d.layers[0]), make([]float64, d.layers[0])
	}
	for range d.members {
		m.Members = append(m.Members, mlp.NewNetwork(d.layers, d.activation, d.output))
	}
	return m
}

// describes reports whether member n is as d says.
func (d description) describes(n *mlp.Network) bool {
	return slices.Equal(n.Sizes, d.layers) && n.Activation == d.activation && n.Output == d.output
}

// describesScaling reports whether the features are scaled as d says.
func (d description) describesScaling(f *features.Features) bool {
	inputs := 0
	if d.scales() {
		inputs = d.layers[0]
	}
	return len(f.Offset) == inputs && len(f.Divisor) == inputs
}

func (d description) metadata() map[string]string {
	return map[string]string{
		"version":    version,
		"classes":    jsonText(d.classes),
		"data":       jsonText(d.data),
		"features":   jsonText(d.features),
		"scaling":    d.scaling,
		"layers":     jsonText(d.layers),
		"activation": d.activation,
		"output":     d.output,
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

// sumKey is the key of the metadata's SHA-256.
const sumKey = "sha256"

// parseDescription is the inverse of metadata.
func parseDescription(metadata map[string]string) (description, error) {
	var d description
	if err := checkVersion(metadata); err != nil {
		return d, err
	}
	text := func(field *string) func(string) error {
		return func(value string) error { *field = value; return nil }
	}
	value := func(field any) func(string) error {
		return func(value string) error { return json.Unmarshal([]byte(value), field) }
	}
	keys := map[string]func(value string) error{
		"version":    func(string) error { return nil },
		sumKey:       func(string) error { return nil },
		"classes":    value(&d.classes),
		"data":       value(&d.data),
		"features":   value(&d.features),
		"scaling":    text(&d.scaling),
		"layers":     value(&d.layers),
		"activation": text(&d.activation),
		"output":     text(&d.output),
		"members":    value(&d.members),
	}
	for _, key := range sorted(keys) {
		value, ok := metadata[key]
		if !ok {
			return d, fmt.Errorf("metadata lack %s", key)
		}
		if err := keys[key](value); err != nil {
			return d, fmt.Errorf("metadata: %s cannot be read, got %.40q", key, value)
		}
	}
	written := d.metadata()
	for _, key := range sorted(metadata) {
		if keys[key] == nil {
			return d, fmt.Errorf("metadata must not have %.40q", key)
		}
		if key != sumKey && metadata[key] != written[key] { // the JSON of another writer, which means the same or nearly
			return d, fmt.Errorf("metadata: %s must be written as %.80q, got %.80q", key, written[key], metadata[key])
		}
	}
	if err := d.check(); err != nil {
		return d, fmt.Errorf("metadata: %w", err)
	}
	return d, nil
}

// checkVersion says what to do about a file of another version.
func checkVersion(metadata map[string]string) error {
	switch got, ok := metadata["version"]; {
	case !ok:
		return errors.New("metadata lack version")
	case got == version:
		return nil
	case got == "1":
		return errors.New("is a model of version 1, which this program no longer reads: run `dvc repro`, or train, to write it again")
	default:
		return fmt.Errorf("metadata: version must be %s, got %.40q", version, got)
	}
}

// check returns the first rule that d breaks.
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
		{d.featuresFit(), "features must be numeric columns, as many as there are inputs", len(d.features)},
		{d.data.Columns > len(d.features), "data must have the columns of the features and one for the label", d.data.Columns},
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

func (d description) featuresFit() bool {
	for _, c := range d.features {
		if c.Kind != features.Numeric {
			return false
		}
	}
	return len(d.layers) > 0 && len(d.features) == d.layers[0]
}

// tensorsFit is asked of sizes and members in their ranges, so that no product overflows.
func (d description) tensorsFit() bool {
	if !d.sizesFit() || !inRange(len(d.layers), 2, maxLayers+1) || !inRange(d.members, 1, maxMembers) {
		return false
	}
	values := int64(0)
	for l, in := range d.layers[:len(d.layers)-1] {
		values += (int64(in) + 1) * int64(d.layers[l+1])
	}
	if d.scales() {
		values += 2 * int64(d.layers[0])
	}
	return d.countTensors() <= maxTensors && values <= maxValues/int64(d.members)
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
