package params

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// DVC reads params.yaml with YAML libraries of its own, and `dvc exp run -S` rewrites the whole file. A text that
// these take for something else is then written differently (True becomes true, +1 becomes 1), or DVC cannot read
// the file at all (2024-01-01). So a text is accepted only if DVC keeps it. The tests compare this with the real DVC.

// unkept returns the fault of the first text in n that DVC does not keep, or nil if it keeps all.
func unkept(n *yaml.Node) *fault {
	for _, item := range append([]*yaml.Node{n}, n.Content...) {
		why := ""
		switch {
		case item.Kind != yaml.ScalarNode:
		case item.Value == "???":
			why = ", which it takes for a value yet to be set"
		case strings.Contains(item.Value, "${"):
			why = ", which it takes for a variable"
		case len(item.Value) > maxDoubleSpaced && strings.Contains(item.Value, "  "):
			why = ", which it breaks into lines, and may lose one of two spaces"
		case isPlain(item) && item.Value != "" && !keepsPlain(item.Value):
			why = ": write it in quotes"
		}
		if why != "" {
			return &fault{item, "must hold only what DVC keeps as written", value(item) + why}
		}
	}
	return nil
}

// isPlain reports whether n is a scalar without quotes, so that its type follows from its text.
func isPlain(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Style == 0 }

// notTexts are the words without quotes that DVC rewrites or cannot read.
var notTexts = []string{
	"~", "null", "Null", "NULL", "True", "TRUE", "False", "FALSE", "=", "<<",
	".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.Inf", "-.INF", ".NaN", ".NAN",
}

// What DVC takes for a number or a time, and which numbers it writes as it found them: these cover all of the usual
// spellings, though not every one (0.1e1 is kept, but +0.1e1 is not).
var (
	numeric = regexp.MustCompile(`^([-+]?(0b[01_]+|0o?[0-7_]+|[0-9][0-9_]*|0x[0-9a-fA-F_]+)|[-+][0-9_]+` +
		`|[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9_]+([eE][-+][0-9]+)?)$`)
	timestamp = regexp.MustCompile(`^[0-9]{4}-([0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?)$`)

	keptInt   = regexp.MustCompile(`^(-?[1-9][0-9]*|0[0-9]*|[1-9][0-9]{0,2}(_[0-9]{3})+|0b[01]+|0o[0-7]+|0x([0-9a-f]+|[0-9A-F]+))$`)
	keptFloat = regexp.MustCompile(`^[-+]?([0-9]*\.[0-9]+|(0|[1-9][0-9]*)\.|[1-9][0-9]*(\.[0-9]*)?[eE][-+]?0?[1-9][0-9]?)$`)
)

// DVC reads ints of up to 4300 digits, and floats as float64, which is exact for 15 digits. It breaks lines at the 80th
// column, of which a list and the longest key take fewer than 20.
const (
	maxIntText      = 1000
	maxFloatText    = 15
	maxDoubleSpaced = 60
)

func looksNumeric(plain string) bool { return numeric.MatchString(plain) }

func keepsPlain(text string) bool {
	switch {
	case slices.Contains(notTexts, text), timestamp.MatchString(text):
		return false
	case !looksNumeric(text):
		return true
	}
	return keptInt.MatchString(text) && len(text) <= maxIntText || keptFloat.MatchString(text) && len(text) <= maxFloatText
}
