package tune

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// A dimension is a key of a space and what its values may be.
type dimension struct {
	key       string
	line      int
	kind      string
	choices   []*yaml.Node
	low, high float64
}

func (d dimension) change(v *yaml.Node) params.Change {
	return params.Change{Key: d.key, Line: d.line, Value: v}
}

// The kinds of dimensions.
const (
	choice     = "choice"      // of a list
	uniform    = "uniform"     // a float in [low, high]
	logUniform = "log_uniform" // a float in [low, high] whose logarithm is uniform
	integer    = "int"         // an int in [low, high]
	logInteger = "log_int"     // an int in [low, high], the smaller the likelier, as log_uniform
)

func (f *file) dimension(key string, line int, n *yaml.Node) (dimension, error) {
	d := dimension{key: key, line: line}
	if n.Kind != yaml.MappingNode || len(n.Content) != 2 {
		return d, f.errorf(n, "%s must be one of choice, uniform, log_uniform, int, log_int, got %s", key, params.Describe(n))
	}
	kind, body := n.Content[0], n.Content[1]
	d.kind = kind.Value
	switch d.kind {
	case choice:
		if body.Kind != yaml.SequenceNode || len(body.Content) == 0 || len(body.Content) > maxCandidates {
			return d, f.errorf(kind, "%s: choice must be a list of 1 to %d values, got %s", key, maxCandidates, params.Describe(body))
		}
		d.choices = body.Content
		return d, nil
	case uniform, logUniform, integer, logInteger:
		return d, f.bounds(&d, body)
	}
	return d, f.errorf(kind, "%s must be one of choice, uniform, log_uniform, int, log_int, got %.40q", key, d.kind)
}

// bounds reads [low, high].
func (f *file) bounds(d *dimension, n *yaml.Node) error {
	ok := n.Kind == yaml.SequenceNode && len(n.Content) == 2
	var bounds [2]float64
	for i := 0; ok && i < 2; i++ {
		if bounds[i], ok = number(n.Content[i]); ok && d.isInt() {
			var v int
			v, ok = wholeNumber(n.Content[i])
			ok = ok && v <= math.MaxUint32 && v >= -math.MaxUint32
		}
	}
	d.low, d.high = bounds[0], bounds[1]
	rule := "two numbers"
	if d.isInt() {
		rule = "two ints"
	}
	if d.isLog() {
		rule += " above 0"
		ok = ok && d.low > 0
	}
	if !ok || d.low >= d.high || math.IsInf(d.high-d.low, 0) {
		return f.errorf(n, "%s: %s must be %s, the lower first, got %s", d.key, d.kind, rule, params.Describe(n))
	}
	return nil
}

func (d dimension) isInt() bool { return d.kind == integer || d.kind == logInteger }

func (d dimension) isLog() bool { return d.kind == logUniform || d.kind == logInteger }

// number is the coordinate of the key in a random stream: its own, whatever other keys there are.
func (d dimension) number() uint32 {
	hash := fnv.New32a()
	hash.Write([]byte(d.key))
	return hash.Sum32()
}

// draw returns the value of candidate i, which depends on i, the key and its values alone.
func (d dimension) draw(seed uint32, i int) *yaml.Node {
	var u [1]float64
	random.Stream{Seed: seed, Purpose: random.Candidates}.Uniforms(u[:], uint32(i), d.number(), 0)
	switch d.kind {
	case choice:
		return d.choices[min(int(u[0]*float64(len(d.choices))), len(d.choices)-1)]
	case integer:
		return d.integer(between(u[0], d.low, d.high+1))
	case logInteger:
		return d.integer(exact.Exp(between(u[0], exact.Log(d.low), exact.Log(d.high+1))))
	case logUniform:
		return d.float(exact.Exp(between(u[0], exact.Log(d.low), exact.Log(d.high))))
	}
	return d.float(between(u[0], d.low, d.high))
}

// between returns low + u*(high-low).
func between(u, low, high float64) float64 { return math.FMA(u, high-low, low) }

