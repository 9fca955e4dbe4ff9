package params

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A key is one row of the table: its full name, and how it is read.
type key struct {
	name  string
	set   func(p *Params, n *yaml.Node) *fault // nil if n obeys the key's rules
	texts bool                                 // whether its scalars are texts, which DVC must keep as written
	older string                               // the value, in YAML, used if the file is older than the key
}

// A fault is the first rule that a value breaks.
type fault struct {
	at    *yaml.Node // the value, or the item of a list, that breaks it
	rule  string     // what follows the key: "must be ..."
	found string
}

// read sets the key's field to n, unless n breaks a rule. An older file may spell texts in ways that DVC does not keep.
func (k key) read(p *Params, n *yaml.Node, older bool) *fault {
	broken := tagged(n)
	if broken == nil && k.texts && !older {
		broken = unkept(n)
	}
	if broken == nil {
		broken = k.set(p, n)
	}
	return broken
}

// tagged returns the fault of the first node that states its own type, as !!str 1 does; no key needs that, and DVC refuses most.
func tagged(n *yaml.Node) *fault {
	for _, item := range append([]*yaml.Node{n}, n.Content...) {
		if item.Style&yaml.TaggedStyle != 0 {
			return newFault(item, "must be without a tag")
		}
	}
	return nil
}

func newFault(at *yaml.Node, rule string) *fault { return &fault{at, rule, value(at)} }

func (f *fault) String() string { return f.rule + ", got " + f.found }

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

// scalar returns the key of one value, whose rule is in words: what the value must be.
func scalar(name, rule string, set func(p *Params, n *yaml.Node) bool) key {
	return key{name: name, set: func(p *Params, n *yaml.Node) *fault {
		if !set(p, n) {
			return newFault(n, "must be "+rule)
		}
		return nil
	}}
}

// float accepts an int too, as DVC writes 1 for 1.0. The range is an interval in words: (0, inf).
func float(name, interval string, field func(*Params) *float64) key {
	contains := parseInterval(interval)
	return scalar(name, "a float in the range "+interval, func(p *Params, n *yaml.Node) bool {
		return isNumber(n, plainFloat) && n.Decode(field(p)) == nil && contains(*field(p))
	})
}

func integer(name string, lo, hi int64, field func(*Params) *int) key {
	rule := "an int of " + strconv.FormatInt(lo, 10) + " or more"
	if hi < maxCount {
		rule = "an int in the range [" + strconv.FormatInt(lo, 10) + ", " + strconv.FormatInt(hi, 10) + "]"
	}
	return scalar(name, rule, func(p *Params, n *yaml.Node) bool {
		v, ok := scalarInt(n)
		*field(p) = int(v)
		return ok && lo <= v && v <= hi
	})
}

func seed(name string, field func(*Params) *uint32) key {
	return scalar(name, "an int in the range [0, 4294967295]", func(p *Params, n *yaml.Node) bool {
		v, ok := scalarInt(n)
		*field(p) = uint32(v)
		return ok && 0 <= v && v <= math.MaxUint32
	})
}

func choice(name string, field func(*Params) *string, choices ...string) key {
	last := len(choices) - 1
	rule := strings.Join(choices[:last], ", ") + " or " + choices[last]
	return scalar(name, rule, func(p *Params, n *yaml.Node) bool {
		*field(p) = n.Value
		return n.Kind == yaml.ScalarNode && slices.Contains(choices, n.Value)
	})
}

func boolean(name string, field func(*Params) *bool) key {
	return scalar(name, "true or false", func(p *Params, n *yaml.Node) bool {
		return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" && n.Decode(field(p)) == nil
	})
}

func column(name string, field func(*Params) *Column) key {
	return key{name: name, texts: true, set: func(p *Params, n *yaml.Node) *fault {
		c, broken := reference(n)
		if broken != "" && !isEmpty(n) {
			return newFault(n, "must be a column "+broken+`, or ""`)
		}
		*field(p) = c
		return nil
	}}
}

// A list is the rules of a list and of its items.
type list[T comparable] struct {
	items       string // what they are called: labels
	least, most int    // how many
	repeats     bool   // whether equal ones are allowed
	read        func(n *yaml.Node) (item T, broken string)
}

