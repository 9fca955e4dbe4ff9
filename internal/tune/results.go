package tune

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/crossval"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// Results make the outputs of all contests.
type Results struct {
	study    *Study
	contests []*Contest
	final    *Contest // that of all rows
}

// NewResults returns the results of all contests, in their order.
func (s *Study) NewResults(contests []*Contest) *Results {
	return &Results{s, contests, contests[len(contests)-1]}
}

// Best returns the number of the candidate that is chosen on all rows.
func (r *Results) Best() int { return r.final.Winner }

// Outer returns the contests of the outer folds.
func (r *Results) Outer() []*Contest { return r.contests[:len(r.contests)-1] }

// Changes returns what the choice sets in params.yaml, each KEY=VALUE, with what is set once it is chosen.
func (r *Results) Changes() []string {
	var changes []string
	for _, c := range r.changes() {
		changes = append(changes, c.String())
	}
	return changes
}

func (r *Results) changes() []params.Change {
	var changes []params.Change
	for _, c := range r.study.Candidates[r.Best()].Changes {
		if !slices.ContainsFunc(r.study.Refit, func(later params.Change) bool { return later.Key == c.Key }) {
			changes = append(changes, c)
		}
	}
	return append(changes, r.study.Refit...)
}

// Networks returns how many networks were trained, which is how often one looked.
func (r *Results) Networks() int {
	networks := 0
	for _, c := range r.contests {
		scored := map[int]int{} // folds of each candidate
		for _, t := range c.Trials {
			networks += (t.Folds - scored[t.Candidate]) * r.study.Candidates[t.Candidate].Params.Train.Ensemble
			scored[t.Candidate] = t.Folds
		}
		if c.Nested != nil {
			if p, err := r.study.refit(c.Winner); err == nil { // it was, when it was trained
				networks += p.Train.Ensemble
			}
		}
	}
	return networks
}

// Chosen returns how many outer folds chose a candidate.
func (r *Results) Chosen(candidate int) int {
	chosen := 0
	for _, c := range r.Outer() {
		if len(c.Trials) > 0 && c.Winner == candidate {
			chosen++
		}
	}
	return chosen
}

// winning returns the scores of the winner of a contest on its inner folds.
func (c *Contest) winning() foldfile.Scores {
	for _, t := range slices.Backward(c.Trials) {
		if t.Candidate == c.Winner {
			return t.Scores
		}
	}
	panic("tune: a winner has a trial")
}

// Nested sums up the outer folds: what choosing is worth. It has no scheme if the search is not nested.
func (r *Results) Nested() crossval.Report {
	p := *r.study.base
	p.Crossvalidate = r.study.Outer
	results := crossval.NewResults(r.study.Table, &p)
	for _, c := range r.Outer() {
		if c.Nested != nil {
			results.Add(*c.Nested)
		}
	}
	return results.Report()
}

// Files returns all outputs. StartedFrom is the train section of the params.yaml that was changed.
func (r *Results) Files(startedFrom *yaml.Node) []atomicfile.File {
	return []atomicfile.File{
		{Path: "trials.csv", Write: r.writeTrials},
		{Path: "plots/race.csv", Write: r.writeRace},
		{Path: "plots/outer.csv", Write: r.writeOuter},
		{Path: "best.yaml", Write: func(w io.Writer) error { return r.writeBest(w, startedFrom) }},
		{Path: "metrics.json", Write: r.writeMetrics},
	}
}

// LiveFiles returns the outputs that show the trials that are done: see Study.SoFar.
func (r *Results) LiveFiles() []atomicfile.File {
	return []atomicfile.File{
		{Path: "trials.csv", Write: r.writeTrials},
		{Path: "plots/race.csv", Write: r.writeRace},
		{Path: "metrics.json", Write: r.writeMetrics},
	}
}

type metricsFile struct {
	// Nested is what choosing is worth, on rows that the choice has not seen.
	Nested *crossval.SchemeReport `json:"nested,omitempty"`
	Chosen *chosen                `json:"chosen,omitempty"`
	Looks  struct {
		Candidates int `json:"candidates"`
		Networks   int `json:"networks"`
	} `json:"looks"`
}

type chosen struct {
	Candidate int    `json:"candidate"`
	Name      string `json:"name,omitempty"`
	// Inner are the scores by which it was chosen: the best of many, so they promise too much.
	Inner map[string]*float64 `json:"inner"`
	Folds int                 `json:"outer_folds"` // that chose it too
}