func (d dimension) integer(v float64) *yaml.Node {
	return d.node("!!int", strconv.FormatInt(int64(min(max(math.Floor(v), d.low), d.high)), 10))
}

// float has four significant digits, which are enough to draw by and short to read, unless that leaves the range.
func (d dimension) float(v float64) *yaml.Node {
	v = min(max(v, d.low), d.high)
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if short, _ := strconv.ParseFloat(text, 64); short >= d.low && short <= d.high {
		v = short
	}
	return d.node("!!float", strconv.FormatFloat(v, 'g', -1, 64))
}

func (d dimension) node(tag, text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text, Line: d.line}
}

// values returns those of a dimension of a grid.
func (d dimension) values() []*yaml.Node {
	if d.kind == choice {
		return d.choices
	}
	var all []*yaml.Node
	for v := d.low; v <= d.high; v++ {
		all = append(all, d.integer(v))
	}
	return all
}

func (f *file) checkGrid() error {
	size := 1.0
	for _, d := range f.space {
		at := &yaml.Node{Line: d.line}
		switch d.kind {
		case choice:
			size *= float64(len(d.choices))
		case integer:
			size *= d.high - d.low + 1
		default:
			return f.errorf(at, "%s must be a choice, or an int, for a grid, got %s", d.key, d.kind)
		}
		if size > maxCandidates {
			return f.errorf(at, "a grid must have at most %d candidates, got %.0f with %s", maxCandidates, size, d.key)
		}
	}
	return nil
}

// Candidates returns the candidates, each a change of base, of which sections were read. The values obey the rules of
// params.yaml: the error is about the first that does not.
func (s *Settings) Candidates(base *params.Params, sections ...string) ([]Candidate, error) {
	candidates := s.list
	switch s.Search.Candidates {
	case Random:
		candidates = s.random()
	case Grid:
		candidates = s.grid()
	}
	if err := s.checkChoices(base, sections); err != nil {
		return nil, err
	}
	for i := range candidates {
		c := &candidates[i]
		var err error
		if c.Params, err = base.With(s.name, c.Changes, sections...); err != nil {
			return nil, fmt.Errorf("%w (candidate %d)", err, i)
		}
		if _, err := c.Params.With(s.name, s.Refit, sections...); err != nil {
			return nil, fmt.Errorf("%w (refit of candidate %d)", err, i)
		}
	}
	return candidates, nil
}

// checkChoices checks values that may be in no candidate: choices that were not drawn, and the ends of ranges.
func (s *Settings) checkChoices(base *params.Params, sections []string) error {
	for _, d := range s.space {
		values := d.choices
		if d.isInt() {
			values = []*yaml.Node{d.integer(d.low), d.integer(d.high)}
		} else if d.kind != choice {
			values = []*yaml.Node{d.float(d.low), d.float(d.high)}
		}
		for _, v := range values {
			if _, err := base.With(s.name, []params.Change{d.change(v)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Settings) random() []Candidate {
	candidates := make([]Candidate, s.Search.Trials)
	for i := range candidates {
		for _, d := range s.space {
			candidates[i].Changes = append(candidates[i].Changes, d.change(d.draw(s.Search.RandomState, i)))
		}
	}
	return candidates
}

// grid returns all combinations; the last key changes fastest.
func (s *Settings) grid() []Candidate {
	candidates := []Candidate{{}}
	for _, d := range s.space {
		var longer []Candidate
		for _, c := range candidates {
			for _, v := range d.values() {
				changes := append(c.Changes[:len(c.Changes):len(c.Changes)], d.change(v))
				longer = append(longer, Candidate{Changes: changes})
			}
		}
		candidates = longer
	}
	return candidates
}

// Command returns what people type to run an experiment with changes, each KEY=VALUE; flags are other words.
func Command(changes []string, flags ...string) string {
	words := append([]string{"dvc exp run"}, flags...)
	for _, change := range changes {
		if strings.ContainsAny(change, "[]") {
			change = "'" + change + "'" // some shells take brackets for patterns of file names
		}
		words = append(words, "-S", change)
	}
	return strings.Join(words, " ")
}
