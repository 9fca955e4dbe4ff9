// Package tune chooses settings by cross-validation, and measures what the choosing is worth.
//
// A space has candidates: changes of params.yaml. In a contest they race on inner folds of some rows, in one rung
// or more: all of them on few folds, the best of them on more. There is a contest for the training rows of each outer
// fold, whose winner is trained on all of them and tested on the others: that is nested cross-validation (M. Stone,
// "Cross-validatory choice and assessment of statistical predictions", JRSS B 36, 1974; S. Varma and R. Simon, BMC
// Bioinformatics 7, 2006). The last contest has all rows, and its winner is the choice.
//
// It opens no file, reads no clock and logs nothing. All that is found is the same with any number of threads.
package tune

import (
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// Settings are what a file of a space says: see Read.
type Settings struct {
	Search Search
	Outer  params.Crossvalidate // no repeats: not nested
	Refit  []params.Change      // of the winner, when it is trained on all rows of its contest

	name  string // of the file, in errors
	space []dimension
	list  []Candidate // instead of a space
}

// Search says how candidates are made and compared.
type Search struct {
	Candidates  string // Random, Grid or List
	Trials      int    // candidates of a random search
	RandomState uint32 // of the candidates, and of the inner folds
	Scheme      string // one of foldfile.Schemes(false); data with groups are dealt by groups
	Metric      int    // by which candidates are compared; an index of foldfile.Metrics
	Halving     int    // one in so many goes on to the next rung; 1 is no race
	Splits      int    // inner folds
}

// The ways to make candidates.
const (
	Random = "random" // each key drawn by itself
	Grid   = "grid"   // all combinations
	List   = "list"   // as they are written down
)

// A Candidate is settings that may be chosen.
type Candidate struct {
	Name, About string // of a list; About may be ""
	Changes     []params.Change
	Params      *params.Params
}

// maxCandidates is the largest number of candidates.
const maxCandidates = 100_000

// A Fold is what comes of a candidate on an inner fold.
type Fold struct {
	Rows     int             `json:"rows"`
	Scores   foldfile.Scores `json:"scores"`
	Diverged bool            `json:"diverged,omitempty"` // the loss was not finite, and there are no scores
}