func (r *Results) writeMetrics(w io.Writer) error {
	var m metricsFile
	if nested := r.Nested(); len(nested) > 0 {
		m.Nested = &nested[0]
	}
	if len(r.final.Trials) > 0 {
		m.Chosen = r.chosen()
	}
	m.Looks.Candidates, m.Looks.Networks = len(r.study.Candidates), r.Networks()
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(m)
}

func (r *Results) chosen() *chosen {
	c := &chosen{Candidate: r.Best(), Name: r.study.Candidates[r.Best()].Name, Inner: map[string]*float64{}, Folds: r.Chosen(r.Best())}
	for i, v := range r.final.winning() {
		if !math.IsNaN(v) {
			c.Inner[foldfile.Metrics()[i].Name] = &v
		}
	}
	return c
}

// writeCSV writes the lines that a function passes to line.
func writeCSV(w io.Writer, lines func(line func(fields ...string))) error {
	out := csv.NewWriter(w)
	lines(func(fields ...string) { out.Write(fields) }) // Error returns the first error
	out.Flush()
	return out.Error()
}

func text(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func texts(s foldfile.Scores) []string {
	fields := make([]string, len(s))
	for m, v := range s {
		fields[m] = text(v)
	}
	return fields
}

// keys returns the keys that candidates change, in the order in which they first do.
func (r *Results) keys() []string {
	var keys []string
	seen := map[string]bool{}
	for _, c := range r.study.Candidates {
		for _, change := range c.Changes {
			if !seen[change.Key] {
				keys, seen[change.Key] = append(keys, change.Key), true
			}
		}
	}
	return keys
}

// writeTrials writes every candidate of every rung of every contest, with what it sets.
func (r *Results) writeTrials(w io.Writer) error {
	keys := r.keys()
	return writeCSV(w, func(line func(...string)) {
		line(slices.Concat([]string{"outer", "rung", "candidate", "name", "folds"}, foldfile.MetricNames(), []string{"kept"}, keys)...)
		for _, c := range r.contests {
			for _, t := range c.Trials {
				candidate := r.study.Candidates[t.Candidate]
				fields := []string{c.Name, strconv.Itoa(t.Rung), strconv.Itoa(t.Candidate), candidate.Name, strconv.Itoa(t.Folds)}
				fields = append(fields, texts(t.Scores)...)
				fields = append(fields, strconv.FormatBool(t.Kept))
				for _, key := range keys {
					value := ""
					for _, change := range candidate.Changes {
						if change.Key == key {
							value = change.Text()
						}
					}
					fields = append(fields, value)
				}
				line(fields...)
			}
		}
	})
}

// writeRace writes the race of the contest of all rows: a point for each candidate of each rung.
func (r *Results) writeRace(w io.Writer) error {
	return writeCSV(w, func(line func(...string)) {
		line(append([]string{"folds", "candidate"}, foldfile.MetricNames()...)...)
		for _, t := range r.final.Trials {
			line(append([]string{strconv.Itoa(t.Folds), strconv.Itoa(t.Candidate)}, texts(t.Scores)...)...)
		}
	})
}

// writeOuter writes, for each outer fold, the score by which its winner was chosen (inner), and that on the rows
// that the choice has not seen (outer).
func (r *Results) writeOuter(w io.Writer) error {
	return writeCSV(w, func(line func(...string)) {
		line(append([]string{"fold", "candidate", "scores"}, foldfile.MetricNames()...)...)
		for _, c := range r.Outer() {
			fields := []string{c.Name, strconv.Itoa(c.Winner)}
			line(slices.Concat(fields, []string{"inner"}, texts(c.winning()))...)
			line(slices.Concat(fields, []string{"outer"}, texts(c.Nested.Scores))...)
		}
	})
}

// writeBest writes what the choice sets, and the settings that it is a change of.
func (r *Results) writeBest(w io.Writer, startedFrom *yaml.Node) error {
	chosen := mapping()
	for _, c := range r.changes() {
		_, key, _ := strings.Cut(c.Key, ".")
		add(chosen, key, plain(c.Value))
	}
	root := mapping()
	add(root, params.SectionTrain, chosen)
	add(root, "started_from", plain(startedFrom))
	if _, err := fmt.Fprintf(w, "# What tune has chosen on all rows; the settings that it started from are below. To take it over:\n# %s\n", Command(r.Changes())); err != nil {
		return err
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return err
	}
	return encoder.Close()
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func add(to *yaml.Node, key string, value *yaml.Node) {
	to.Content = append(to.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}

// plain returns a node without comments, its lists written as blocks.
func plain(n *yaml.Node) *yaml.Node {
	copied := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value}
	for _, item := range n.Content {
		copied.Content = append(copied.Content, plain(item))
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		copied.Style = yaml.FlowStyle
	}
	return copied
}
