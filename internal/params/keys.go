package params

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A key is one row of the table: its full name, its rule in words, and how to read it.
type key struct {
	name     string
	rule     string
	set      func(p *Params, n *yaml.Node) bool // whether n keeps the rule
	optional bool
}

// Bounds that keep a params.yaml from asking for more than a machine has.
const (
	maxCount  = math.MaxInt32
	maxUnits  = 1 << 16
	maxLayers = 64
	maxLabels = 1 << 16
)

var keys = []key{
	labels("data.classes", func(p *Params) *[]string { return &p.Data.Classes }),
	optional(boolean("data.header", func(p *Params) *bool { return &p.Data.Header })),
	optional(text("data.label", func(p *Params) *string { return &p.Data.Label })),

	float("prepare.test_size", "(0, 1)", func(p *Params) *float64 { return &p.Prepare.TestSize }),
	seed("prepare.random_state", func(p *Params) *uint32 { return &p.Prepare.RandomState }),

	seed("train.seed", func(p *Params) *uint32 { return &p.Train.Seed }),
	sizes("train.hidden_sizes", func(p *Params) *[]int { return &p.Train.HiddenSizes }),
	choice("train.activation", func(p *Params) *string { return &p.Train.Activation }, ReLU, Tanh, GELU, Logistic),
	choice("train.output", func(p *Params) *string { return &p.Train.Output }, Sigmoid, Linear),
	choice("train.loss", func(p *Params) *string { return &p.Train.Loss }, CrossEntropy, BinaryCrossEntropy),
	choice("train.optimizer", func(p *Params) *string { return &p.Train.Optimizer }, Adam, AdamW, SGD),
	float("train.learning_rate", "(0, inf)", func(p *Params) *float64 { return &p.Train.LearningRate }),
	float("train.momentum", "[0, 1)", func(p *Params) *float64 { return &p.Train.Momentum }),
	float("train.weight_decay", "[0, inf)", func(p *Params) *float64 { return &p.Train.WeightDecay }),
	choice("train.schedule", func(p *Params) *string { return &p.Train.Schedule }, Constant, Cosine),
	integer("train.epochs", 1, maxCount, func(p *Params) *int { return &p.Train.Epochs }),
	integer("train.batch_size", 0, maxCount, func(p *Params) *int { return &p.Train.BatchSize }),
	choice("train.scaling", func(p *Params) *string { return &p.Train.Scaling }, None, Standard, Variance),
	float("train.dropout", "[0, 1)", func(p *Params) *float64 { return &p.Train.Dropout }),
	float("train.input_noise", "[0, inf)", func(p *Params) *float64 { return &p.Train.InputNoise }),
	float("train.label_smoothing", "[0, 1)", func(p *Params) *float64 { return &p.Train.LabelSmoothing }),
	integer("train.ensemble", 1, 1<<16, func(p *Params) *int { return &p.Train.Ensemble }),
	integer("train.patience", 0, maxCount, func(p *Params) *int { return &p.Train.Patience }),
	integer("train.checkpoint_every", 0, maxCount, func(p *Params) *int { return &p.Train.CheckpointEvery }),

	float("evaluate.confidence", "(0, 1)", func(p *Params) *float64 { return &p.Evaluate.Confidence }),

	integer("crossvalidate.splits", 2, 1<<16, func(p *Params) *int { return &p.Crossvalidate.Splits }),
	integer("crossvalidate.repeats", 1, 1<<16, func(p *Params) *int { return &p.Crossvalidate.Repeats }),
	seed("crossvalidate.random_state", func(p *Params) *uint32 { return &p.Crossvalidate.RandomState }),
}

func optional(k key) key {
	k.optional = true
	return k
}

// float accepts an int too, as DVC writes 1 for 1.0. The range is an interval in words: (0, inf).
func float(name, interval string, field func(*Params) *float64) key {
	contains := parseInterval(interval)
	return key{name: name, rule: "a float in the range " + interval, set: func(p *Params, n *yaml.Node) bool {
		return isPlain(n, plainFloat) && n.Decode(field(p)) == nil && contains(*field(p))
	}}
}

