package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/params"
)

// The limits of a model: a file beyond them is refused.
const (
	maxLayers  = 65
	maxSize    = 1 << 24 // of a layer
	maxMembers = 1 << 16
	maxTensors = 1 << 18
	maxValues  = 1 << 27 // 1 GiB
)

// version is that of the tensors' names and the metadata.
const version = "2"

// A description is what the metadata say; the names and shapes of all tensors follow from it.
type description struct {
	data       params.Data
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
		data: m.Data, features: m.Features.Columns, scaling: m.Features.Scaling,
		layers: first.Sizes, activation: first.Activation, output: first.Output, members: len(m.Members),
	}
}

// scaled returns the number of columns of numbers that are scaled.
func (d description) scaled() int {
	n := 0
	for _, c := range d.features {
		if c.Kind == dataset.Number && d.scaling != params.None {
			n++
		}
	}
	return n
}

// model returns the model described, with all its numbers zero.
func (d description) model() *Model {
	m := &Model{Data: d.data, Features: d.newFeatures()}
	for range d.members {
		m.Members = append(m.Members, mlp.NewNetwork(d.layers, d.activation, d.output))
	}
	return m
}

// newFeatures returns the features described, with all offsets and divisors zero.
func (d description) newFeatures() *features.Features {
	f := &features.Features{Scaling: d.scaling, Columns: d.features}
	if d.scaling != params.None {
		f.Offset, f.Divisor = make([]float64, d.scaled()), make([]float64, d.scaled())
	}
	return f
}

// describes reports whether member n is as d says.
func (d description) describes(n *mlp.Network) bool {
	return slices.Equal(n.Sizes, d.layers) && n.Activation == d.activation && n.Output == d.output
}

func (d description) metadata() map[string]string {
	return map[string]string{
		"version":    version,
		"classes":    jsonText(d.data.Classes),
		"data":       jsonText(newDataText(d.data, d.features)),
		"features":   jsonText(newColumnTexts(d.features)),
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
	var data dataText
	var columns []columnText
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
		"classes":    value(&d.data.Classes),
		"data":       value(&data),
		"features":   value(&columns),
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
	d.data = data.section(d.data.Classes)
	var err error
	if d.features, err = columnsOf(columns); err != nil {
		return d, fmt.Errorf("metadata: features: %w", err)
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

// checkVersion returns an error that says what to do about a file of another version.
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
	if err := d.data.Check(); err != nil {
		return err
	}
	for _, r := range []struct {
		kept bool
		rule string
		got  any
	}{
		{inRange(len(d.layers), 2, maxLayers+1), "layers must be two or more sizes", len(d.layers)},
		{d.sizesFit(), "layers must be sizes of 1 or more that end in one output per class, or one sigmoid output for two", d.layers},
		{d.isNetwork(), "activation and output must be known", d.activation + " and " + d.output},
		{oneOf(d.scaling, params.None, params.Standard, params.Variance), "scaling must be none, standard or variance", d.scaling},
		{inRange(d.members, 1, maxMembers), "members must be in the range [1, 65536]", d.members},
		{d.tensorsFit(), "the model must be of at most 2^18 tensors and 2^27 values", "more"},
		{d.textsFit(), "texts must be UTF-8", "others"},
	} {
		if !r.kept {
			return fmt.Errorf("%s, got %.60s", r.rule, strconv.Quote(fmt.Sprint(r.got)))
		}
	}
	return d.checkFeatures()
}

// checkFeatures returns the first rule that the features break, offsets and divisors aside.
func (d description) checkFeatures() error {
	f := d.newFeatures()
	if err := f.Check(); err != nil {
		return fmt.Errorf("features: %w", err)
	}
	if got, want := f.Len(), d.layers[0]; got != want {
		return fmt.Errorf("features must have as many inputs as the first layer, %d, got %d", want, got)
	}
	for _, c := range d.features {
		for _, text := range c.Texts {
			if !dataset.IsText(text) {
				return fmt.Errorf("features: column %.80q must have texts that a file can hold, got %.40q", c.Label(), text)
			}
		}
	}
	_, err := schemaOf(d.data, d.features)
	return err
}

// textsFit reports whether all texts can be written as JSON.
func (d description) textsFit() bool {
	texts := slices.Concat(d.data.Classes, d.data.Missing)
	for _, c := range slices.Concat(d.data.Drop, d.data.Categorical, []params.Column{d.data.Label, d.data.ID, d.data.Group}) {
		texts = append(texts, c.Name)
	}
	for _, c := range d.features {
		texts = append(append(texts, c.Name), c.Texts...)
	}
	return !slices.ContainsFunc(texts, func(text string) bool { return !utf8.ValidString(text) })
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
	classes := len(d.data.Classes)
	return outputs == classes || outputs == 1 && classes == 2 && d.output == params.Sigmoid
}

func (d description) isNetwork() bool {
	return oneOf(d.activation, params.ReLU, params.Tanh, params.GELU, params.Logistic) &&
		oneOf(d.output, params.Sigmoid, params.Linear)
}

// tensorsFit expects sizes and members in their ranges, so that no product overflows.
func (d description) tensorsFit() bool {
	if !d.sizesFit() || !inRange(len(d.layers), 2, maxLayers+1) || !inRange(d.members, 1, maxMembers) {
		return false
	}
	return d.countTensors() <= maxTensors && d.countValues() <= maxValues
}

// countValues is a float64, which does not overflow, and is exact far beyond maxValues.
func (d description) countValues() float64 {
	values := 2 * float64(d.scaled())
	for l, in := range d.layers[:len(d.layers)-1] {
		values += float64((float64(in) + 1) * float64(d.layers[l+1]))
	}
	return values * float64(d.members)
}

func inRange(n, low, high int) bool { return low <= n && n <= high }

func oneOf(name string, choices ...string) bool { return slices.Contains(choices, name) }
