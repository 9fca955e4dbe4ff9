package compare

import "example.com/sonar/internal/metrics"

// A Verdict is the outcome of a comparison, in one word.
type Verdict string

const (
	Improved     Verdict = "improved"
	Regressed    Verdict = "regressed"
	Inconclusive Verdict = "inconclusive" // no difference was found, which does not show that there is none
	Identical    Verdict = "identical"    // every score and prediction is the same, so nothing was tested
)

// NonInferior is what -require may ask for.
const NonInferior = "non-inferior"

// A Result is everything that a report says.
type Result struct {
	Verdict Verdict `json:"verdict"`
	Passed  bool    `json:"passed"` // neither regressed nor short of what was required
	Summary string  `json:"summary"`

	Base   Revision `json:"base"`
	Head   Revision `json:"head"`
	Metric string   `json:"metric"` // the one that decides
	Alpha  float64  `json:"alpha"`

	DecidedBy Basis      `json:"decided_by,omitempty"` // empty if there is no variance to test with, or all is identical
	Posterior *Posterior `json:"posterior,omitempty"`
	Margin    *Margin    `json:"margin,omitempty"`
	// What is required beyond no regression: NonInferior or nothing.
	Required string `json:"required,omitempty"`

	Scheme  string `json:"scheme,omitempty"` // of the folds that decide
	Splits  int    `json:"splits"`
	Repeats int    `json:"repeats"`

	Tests   []Test `json:"tests"`
	Blocked []Test `json:"blocked,omitempty"`

	// Rows, McNemar and Flips are zero if only folds were compared.
	Rows    int      `json:"rows,omitempty"`
	McNemar *McNemar `json:"mcnemar,omitempty"` // of repeat 0
	Flips   []Flip   `json:"flips,omitzero"`    // of repeat 0
	Caveats []string `json:"caveats"`
}

// A Revision identifies one side.
type Revision struct {
	Name      string `json:"name"`             // as the user gave it
	Commit    string `json:"commit,omitempty"` // full hash
	Workspace bool   `json:"workspace"`        // the files in the work tree; Commit is what they are based on
}

// Workspace returns the side that is not a commit; commit is the one that is checked out, "" before
// the first.
func Workspace(commit string) Revision { return Revision{"workspace", commit, true} }

// A Basis is what a test is based on.
type Basis string

const (
	ByFolds Basis = "folds" // the corrected resampled t test
	ByRows  Basis = "rows"  // the row-wise test
)

// A Test compares one metric under one scheme. Its means are those over folds.
type Test struct {
	Metric       string `json:"metric"`
	LessIsBetter bool   `json:"less_is_better"`
	Folds        int    `json:"folds"`
	Means
	Rows *RowTest `json:"rows,omitempty"` // for a metric that is a mean over rows
}

// A RowTest compares one metric row by row, by the mean over the repeats. Its means are those over rows.
type RowTest struct {
	Rows   int  `json:"rows"`
	Sample bool `json:"sample,omitempty"` // whether the rows are a sample
	Groups int  `json:"groups,omitempty"` // 0 if each row counts as independent
	Means
}

// Means are those of one metric on both sides.
type Means struct {
	Base    float64  `json:"base"`
	Head    float64  `json:"head"`
	Gain    float64  `json:"gain"`              // positive if head is better
	Student *Student `json:"student,omitempty"` // nil if all folds, or rows, differ by the same amount
}

// Student is the t test of a gain; see metrics.Student.
type Student struct {
	SE         float64 `json:"se"`
	T          float64 `json:"t"`
	DF         int     `json:"df"`
	P          float64 `json:"p"` // two-sided
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Detectable float64 `json:"detectable"` // the smallest true gain or loss found with 80 % power

	of metrics.Student
}

// Posterior has the probabilities that the true gain of the metric that decides is below -Margin, within the
// margin, and above it, by the t test that decides.
type Posterior struct {
	Margin     float64 `json:"margin"`
	Worse      float64 `json:"worse"`
	Equivalent float64 `json:"equivalent"` // 0 without a margin
	Better     float64 `json:"better"`
}

// Margin is what the deciding metric shows beyond its verdict.
type Margin struct {
	Margin       float64  `json:"margin"`
	Bound        *float64 `json:"bound,omitempty"` // one-sided lower bound of the gain; with the p-values, none without a variance
	NonInferior  bool     `json:"non_inferior"`
	NonInferiorP *float64 `json:"non_inferior_p,omitempty"`
	Equivalent   bool     `json:"equivalent"`
	EquivalentP  *float64 `json:"equivalent_p,omitempty"`
}

// McNemar compares the rows of one repeat, each of which counts once. Its test takes rows as independent, so there is none if
// they come in groups.
type McNemar struct {
	Gained int      `json:"gained"` // rows right in head only
	Lost   int      `json:"lost"`   // rows right in base only
	MidP   *float64 `json:"mid_p,omitempty"`
	ExactP *float64 `json:"exact_p,omitempty"`
}

// A Flip is a row that is right on one side only.
type Flip struct {
	Row    int    `json:"row"` // of the raw file, from 0
	Label  string `json:"label"`
	Base   string `json:"base"` // what base predicts
	Head   string `json:"head"`
	Gained bool   `json:"gained"` // right in head
}

// decisive returns the test of the metric that decides.
func (r *Result) decisive() Test {
	for _, t := range r.Tests {
		if t.Metric == r.Metric {
			return t
		}
	}
	panic("compare: no such metric")
}