// labels takes any scalar as the text it is written as, so that 0 and R are both labels.
func labels(name string, field func(*Params) *[]string) key {
	return list[string]{items: "labels", least: 2, most: maxLabels, read: label}.key(name, true, field)
}

// texts takes scalars as labels does; the list may be empty, and so may a text.
func texts(name string, field func(*Params) *[]string) key {
	return list[string]{items: "texts", most: maxLabels, read: func(n *yaml.Node) (text, broken string) {
		if isEmpty(n) {
			return "", ""
		}
		return label(n)
	}}.key(name, true, field)
}

func columns(name string, field func(*Params) *[]Column) key {
	return list[Column]{items: "columns", most: maxPosition, read: reference}.key(name, true, field)
}

func sizes(name string, field func(*Params) *[]int) key {
	broken := "in the range [1, " + strconv.Itoa(maxUnits) + "]"
	return list[int]{items: "ints", most: maxLayers, repeats: true, read: func(n *yaml.Node) (int, string) {
		if v, ok := scalarInt(n); ok && 1 <= v && v <= maxUnits {
			return int(v), ""
		}
		return 0, broken
	}}.key(name, false, field)
}

func (l list[T]) key(name string, texts bool, field func(*Params) *[]T) key {
	return key{name: name, texts: texts, set: func(p *Params, n *yaml.Node) *fault {
		items, broken := l.all(n)
		*field(p) = items
		return broken
	}}
}

// all returns the items of a list, or the first rule that it or one of them breaks.
func (l list[T]) all(n *yaml.Node) ([]T, *fault) {
	rule := fmt.Sprintf("must be a list of %d to %d %s", l.least, l.most, l.items)
	switch size := len(n.Content); {
	case n.Kind != yaml.SequenceNode:
		return nil, newFault(n, rule)
	case size < l.least || size > l.most:
		return nil, &fault{n, rule, "a list of " + strconv.Itoa(size)}
	}
	first := make(map[T]*yaml.Node, len(n.Content))
	items := make([]T, len(n.Content))
	for i, at := range n.Content {
		item, broken := l.read(at)
		if broken != "" {
			return nil, newFault(at, "must have "+l.items+" "+broken)
		}
		if before := first[item]; before != nil && !l.repeats {
			return nil, &fault{at, "must have different " + l.items, value(at) + again(before)}
		}
		first[item], items[i] = at, item
	}
	return items, nil
}

// again says where an item was before; the nodes of Data.Check are on no line.
func again(before *yaml.Node) string {
	if before.Line == 0 {
		return " again"
	}
	return " again (first on line " + strconv.Itoa(before.Line) + ")"
}

// reference reads a column: a plain integer is a position, any other text a name. Broken is the rule that n breaks, or "".
func reference(n *yaml.Node) (c Column, broken string) {
	name, broken := label(n)
	switch isPosition := isPlain(n) && looksNumeric(n.Value); {
	case broken == "" && !isPosition:
		return Column{Name: name}, ""
	case broken != notText && !isPosition:
		return Column{}, "with a name " + broken
	}
	v, ok := scalarInt(n)
	if !ok || v < 1 || v > maxPosition {
		return Column{}, "with a position in the range [1, " + strconv.Itoa(maxPosition) + "], or a name, in quotes if it looks like a number"
	}
	return Column{Position: int(v)}, ""
}

const notText = "written as a word or in quotes"

// label reads a label or a column's name: a scalar that a CSV field can hold as it is, without spaces around it, which
// are ignored there, and without what no line of a report can show. Broken is the rule that n breaks, or "".
func label(n *yaml.Node) (text, broken string) {
	switch text = n.Value; {
	case n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null":
		return "", notText
	case text == "":
		return "", "of at least one character"
	case strings.ContainsAny(text, "\r\n\u0085\u2028\u2029"):
		return "", "without line ends"
	case text != strings.TrimSpace(text):
		return "", "without surrounding spaces"
	case strings.ContainsFunc(text, isControl):
		return "", "without control characters"
	}
	return text, ""
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
