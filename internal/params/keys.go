package params

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A key is one row of the table: its full name, its rule in words, and how it is read.
type key struct {
	name  string
	rule  string
	set   func(p *Params, n *yaml.Node) bool // reports whether n obeys the rule
	texts bool                               // whether its scalars are texts, which DVC must keep as written
	older string                             // the value, in YAML, used if the file is older than the key
}

// Bounds that keep a params.yaml from asking for more than a machine has.
const (
	maxCount    = math.MaxInt32
	maxUnits    = 1 << 16
	maxLayers   = 64
	maxLabels   = 1 << 16
	maxPosition = 1 << 20
)

var keys = []key{
	labels("data.classes", func(p *Params) *[]string { return &p.Data.Classes }),
	added("false", boolean("data.header", func(p *Params) *bool { return &p.Data.Header })),
	added("''", column("data.label", func(p *Params) *Column { return &p.Data.Label })),
	added("''", column("data.id", func(p *Params) *Column { return &p.Data.ID })),
	added("''", column("data.group", func(p *Params) *Column { return &p.Data.Group })),
	added("[]", columns("data.drop", func(p *Params) *[]Column { return &p.Data.Drop })),
	added("[]", columns("data.categorical", func(p *Params) *[]Column { return &p.Data.Categorical })),
	added("['', NA]", texts("data.missing", func(p *Params) *[]string { return &p.Data.Missing })),

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
	added(None, choice("train.class_weight", func(p *Params) *string { return &p.Train.ClassWeight }, None, Balanced)),
	integer("train.ensemble", 1, 1<<16, func(p *Params) *int { return &p.Train.Ensemble }),
	integer("train.patience", 0, maxCount, func(p *Params) *int { return &p.Train.Patience }),
	integer("train.checkpoint_every", 0, maxCount, func(p *Params) *int { return &p.Train.CheckpointEvery }),

	float("evaluate.confidence", "(0, 1)", func(p *Params) *float64 { return &p.Evaluate.Confidence }),

	integer("crossvalidate.splits", 2, 1<<16, func(p *Params) *int { return &p.Crossvalidate.Splits }),
	integer("crossvalidate.repeats", 1, 1<<16, func(p *Params) *int { return &p.Crossvalidate.Repeats }),
	seed("crossvalidate.random_state", func(p *Params) *uint32 { return &p.Crossvalidate.RandomState }),
}

// added marks a key that the first params.yaml did not have.
func added(older string, k key) key {
	k.older = older
	return k
}

// float accepts an int too, as DVC writes 1 for 1.0. The range is an interval in words: (0, inf).
func float(name, interval string, field func(*Params) *float64) key {
	contains := parseInterval(interval)
	return key{name: name, rule: "a float in the range " + interval, set: func(p *Params, n *yaml.Node) bool {
		return isNumber(n, plainFloat) && n.Decode(field(p)) == nil && contains(*field(p))
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
		return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" && n.Decode(field(p)) == nil
	}}
}

// labels takes any scalar as the text it is written as, so that 0 and R are both labels.
func labels(name string, field func(*Params) *[]string) key {
	return key{name: name, rule: "a list of two or more different labels, none of them empty or with spaces around it", texts: true, set: func(p *Params, n *yaml.Node) bool {
		var ok bool
		*field(p), ok = distinct(n, maxLabels, label)
		return ok && len(*field(p)) >= 2
	}}
}

// texts takes scalars as labels does; the list may be empty, and so may a text.
func texts(name string, field func(*Params) *[]string) key {
	return key{name: name, rule: "a list of different texts without spaces around them", texts: true, set: func(p *Params, n *yaml.Node) bool {
		var ok bool
		*field(p), ok = distinct(n, maxLabels, func(item *yaml.Node) (string, bool) {
			text, ok := label(item)
			return text, ok || isEmpty(item)
		})
		return ok
	}}
}

const columnRule = "the position of a column, from 1, or its name, in quotes if it looks like a number"

func column(name string, field func(*Params) *Column) key {
	return key{name: name, rule: columnRule + `, or ""`, texts: true, set: func(p *Params, n *yaml.Node) bool {
		var ok bool
		*field(p), ok = reference(n)
		return ok || isEmpty(n)
	}}
}

func columns(name string, field func(*Params) *[]Column) key {
	return key{name: name, rule: "a list of different columns, each " + columnRule, texts: true, set: func(p *Params, n *yaml.Node) bool {
		var ok bool
		*field(p), ok = distinct(n, maxPosition, reference)
		return ok
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

// distinct reads a list of up to most items that differ from each other.
func distinct[T comparable](n *yaml.Node, most int, read func(*yaml.Node) (T, bool)) ([]T, bool) {
	if n.Kind != yaml.SequenceNode || len(n.Content) > most {
		return nil, false
	}
	seen := make(map[T]bool, len(n.Content))
	list := make([]T, len(n.Content))
	for i, item := range n.Content {
		v, ok := read(item)
		if !ok || seen[v] {
			return nil, false
		}
		seen[v] = true
		list[i] = v
	}
	return list, true
}

// reference reads a column: a plain integer is a position, any other text a name.
func reference(n *yaml.Node) (Column, bool) {
	if isPlain(n) && looksNumeric(n.Value) {
		v, ok := scalarInt(n)
		return Column{Position: int(v)}, ok && 1 <= v && v <= maxPosition
	}
	name, ok := label(n)
	return Column{Name: name}, ok
}

// label reads a label or a column's name: a scalar that a CSV field can hold as it is, without line
// endings, and without spaces around it, which are ignored there.
func label(n *yaml.Node) (text string, ok bool) {
	return n.Value, n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" && n.Value != "" &&
		n.Value == strings.TrimSpace(n.Value) && !strings.ContainsAny(n.Value, "\r\n\u0085\u2028\u2029")
}

func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && !isPlain(n)
}

func scalarInt(n *yaml.Node) (int64, bool) {
	var v int64
	ok := isNumber(n, plainInt) && n.Decode(&v) == nil
	return v, ok
}

// Numbers that every version of YAML reads the same way: DVC reads 010 as ten, yaml.v3 as eight.
var (
	plainInt   = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	plainFloat = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][-+]?[0-9]+)?$`)
)

func isNumber(n *yaml.Node, number *regexp.Regexp) bool {
	tag := n.ShortTag()
	return n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") && number.MatchString(n.Value)
}

// parseInterval turns "(0, inf)" or "[0, 1)" into a test of whether a value is in it.
func parseInterval(interval string) func(float64) bool {
	lo, hi, _ := strings.Cut(strings.Trim(interval, "([)]"), ", ")
	low, _ := strconv.ParseFloat(lo, 64)
	high, _ := strconv.ParseFloat(hi, 64)
	closed := interval[0] == '['
	return func(v float64) bool { return v < high && (v > low || closed && v == low) }
}