func integer(name string, lo, hi int64, field func(*Params) *int) key {
	rule := "an int of " + strconv.FormatInt(lo, 10) + " or more"
	if hi < maxCount {
		rule = "an int in the range [" + strconv.FormatInt(lo, 10) + ", " + strconv.FormatInt(hi, 10) + "]"
	}
	return key{name: name, rule: rule, set: func(p *Params, n *yaml.Node) bool {
		v, ok := scalarInt(n)
		*field(p) = int(v)
		return ok && lo <= v && v <= hi
	}}
}

func seed(name string, field func(*Params) *uint32) key {
	return key{name: name, rule: "an int in the range [0, 4294967295]", set: func(p *Params, n *yaml.Node) bool {
		v, ok := scalarInt(n)
		*field(p) = uint32(v)
		return ok && 0 <= v && v <= math.MaxUint32
	}}
}

func choice(name string, field func(*Params) *string, choices ...string) key {
	last := len(choices) - 1
	rule := strings.Join(choices[:last], ", ") + " or " + choices[last]
	return key{name: name, rule: rule, set: func(p *Params, n *yaml.Node) bool {
		*field(p) = n.Value
		return n.Kind == yaml.ScalarNode && slices.Contains(choices, n.Value)
	}}
}

func boolean(name string, field func(*Params) *bool) key {
	return key{name: name, rule: "true or false", set: func(p *Params, n *yaml.Node) bool {
		return n.ShortTag() == "!!bool" && n.Decode(field(p)) == nil
	}}
}

func text(name string, field func(*Params) *string) key {
	return key{name: name, rule: "a text", set: func(p *Params, n *yaml.Node) bool {
		*field(p) = n.Value
		return isText(n)
	}}
}

// labels takes any scalar as the text it is written as, so that 0 and R are both labels.
func labels(name string, field func(*Params) *[]string) key {
	return key{name: name, rule: "a list of two or more different labels", set: func(p *Params, n *yaml.Node) bool {
		if n.Kind != yaml.SequenceNode || len(n.Content) < 2 || len(n.Content) > maxLabels {
			return false
		}
		seen := map[string]bool{}
		list := make([]string, len(n.Content))
		for i, item := range n.Content {
			if !isText(item) || seen[item.Value] {
				return false
			}
			seen[item.Value] = true
			list[i] = item.Value
		}
		*field(p) = list
		return true
	}}
}

func sizes(name string, field func(*Params) *[]int) key {
	rule := "a list of at most " + strconv.Itoa(maxLayers) + " ints in the range [1, " + strconv.Itoa(maxUnits) + "]"
	return key{name: name, rule: rule, set: func(p *Params, n *yaml.Node) bool {
		if n.Kind != yaml.SequenceNode || len(n.Content) > maxLayers {
			return false
		}
		list := make([]int, len(n.Content))
		for i, item := range n.Content {
			v, ok := scalarInt(item)
			if !ok || v < 1 || v > maxUnits {
				return false
			}
			list[i] = int(v)
		}
		*field(p) = list
		return true
	}}
}

func scalarInt(n *yaml.Node) (int64, bool) {
	var v int64
	ok := isPlain(n, plainInt) && n.Decode(&v) == nil
	return v, ok
}

// Numbers that every version of YAML reads alike: DVC takes 010 for ten, yaml.v3 for eight.
var (
	plainInt   = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	plainFloat = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?$`)
)

func isPlain(n *yaml.Node, number *regexp.Regexp) bool {
	tag := n.ShortTag()
	return n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") && number.MatchString(n.Value)
}

// isText tells whether n is what a label or a column name may be: a scalar that stands in a CSV
// field as it is, without line ends, and without spaces around it, which do not count there.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" && n.Value != "" &&
		n.Value == strings.TrimSpace(n.Value) && !strings.ContainsAny(n.Value, "\r\n")
}

// parseInterval turns "(0, inf)" or "[0, 1)" into the test of whether a value lies in it.
func parseInterval(interval string) func(float64) bool {
	lo, hi, _ := strings.Cut(strings.Trim(interval, "([)]"), ", ")
	low, _ := strconv.ParseFloat(lo, 64)
	high, _ := strconv.ParseFloat(hi, 64)
	closed := interval[0] == '['
	return func(v float64) bool { return v < high && (v > low || closed && v == low) }
}
