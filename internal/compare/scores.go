package compare

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/revision"
)

// ScoresOptions say how to compare tables of scores about which nothing else is known.
type ScoresOptions struct {
	Options
	Path  string   // of the table on both sides
	Lower []string // the metrics for which lower is better
}

// Check checks that the options make sense together, and that the path is one below the current folder.
func (o ScoresOptions) Check() error {
	if !filepath.IsLocal(o.Path) || strings.ContainsFunc(o.Path, unicode.IsControl) {
		return fmt.Errorf("-folds must be the path of a file below the current folder, got %.80q", o.Path)
	}
	return o.Options.Check()
}

// A ScoresSide is what a comparison knows of a side if it only reads the scores of the folds.
type ScoresSide struct {
	Revision
	table  *foldfile.ScoreTable
	digest [sha256.Size]byte
}

// LoadScores reads one side, which v names, from the table of scores at path; see foldfile.ReadScores.
// An error is one line that names the side's file, and the line and column if there is one.
func LoadScores(v Revision, files revision.Files, path string) (*ScoresSide, error) {
	l := loader{side: &Side{Revision: v}, files: files, seen: sha256.New(), sums: map[string]string{}}
	text, err := l.read(path, foldfile.MaxSize)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, fmt.Errorf("%s is missing: without it nothing can be compared", l.place(path))
	}
	table, err := foldfile.ReadScores(bytes.NewReader(text), l.place(path))
	if err != nil {
		return nil, err
	}
	return &ScoresSide{v, table, [sha256.Size]byte(l.seen.Sum(nil))}, nil
}

// CompareScores pairs the folds of the two sides and decides. An error says why they cannot be compared.
// It panics unless Check accepts the options.
func CompareScores(base, head *ScoresSide, o ScoresOptions) (*Result, error) {
	if err := checkDistinct(base.Revision, head.Revision, base.digest == head.digest, "as to "+o.Path); err != nil {
		return nil, err
	}
	if err := checkScores(base, head, o); err != nil {
		return nil, err
	}
	r := newResult(base.Revision, head.Revision, o.Options)
	r.Splits, r.Repeats = base.table.Splits, base.table.Repeats
	same := true
	for m, name := range base.table.Metrics {
		at := slices.Index(head.table.Metrics, name)
		if at < 0 {
			continue
		}
		b, h := base.table.Scores[m], head.table.Scores[at]
		same = same && slices.Equal(b, h)
		r.Tests = append(r.Tests, newTest(name, slices.Contains(o.Lower, name), b, h, r.Splits, o.Options))
	}
	r.Caveats = append(r.Caveats, unpairedScores(base, head)...)
	r.Caveats = append(r.Caveats, o.Path+" does not say of which data and folds it is: that they are the same on both sides is not checked")
	r.decide(same, o.Options)
	return r, nil
}

// checkScores checks that the folds of one side have their counterparts on the other, and that both
// sides have the metrics that are named.
func checkScores(base, head *ScoresSide, o ScoresOptions) error {
	b, h := base.table, head.table
	if b.Splits != h.Splits || b.Repeats != h.Repeats {
		return fmt.Errorf("%s has %d repeats of %d folds in %s but %d of %d in %s: they cannot be paired",
			o.Path, b.Repeats, b.Splits, base.Name, h.Repeats, h.Splits, head.Name)
	}
	for i := range min(len(b.Rows), len(h.Rows)) {
		if b.Rows[i] != h.Rows[i] {
			return fmt.Errorf("fold %d of repeat %d has %d rows in %s but %d in %s: the folds are not the same",
				i%b.Splits, i/b.Splits, b.Rows[i], base.Name, h.Rows[i], head.Name)
		}
	}
	for _, side := range []*ScoresSide{base, head} {
		if err := side.checkHas(o); err != nil {
			return err
		}
	}
	return nil
}

// checkHas checks that the side has the metrics that are named.
func (s *ScoresSide) checkHas(o ScoresOptions) error {
	there := clip(strings.Join(s.table.Metrics, ", "), 200)
	if !slices.Contains(s.table.Metrics, o.Metric) {
		return fmt.Errorf("%s has no column %.64q in %s: nothing can be compared by this metric; -metric may be one of %s", s.Name, o.Metric, o.Path, there)
	}
	for _, name := range o.Lower {
		if !slices.Contains(s.table.Metrics, name) {
			return fmt.Errorf("%s has no column %.64q in %s: -lower must be one of %s", s.Name, name, o.Path, there)
		}
	}
	return nil
}

// unpairedScores lists what only one side has, and is therefore left out.
func unpairedScores(base, head *ScoresSide) []string {
	var caveats []string
	for _, name := range slices.Concat(base.table.Metrics, head.table.Metrics) {
		if slices.Contains(base.table.Metrics, name) != slices.Contains(head.table.Metrics, name) {
			caveats = append(caveats, fmt.Sprintf("only one side has scores of the metric %s", name))
		}
	}
	return caveats
}
