package compare_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/sonar/internal/compare"
	"example.com/sonar/internal/compare/comparetest"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	main_     = compare.Revision{Name: "main", Commit: "1111111111111111111111111111111111111111"}
	branch    = compare.Revision{Name: "try-it", Commit: "2222222222222222222222222222222222222222"}
	workspace = compare.Workspace("1111111111111111111111111111111111111111")
)

var defaults = compare.Options{Metric: "accuracy", Alpha: 0.05}

func load(t *testing.T, v compare.Revision, files map[string]string) *compare.Side {
	t.Helper()
	side, err := compare.Load(v, comparetest.Reader(files))
	if err != nil {
		t.Fatal(err)
	}
	return side
}

func run(t *testing.T, base, head map[string]string, o compare.Options) *compare.Result {
	t.Helper()
	r, err := compare.Compare(load(t, main_, base), load(t, branch, head), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// with returns a copy of files with a text in one of them replaced. It must occur.
func with(t *testing.T, files map[string]string, path, old, new string) map[string]string {
	t.Helper()
	changed := map[string]string{}
	for p, text := range files {
		changed[p] = text
	}
	if !strings.Contains(files[path], old) {
		t.Fatalf("%s has no %q", path, old)
	}
	changed[path] = strings.Replace(files[path], old, new, 1)
	return changed
}

const (
	foldsPath       = "experiments/crossvalidation/folds.csv"
	predictionsPath = "experiments/crossvalidation/predictions.csv"
	metricsPath     = "experiments/crossvalidation/metrics.json"
	dataPath        = "data/sonar.all-data.dvc"
)

// always is wrong about the same rows in every repeat: the first of every fold, or the first two.
func always(perFold int) comparetest.Results {
	return comparetest.Results{Rows: 100, Splits: 10, Repeats: 2, Wrong: func(_, row int) bool { return row < 10*perFold }}
}

// noise is wrong about half of 60 rows. Other networks get six rows the other way, four net, which are two on
// either of the two folds.
func noise(other bool) comparetest.Results {
	flipped := map[int]bool{2: true, 6: true, 3: true, 7: true, 11: true, 1: true}
	return comparetest.Results{Rows: 60, Splits: 2, Repeats: 1, Wrong: func(_, row int) bool {
		return (row/2%2 == 0) != (other && flipped[row])
	}}
}

// A scenario is one pair of results, with the expected outcome.
type scenario struct {
	name       string
	base, head comparetest.Results
	options    compare.Options
	verdict    compare.Verdict
	passed     bool
	says       string
}

func scenarios() []scenario {
	require := func(o compare.Options) compare.Options { o.Require = compare.NonInferior; return o }
	withMargin := func(o compare.Options, d float64) compare.Options { o.Margin = d; return o }
	margin := func(d float64) compare.Options { return withMargin(defaults, d) }
	metric := func(name string) compare.Options { o := defaults; o.Metric = name; return o }
	withLoss := func(r comparetest.Results, more float64) comparetest.Results { r.Loss = more; return r }
	blockedRight := always(1)
	blockedRight.Wrong = func(repeat, row int) bool { return repeat >= 0 && row < 10 }
	otherRows := always(1)
	otherRows.Wrong = func(_, row int) bool { return 10 <= row && row < 20 } // the same number in each fold
	grouped := func(seed uint64, errors float64) comparetest.Results {
		r := comparetest.Random(seed, errors)
		r.Groups = 20
		return r
	}
	oneRepeat := func(errors float64) comparetest.Results {
		r := comparetest.Random(7, errors)
		r.Repeats = 1
		return r
	}
	return []scenario{
		{"improved", comparetest.Random(1, .30), comparetest.Random(1, .10), defaults, compare.Improved, true, "accuracy rose from"},
		{"regressed", comparetest.Random(1, .10), comparetest.Random(1, .30), defaults, compare.Regressed, false, "accuracy fell from"},
		{"inconclusive", comparetest.Random(1, .18), comparetest.Random(2, .18), defaults, compare.Inconclusive, true, "but a drop of up to"},
		{"non-inferior", comparetest.Random(1, .18), comparetest.Random(1, .175), margin(.01), compare.Inconclusive, true, "a drop of 0.01 or more is ruled out (one-sided test)"},
		{"equivalent", comparetest.Random(1, .18), comparetest.Random(2, .18), margin(.10), compare.Inconclusive, true, "equivalent within 0.1 (two one-sided tests)"},
		{"not shown non-inferior", comparetest.Random(1, .18), comparetest.Random(2, .18), require(margin(.002)), compare.Inconclusive, false, "cannot be ruled out"},
		{"required non-inferior", comparetest.Random(1, .18), comparetest.Random(2, .18), require(margin(.10)), compare.Inconclusive, true, "Required to be non-inferior: passed."},
		{"regressed within the margin", comparetest.Random(1, .10), comparetest.Random(1, .14), require(margin(.10)), compare.Regressed, false, "Required to be non-inferior: it is, but a regression fails whatever the margin."},
		{"alike improved", always(2), always(1), defaults, compare.Improved, true, "so the rows decide. Row-wise t test over 100 rows: t = 3.146"},
		{"alike regressed", always(1), always(2), margin(.2), compare.Regressed, false, "by the same -0.1000"},
		{"alike regressed beyond the margin", always(1), always(2), margin(.05), compare.Regressed, false, "Non-inferiority within 0.05 is not shown"},
		{"alike better on all rows", withLoss(always(1), 2e-6), always(1), metric("loss"), compare.Inconclusive, true, "loss fell from 0.550002 to 0.550000 by as much on every fold"},
		{"alike worse on all rows", always(1), withLoss(always(1), .2), withMargin(metric("loss"), .3), compare.Inconclusive, true, "Against the margin of 0.3: not shown to be non-inferior, nor equivalent."},
		{"alike by chance", noise(false), noise(true), defaults, compare.Inconclusive, true, "McNemar mid-p = 0.125"},
		{"alike by a metric without rows", always(2), always(1), metric("roc_auc"), compare.Inconclusive, true, "by the same +0.0500, which leaves no variance to test with."},
		{"grouped", grouped(1, .10), grouped(2, .18), withMargin(defaults, .03), compare.Regressed, false, "Row by row, over 208 rows in 20 groups"},
		{"the same scores of other predictions", always(1), otherRows, defaults, compare.Inconclusive, true, "10 are right in the head only (gained) and 10 in the base only (lost)"},
		{"the same scores except for the blocked", always(1), blockedRight, defaults, compare.Inconclusive, true, "no difference in accuracy on any fold"},
		{"no difference on any fold", comparetest.Random(1, .18), withLoss(comparetest.Random(1, .18), .25), require(margin(.02)), compare.Inconclusive, true, "no difference in accuracy on any fold"},
		{"identical", comparetest.Random(1, .18), comparetest.Random(1, .18), require(margin(.02)), compare.Identical, true, "every score and every prediction is the same"},
		{"loss improved", comparetest.Random(1, .30), comparetest.Random(1, .10), metric("loss"), compare.Improved, true, "loss fell from"},
		{"loss inconclusive", comparetest.Random(1, .18), comparetest.Random(2, .18), metric("loss"), compare.Inconclusive, true, "but a rise of up to"},
		{"one repeat", oneRepeat(.10), oneRepeat(.45), defaults, compare.Regressed, false, "over 10 folds:"},
	}
}

func TestVerdicts(t *testing.T) {
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			r := run(t, s.base.Files(), s.head.Files(), s.options)
			if r.Verdict != s.verdict || r.Passed != s.passed {
				t.Errorf("verdict %s, passed %v, want %s, %v", r.Verdict, r.Passed, s.verdict, s.passed)
			}
			if text := r.Text(); !strings.Contains(text, s.says) {
				t.Errorf("report does not say %q:\n%s", s.says, text)
			}
			if len(r.Caveats) != 0 {
				t.Errorf("caveats: %q", r.Caveats)
			}
		})
	}
}

func TestReportsMatchGoldenFiles(t *testing.T) {
	for _, s := range scenarios() {
		r := run(t, s.base.Files(), s.head.Files(), s.options)
		for _, format := range []string{"text", "markdown", "json"} {
			name := strings.ReplaceAll(s.name, " ", "_") + "." + format
			t.Run(name, func(t *testing.T) {
				golden(t, name, compare.Report(format, r, nil))
			})
		}
	}
	failure := errors.New("main has no experiments/crossvalidation/folds.csv")
	for _, format := range []string{"markdown", "json"} {
		golden(t, "not_compared."+format, compare.Report(format, nil, failure))
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if rounded(got) != rounded(string(want)) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", path, got)
	}
}

var longNumber = regexp.MustCompile(`-?[0-9]+\.[0-9]{9,}(e-?[0-9]+)?`)

// rounded shortens the numbers of a report in JSON: the last digits of a p-value depend on the machine.
func rounded(report string) string {
	return longNumber.ReplaceAllStringFunc(report, func(number string) string {
		v, _ := strconv.ParseFloat(number, 64)
		return strconv.FormatFloat(v, 'g', 9, 64)
	})
}

// TestSwappedSidesSayTheOpposite exchanges base and head: gains, intervals and verdicts mirror.
func TestSwappedSidesSayTheOpposite(t *testing.T) {
	opposite := map[compare.Verdict]compare.Verdict{
		compare.Improved: compare.Regressed, compare.Regressed: compare.Improved,
		compare.Inconclusive: compare.Inconclusive, compare.Identical: compare.Identical,
	}
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			r := run(t, s.base.Files(), s.head.Files(), s.options)
			q := run(t, s.head.Files(), s.base.Files(), s.options)
			if q.Verdict != opposite[r.Verdict] {
				t.Errorf("%s one way, %s the other", r.Verdict, q.Verdict)
			}
			mid, otherMid := r.McNemar.MidP, q.McNemar.MidP
			if r.McNemar.Gained != q.McNemar.Lost || (mid == nil) != (s.base.Groups > 0) || mid != nil && *mid != *otherMid {
				t.Errorf("McNemar %+v one way, %+v the other", r.McNemar, q.McNemar)
			}
			for i, a := range r.Tests {
				b := q.Tests[i]
				if a.Gain != -b.Gain {
					t.Errorf("%s: gain %g one way, %g the other", a.Metric, a.Gain, b.Gain)
				}
				if (a.Rows == nil) != (b.Rows == nil) || a.Rows != nil && a.Rows.Gain != -b.Rows.Gain {
					t.Errorf("%s: rows %+v one way, %+v the other", a.Metric, a.Rows, b.Rows)
				}
				if a.Student != nil && (a.Student.Low != -b.Student.High || a.Student.P != b.Student.P) {
					t.Errorf("%s: %+v one way, %+v the other", a.Metric, *a.Student, *b.Student)
				}
			}
		})
	}
}

// TestVerdictsAgreeWithTheirNumbers reads the reports of many random pairs as a person would: the
// printed interval, p-value and sentence must agree.
func TestVerdictsAgreeWithTheirNumbers(t *testing.T) {
	interval := regexp.MustCompile(`(?m)^accuracy +([0-9.e-]+) +([0-9.e-]+) +([+0-9.e-]+) +([+0-9.e-]+) to ([+0-9.e-]+) +([0-9.e-]+) +decides`)
	seen := map[compare.Verdict]int{}
	for seed := range uint64(60) {
		r := run(t, comparetest.Random(seed, .3).Files(), comparetest.Random(seed+1000, .12+.008*float64(seed)).Files(), defaults)
		text := r.Text()
		m := interval.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no line of accuracy in:\n%s", text)
		}
		n := make([]float64, len(m))
		for i := range n {
			n[i], _ = strconv.ParseFloat(m[i], 64)
		}
		gain, low, high, p := n[3], n[4], n[5], n[6]
		var want compare.Verdict
		switch {
		case p < .05 && low > 0 && gain > 0 && n[2] > n[1]:
			want = compare.Improved
		case p < .05 && high < 0 && gain < 0 && n[2] < n[1]:
			want = compare.Regressed
		case p >= .05 && low <= 0 && high >= 0:
			want = compare.Inconclusive
			if bound := fmt.Sprintf("a drop of up to %s cannot", strings.TrimPrefix(m[4], "-")); !strings.Contains(text, bound) {
				t.Errorf("the summary does not give the interval's bound: want %q in\n%s", bound, text)
			}
		}
		if r.Verdict != want || !strings.HasPrefix(text, string(want)+":") {
			t.Errorf("seed %d: verdict %s, but the printed numbers say %q:\n%s", seed, r.Verdict, want, text)
		}
		seen[r.Verdict]++
	}
	if len(seen) != 3 {
		t.Errorf("the pairs are all of one kind: %v", seen)
	}
}

// TestPValuesShowTheirSideOfAlpha has levels so close to p that three digits do not tell them apart.
func TestPValuesShowTheirSideOfAlpha(t *testing.T) {
	base, head := comparetest.Random(1, .18).Files(), comparetest.Random(1, .20).Files()
	p := run(t, base, head, defaults).Tests[0].Student.P
	for _, factor := range []float64{1 - 1e-7, 1, 1 + 1e-7} {
		o := defaults
		o.Alpha = p * factor
		r := run(t, base, head, o)
		said := regexp.MustCompile(`p = (\S+) \((below|not below) (\S+)\)\.`).FindStringSubmatch(r.Text())
		printed, _ := strconv.ParseFloat(said[1], 64)
		alpha, _ := strconv.ParseFloat(said[3], 64)
		below := p < o.Alpha
		if (printed < alpha) != below || (said[2] == "below") != below || (r.Verdict == compare.Regressed) != below {
			t.Errorf("p is %v, alpha %v, the verdict %s, but the report says %q", p, o.Alpha, r.Verdict, said[0])
		}
	}
}

// TestMarginsAreShownJustBeyondTheirBounds asks for margins just to either side of where each test flips:
// the ends of the one-sided intervals.
func TestMarginsAreShownJustBeyondTheirBounds(t *testing.T) {
	base, head := comparetest.Random(1, .18).Files(), comparetest.Random(2, .19).Files()
	margin := func(d float64) *compare.Margin {
		o := defaults
		o.Margin = d
		r := run(t, base, head, o)
		bound := regexp.MustCompile(`lower bound of the gain (\S+) `).FindStringSubmatch(r.Text())
		if v, err := strconv.ParseFloat(bound[1], 64); err != nil || (v > -d) != r.Margin.NonInferior {
			t.Errorf("non-inferior within %g is %v, but the bound is given as %s", d, r.Margin.NonInferior, bound[1])
		}
		return r.Margin
	}
	// 1.66039 is the 95th percentile of t with 99 degrees of freedom.
	s := run(t, base, head, defaults).Tests[0]
	lower, upper := s.Gain-1.6603911560169909*s.Student.SE, s.Gain+1.6603911560169909*s.Student.SE
	if !(lower < 0 && upper > 0 && -lower > upper) {
		t.Fatalf("one-sided bounds %g and %g", lower, upper)
	}
	const hair = 1e-9
	if margin(-lower-hair).NonInferior || !margin(-lower+hair).NonInferior {
		t.Errorf("non-inferiority does not turn at %g", lower)
	}
	if margin(-lower-hair).Equivalent || !margin(-lower+hair).Equivalent { // the farther bound
		t.Errorf("equivalence does not turn at %g", lower)
	}
	if m := margin((upper - lower) / 4); m.NonInferior || m.Equivalent {
		t.Errorf("%+v is shown", m)
	}
	base, head = head, base
	if m := margin((upper - lower) / 2); !m.NonInferior || m.Equivalent {
		t.Errorf("%+v, want non-inferior alone", m)
	}
}

// TestProbabilitiesFollowFromTheTestThatDecides: without a margin the smaller one is half of p; with one, what the
// one-sided tests show is what is probable.
func TestProbabilitiesFollowFromTheTestThatDecides(t *testing.T) {
	for seed := range uint64(20) {
		base, head := comparetest.Random(seed, .18).Files(), comparetest.Random(seed+100, .14+.004*float64(seed)).Files()
		r := run(t, base, head, defaults)
		p, test := *r.Posterior, r.Tests[0]
		if math.Abs(2*min(p.Better, p.Worse)-test.Student.P) > 1e-12 || p.Equivalent != 0 || (p.Better > p.Worse) != (test.Gain > 0) {
			t.Errorf("seed %d: %+v, of %+v", seed, p, test.Means)
		}
		o := defaults
		o.Margin = .05
		r = run(t, base, head, o)
		p = *r.Posterior
		if math.Abs(p.Worse+p.Equivalent+p.Better-1) > 1e-12 || (p.Worse < o.Alpha) != r.Margin.NonInferior || p.Worse != *r.Margin.NonInferiorP {
			t.Errorf("seed %d: %+v, margin %+v", seed, p, r.Margin)
		}
	}
}

// TestRowsHaveTheMeansOfTheirPredictions counts them, and the groups.
func TestRowsHaveTheMeansOfTheirPredictions(t *testing.T) {
	for _, groups := range []int{0, 20} {
		base, head := comparetest.Random(1, .18), comparetest.Random(2, .25)
		base.Groups, head.Groups = groups, groups
		r := run(t, base.Files(), head.Files(), defaults)
		right := map[bool]float64{}
		for repeat := range 10 {
			for row := range 208 {
				if !base.Wrong(repeat, row) {
					right[false]++
				}
				if !head.Wrong(repeat, row) {
					right[true]++
				}
			}
		}
		rows, freedom := r.Tests[0].Rows, 207
		if groups > 0 {
			freedom = groups - 1
		}
		for got, want := range map[float64]float64{rows.Base: right[false] / 2080, rows.Head: right[true] / 2080, rows.Gain: (right[true] - right[false]) / 2080} {
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("mean %g, want %g", got, want)
			}
		}
		if rows.Rows != 208 || rows.Groups != groups || rows.Student.DF != freedom {
			t.Errorf("%+v, %+v, want %d groups and %d degrees of freedom", rows, rows.Student, groups, freedom)
		}
		for _, test := range r.Tests {
			if want := test.Metric == "accuracy" || test.Metric == "loss"; (test.Rows != nil) != want {
				t.Errorf("%s has rows: %v", test.Metric, !want)
			}
		}
	}
}

// TestARowWrongOnBothSidesIsNoFlip has a third class, so that one can be wrong in two ways.
func TestARowWrongOnBothSidesIsNoFlip(t *testing.T) {
	base := with(t, always(1).Files(), "params.yaml", "- M\n", "- M\n    - X\n")
	head := with(t, base, predictionsPath, "\n0,R,M,", "\n0,R,X,")
	r := run(t, base, head, defaults)
	if r.Verdict != compare.Inconclusive || len(r.Flips) != 0 || r.McNemar.Gained+r.McNemar.Lost != 0 {
		t.Errorf("%s, flips %+v, McNemar %+v", r.Verdict, r.Flips, r.McNemar)
	}
}

// TestFoldsPairByNumberNotByLine shuffles the lines of one side.
func TestFoldsPairByNumberNotByLine(t *testing.T) {
	base, head := comparetest.Random(1, .18).Files(), comparetest.Random(2, .20).Files()
	lines := strings.Split(strings.TrimSuffix(head[foldsPath], "\n"), "\n")
	turned := []string{lines[0]}
	for i := len(lines) - 1; i > 0; i-- {
		turned = append(turned, lines[i])
	}
	shuffled := with(t, head, foldsPath, head[foldsPath], strings.Join(turned, "\n")+"\n")
	if a, b := run(t, base, head, defaults).Text(), run(t, base, shuffled, defaults).Text(); a != b {
		t.Errorf("the order of lines matters:\n%s\n%s", a, b)
	}
}

func TestFurtherColumnsDoNotMatter(t *testing.T) {
	base, head := comparetest.Random(1, .18).Files(), comparetest.Random(2, .18).Files()
	more := map[string]string{}
	for path, text := range head {
		if path == foldsPath || path == predictionsPath {
			text = strings.ReplaceAll(text, "\n", ",R\n")
		}
		more[path] = text
	}
	if a, b := run(t, base, head, defaults).Text(), run(t, base, more, defaults).Text(); a != b {
		t.Errorf("a further column matters:\n%s\n%s", a, b)
	}
}

// TestAMetricThatOneSideLacksIsLeftOut: tables gain metrics, and older revisions are still compared.
func TestAMetricThatOneSideLacksIsLeftOut(t *testing.T) {
	without := func(files map[string]string, name string) map[string]string {
		files = with(t, files, foldsPath, name, "was_"+name)
		return with(t, files, metricsPath, name, "was_"+name)
	}
	base, head := comparetest.Random(1, .18).Files(), comparetest.Random(2, .18).Files()
	whole := run(t, base, head, defaults)
	for _, name := range []string{"f1_macro", "roc_auc", "loss"} {
		for side, r := range map[string]*compare.Result{
			"base": run(t, without(base, name), head, defaults), "head": run(t, base, without(head, name), defaults),
		} {
			t.Run(name+" of the "+side, func(t *testing.T) {
				if r.Verdict != whole.Verdict || len(r.Tests) != len(whole.Tests)-1 || len(r.Blocked) != len(whole.Blocked)-1 {
					t.Errorf("%s with %d metrics", r.Verdict, len(r.Tests))
				}
				for _, test := range r.Tests {
					if test.Metric == name {
						t.Errorf("%s is compared", name)
					}
				}
				if want := []string{"only one side has scores of the metric " + name}; !slices.Equal(r.Caveats, want) {
					t.Errorf("caveats %q, want %q", r.Caveats, want)
				}
			})
		}
	}
	if r := run(t, base, without(base, "loss"), defaults); r.Verdict != compare.Identical {
		t.Errorf("%s, want identical", r.Verdict)
	}
	_, err := compare.Compare(load(t, main_, without(base, "accuracy")), load(t, branch, head), defaults)
	wantError(t, err, "main has no column accuracy in experiments/crossvalidation/folds.csv: nothing can be compared by this metric")
}

// TestAKeyThatAnOlderRevisionLacksCountsAsItsDefault has the optional keys written out on one side.
func TestAKeyThatAnOlderRevisionLacksCountsAsItsDefault(t *testing.T) {
	old := comparetest.Random(1, .18).Files()
	newer := with(t, old, "params.yaml", "data:\n", "data:\n  header: false\n")
	if r := run(t, old, newer, defaults); r.Verdict != compare.Identical {
		t.Errorf("%s, want identical", r.Verdict)
	}
}

// older makes files those of an older program, whose set is not checked so strictly.
func older(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	files = with(t, files, foldsPath, "balanced_accuracy", "was_balanced_accuracy")
	return with(t, files, predictionsPath, ",loss\n", ",was_loss\n")
}

func TestIncomparableSidesAreErrorsInTheirOwnWords(t *testing.T) {
	good := comparetest.Random(1, .18).Files()
	fewerRows := comparetest.Random(1, .18)
	fewerRows.Rows = 207
	grouped := comparetest.Random(1, .18)
	grouped.Groups = 20
	tests := []struct {
		name string
		head map[string]string
		want string
	}{
		{"other data", with(t, good, dataPath, "0f02", "1f02"), "the raw data of main and try-it differ"},
		{"other splits", comparetest.Results{Rows: 208, Splits: 5, Repeats: 10, Wrong: always(1).Wrong}.Files(), `crossvalidate.splits is "10" in main but "5" in try-it`},
		{"other repeats", comparetest.Results{Rows: 208, Splits: 10, Repeats: 5, Wrong: always(1).Wrong}.Files(), `crossvalidate.repeats is "10" in main but "5" in try-it`},
		{"other folds", with(t, good, "params.yaml", "random_state: 0", "random_state: 1"), `crossvalidate.random_state is "0" in main but "1" in try-it`},
		{"other order of classes", with(t, good, "params.yaml", "- R\n    - M", "- M\n    - R"), `data.classes is "[R M]" in main but "[M R]" in try-it`},
		{"other header", with(t, good, "params.yaml", "data:\n", "data:\n  header: true\n"), `data.header is "false" in main but "true" in try-it`},
		{"other label", with(t, good, "params.yaml", "data:\n", "data:\n  label: 61\n"), `data.label is "" in main but "61" in try-it`},
		{"folds of other sizes", with(t, with(t, older(t, good), foldsPath, "stratified,0,0,21,", "stratified,0,0,20,"), foldsPath, "stratified,0,1,21,", "stratified,0,1,22,"), "fold 0 of repeat 0 of scheme stratified has 21 rows in main but 20 in try-it"},
		{"fewer rows", fewerRows.Files(), "fold 7 of repeat 0 of scheme stratified has 21 rows in main but 20 in try-it"},
		{"fewer predictions", with(t, older(t, good), predictionsPath, good[predictionsPath][strings.LastIndex(good[predictionsPath], "\n207")+1:], ""), "main has predictions of 208 rows but try-it of 207"},
		{"other labels", with(t, older(t, good), predictionsPath, "\n0,R", "\n0,M"), "row 0 of main is not row 0 of try-it"},
		{"groups", grouped.Files(), `data.group is "" in main but "7" in try-it`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := compare.Compare(load(t, main_, good), load(t, branch, test.head), defaults)
			wantError(t, err, test.want)
		})
	}
}

// TestRowsOfOtherGroupsAreNotPaired: the groups say which rows are independent.
func TestRowsOfOtherGroupsAreNotPaired(t *testing.T) {
	r := comparetest.Random(1, .18)
	r.Groups = 20
	good := r.Files()
	_, err := compare.Compare(load(t, main_, good), load(t, branch, with(t, good, predictionsPath, "\n3,g3,", "\n3,g4,")), defaults)
	wantError(t, err, `row 3 is of group "g3" in main but "g4" in try-it: the data are not the same`)
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one that says %q", err, want)
	}
}

func TestNothingIsComparedWithItself(t *testing.T) {
	good := comparetest.Random(1, .18).Files()
	again := main_
	again.Name = "same-commit"
	_, err := compare.Compare(load(t, main_, good), load(t, again, good), defaults)
	wantError(t, err, "main and same-commit are one commit, 111111111111")
	_, err = compare.Compare(load(t, main_, good), load(t, workspace, good), defaults)
	wantError(t, err, "the workspace is main unchanged")

	// The same results after something else has changed are worth the word identical.
	rerun := with(t, good, "params.yaml", "0.01", "0.010")
	r, err := compare.Compare(load(t, main_, good), load(t, workspace, rerun), defaults)
	if err != nil || r.Verdict != compare.Identical {
		t.Errorf("got %+v, %v, want identical", r, err)
	}
}

func TestBrokenFilesAreErrorsThatNameLineAndColumn(t *testing.T) {
	good := comparetest.Random(1, .18).Files()
	firstFold := strings.SplitN(good[foldsPath], "\n", 3)[1]
	remove := func(path string) map[string]string {
		files := with(t, good, path, "", "")
		delete(files, path)
		return files
	}
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no folds", remove(foldsPath), "main has no experiments/crossvalidation/folds.csv: without it nothing can be compared"},
		{"no predictions", remove(predictionsPath), "main has no experiments/crossvalidation/predictions.csv"},
		{"no params", remove("params.yaml"), "main has no params.yaml"},
		{"no data", remove(dataPath), "main:data: must have a .dvc file"},
		{"empty folds", with(t, good, foldsPath, good[foldsPath], ""), "main:experiments/crossvalidation/folds.csv: must hold a table, is empty"},
		{"binary folds", with(t, good, foldsPath, "scheme", "\x00\x01\xff"), "main:experiments/crossvalidation/folds.csv:1: must have a column scheme, has none"},
		{"missing column", with(t, good, foldsPath, "fold,", "round,"), "folds.csv:1: must have a column fold, has none"},
		{"no metric", with(t, good, foldsPath, "loss,accuracy,f1_macro,roc_auc,balanced_accuracy,average_precision", "a,b,c,d,e,f"), "folds.csv:1: must have a column of a metric"},
		{"hexadecimal score", with(t, good, foldsPath, "stratified,0,0,21,", "stratified,0,0,21,0x1p-2,1,1,1,1,1\nstratified,0,0,21,"), `folds.csv:2: column 5 must be a number in [0, 1000000], got "0x1p-2"`},
		{"ragged", with(t, good, foldsPath, firstFold, firstFold+",1"), "folds.csv:2: must have 10 columns as the first line has, got 11"},
		{"open quote", with(t, good, foldsPath, "stratified,0,0", `"stratified,0,0`), "folds.csv:"},
		{"unknown scheme", with(t, good, foldsPath, "stratified,0,0", "shuffled,0,0"), `folds.csv:2: column 1 must be one of stratified, grouped, blocked, got "shuffled"`},
		{"fold of no number", with(t, good, foldsPath, "stratified,0,0", "stratified,0,x"), `folds.csv:2: column 3 must be a whole number of 0 or more, got "x"`},
		{"fold without rows", with(t, good, foldsPath, "stratified,0,0,21", "stratified,0,0,0"), `folds.csv:2: column 4 must be a whole number of 1 or more, got "0"`},
		{"NaN", with(t, good, foldsPath, "stratified,0,0,21,", "stratified,0,0,21,NaN,1,1,1,1,1\nstratified,0,0,21,"), `folds.csv:2: column 5 must be a number in [0, 1000000], got "NaN"`},
		{"accuracy above 1", with(t, good, foldsPath, "stratified,0,0,21,", "stratified,0,0,21,1,1.5,1,1,1,1\nstratified,0,0,21,"), `folds.csv:2: column 6 must be a number in [0, 1], got "1.5"`},
		{"endless loss", with(t, good, foldsPath, "stratified,0,0,21,", "stratified,0,0,21,1e308,1,1,1,1,1\nstratified,0,0,21,"), `must be a number in [0, 1000000], got "1e308"`},
		{"a fold twice", with(t, good, foldsPath, "stratified,0,1,", "stratified,0,0,"), "scheme stratified: fold 0 of repeat 0 appears twice"},
		{"a fold missing", with(t, good, foldsPath, firstFold+"\n", ""), "scheme stratified: must have 10 repeats of 10 folds, as params.yaml says, got 99 lines"},
		{"a repeat too many", with(t, good, foldsPath, "stratified,0,0,", "stratified,10,0,"), "fold 0 of repeat 10 is none of the 10 repeats of 10"},
		{"no stratified scheme", with(t, good, foldsPath, good[foldsPath], good[foldsPath][:strings.Index(good[foldsPath], "\n")+1]), "scheme stratified: must have 10 repeats of 10 folds"},
		{"unknown label", with(t, good, predictionsPath, "\n0,R", "\n0,X"), `predictions.csv:2: column 2 must be one of data.classes, got "X"`},
		{"rows not ascending", with(t, good, predictionsPath, "\n1,", "\n0,"), "predictions.csv:3: column 1 must be above that of the line before, 0, got 0"},
		{"a repeat missing", with(t, good, predictionsPath, "repeat_9", "repeat_10"), "predictions.csv:1: must have a column repeat_9, has none"},
		{"no rows", with(t, good, predictionsPath, good[predictionsPath], good[predictionsPath][:strings.Index(good[predictionsPath], "\n")+1]), "predictions.csv: must have rows"},
		{"junk params", with(t, good, "params.yaml", "splits: 10", "splits: ten"), `main:params.yaml:`},
		{"more folds than memory", with(t, good, "params.yaml", "repeats: 10", "repeats: 65536"), "must have 65536 repeats of 10 folds"},
		{"data without md5", with(t, good, dataPath, "md5: 0f0265348129ba2f72f76d9adc7b36b6", "etag: x"), "main:data/sonar.all-data.dvc: outs must have an md5"},
		{"data not YAML", with(t, good, dataPath, "outs:", "{"), "main:data/sonar.all-data.dvc: not YAML"},
		{"an endless file", with(t, good, "params.yaml", "data:", strings.Repeat("#\n", 1<<19)+"data:"), "main:params.yaml: must be at most 1048576 bytes long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := compare.Load(main_, comparetest.Reader(test.files))
			wantError(t, err, test.want)
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
		})
	}
}

// mixed returns files of which one is from another run.
func mixed(files, other map[string]string, path string) map[string]string {
	files = maps.Clone(files)
	files[path] = other[path]
	return files
}

// TestFilesOfDifferentRunsAreNotCompared: a crossvalidate that was killed can leave any of these sets.
func TestFilesOfDifferentRunsAreNotCompared(t *testing.T) {
	good, other := comparetest.Random(1, .18).Files(), comparetest.Random(1, .25).Files()
	patients := comparetest.Random(1, .18)
	patients.Groups = 20
	grouped := patients.Files()
	sameErrors := comparetest.Random(1, .18)
	sameErrors.Loss = 1e-3
	otherLoss := sameErrors.Files()
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"metrics":              {mixed(good, other, metricsPath), "the mean accuracy of scheme stratified in metrics.json is not that of folds.csv"},
		"folds":                {mixed(good, other, foldsPath), "the mean accuracy of scheme stratified in metrics.json is not that of folds.csv"},
		"predictions":          {mixed(good, other, predictionsPath), "of the 208 rows repeat 0 has 157 right in predictions.csv but 170 in folds.csv"},
		"metrics and folds":    {mixed(mixed(good, other, metricsPath), other, foldsPath), "right in predictions.csv but"},
		"the loss":             {mixed(good, otherLoss, predictionsPath), "the mean loss over the rows is "},
		"fewer metrics":        {with(t, good, metricsPath, `"balanced_accuracy"`, `"was"`), "the mean balanced_accuracy of scheme blocked"},
		"metrics no JSON":      {with(t, good, metricsPath, "{", "<<<<<<< HEAD\n{"), "metrics.json is not what crossvalidate writes"},
		"fewer rows":           {with(t, good, predictionsPath, good[predictionsPath][strings.LastIndex(good[predictionsPath], "\n207")+1:], ""), "predictions.csv has 207 rows, but the folds of repeat 0 in folds.csv have 208"},
		"older predictions":    {mixed(good, older(t, other), predictionsPath), "right in predictions.csv but"},
		"older folds":          {mixed(good, older(t, other), foldsPath), "the mean accuracy of scheme stratified"},
		"groups":               {with(t, grouped, predictionsPath, "group", "was_group"), "predictions.csv has no column group, and params.yaml a data.group"},
		"groups of older rows": {with(t, good, predictionsPath, "label", "group"), "must have a column label"},
	} {
		t.Run(name, func(t *testing.T) {
			for v, remedy := range map[compare.Revision]string{
				main_: "run `dvc repro` on that revision and commit what it writes", workspace: "run `dvc repro`",
			} {
				_, err := compare.Load(v, comparetest.Reader(test.files))
				wantError(t, err, test.want)
				if strings.Contains(name, "older rows") {
					continue
				}
				wantError(t, err, "the files are of different runs; ")
				if err != nil && (!strings.HasSuffix(err.Error(), remedy) || strings.Contains(err.Error(), "\n")) {
					t.Errorf("%q is not one line that ends in %q", err, remedy)
				}
			}
		})
	}
}

// TestFilesOfAnOlderProgramAreComparedWithCaution: nobody will run it again.
func TestFilesOfAnOlderProgramAreComparedWithCaution(t *testing.T) {
	good, other := older(t, comparetest.Random(1, .18).Files()), older(t, comparetest.Random(1, .25).Files())
	for path, want := range map[string]string{
		metricsPath:     "the mean accuracy of scheme stratified in metrics.json is not that of folds.csv: the files are of different runs",
		predictionsPath: "right in predictions.csv but",
	} {
		r := run(t, good, mixed(good, other, path), defaults)
		if len(r.Caveats) != 1 || !strings.Contains(r.Caveats[0], want) {
			t.Errorf("%s: caveats %q, want %q", path, r.Caveats, want)
		}
	}
	if r := run(t, good, other, defaults); len(r.Caveats) > 0 || r.Tests[0].Rows == nil || r.Tests[len(r.Tests)-1].Rows != nil {
		t.Errorf("caveats %q, tests %+v", r.Caveats, r.Tests)
	}
}

func TestDoubtsShowThatResultsMayBeOutdated(t *testing.T) {
	files := func(errors float64) map[string]string { return comparetest.Random(1, errors).Files() }
	locked := func(files map[string]string) map[string]string {
		files["dvc.lock"] = comparetest.Lock(files)
		return files
	}
	relocked := locked(files(.18))
	relocked[foldsPath] += "\n"
	tests := []struct {
		name string
		head map[string]string
		want string // "" is no caveat
	}{
		{"no lock", files(.18), ""},
		{"up to date", locked(files(.18)), ""},
		{"an equal number", with(t, locked(files(.18)), "params.yaml", "0.01", "1e-2"), ""},
		{"params edited since", with(t, locked(files(.18)), "params.yaml", "0.01", "0.03"), `try-it: "train" has changed in params.yaml since the results were made`},
		{"data changed since", with(t, locked(files(.18)), "dvc.lock", "md5: 0f02", "md5: 1f02"), `try-it: "data/sonar.all-data" has changed since the results were made`},
		{"results edited since", relocked, "folds.csv is not what dvc.lock says"},
		{"lock not YAML", with(t, locked(files(.18)), "dvc.lock", "stages:", "{"), "dvc.lock cannot be read"},
		{"no blocked scheme", comparetestWithoutBlocked(files(.18)), "only one side has folds of the blocked scheme"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, files(.25), test.head, defaults)
			q, err := compare.Compare(load(t, branch, test.head), load(t, main_, files(.25)), defaults)
			if err != nil || !slices.Equal(q.Caveats, r.Caveats) {
				t.Errorf("as the base: caveats %q, %v, as the head: %q", q.Caveats, err, r.Caveats)
			}
			all := strings.Join(r.Caveats, "\n")
			if test.want == "" && all != "" || !strings.Contains(all, test.want) {
				t.Fatalf("caveats %q, want %q", r.Caveats, test.want)
			}
			if test.want != "" && !strings.Contains(r.Text(), "Caution: "+r.Caveats[0]) {
				t.Errorf("the report keeps quiet about %q:\n%s", r.Caveats, r.Text())
			}
		})
	}
}

func comparetestWithoutBlocked(files map[string]string) map[string]string {
	files[foldsPath] = files[foldsPath][:strings.Index(files[foldsPath], "blocked")]
	delete(files, metricsPath)
	return files
}

func TestOptionsAreChecked(t *testing.T) {
	tests := []struct {
		name string
		edit func(*compare.Options)
		want string
	}{
		{"metric", func(o *compare.Options) { o.Metric = "precision" }, "-metric must be one of accuracy, balanced_accuracy, f1_macro, roc_auc, average_precision or loss"},
		{"alpha 0", func(o *compare.Options) { o.Alpha = 0 }, "-alpha must be in"},
		{"alpha NaN", func(o *compare.Options) { o.Alpha = math.NaN() }, "-alpha must be in"},
		{"margin below 0", func(o *compare.Options) { o.Margin = -1 }, "-margin must be in"},
		{"margin NaN", func(o *compare.Options) { o.Margin = math.NaN() }, "-margin must be in"},
		{"no margin", func(o *compare.Options) { o.Require = compare.NonInferior }, "needs a -margin"},
		{"unknown requirement", func(o *compare.Options) { o.Require = "better" }, "-require must be non-inferior"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := defaults
			test.edit(&o)
			wantError(t, cmp.Or(o.Check(), o.CheckMetric()), test.want)
		})
	}
}

// TestMarkdownHoldsItsOwnAgainstNames makes every name that comes from elsewhere hostile.
func TestMarkdownHoldsItsOwnAgainstNames(t *testing.T) {
	hostile := strings.Repeat("`|<!-- @everyone --> ![x](http://x) <img src=x>\x1b[31m", 4000)
	base, head := comparetest.Random(1, .05).Files(), comparetest.Random(2, .95).Files()
	head["dvc.lock"] = strings.Replace(comparetest.Lock(head), "crossvalidate:", strconv.Quote(hostile)+":", 1)
	head["dvc.lock"] = strings.Replace(head["dvc.lock"], "folds.csv\n      hash: md5\n      md5: ", "folds.csv\n      hash: md5\n      md5: 0", 1)
	v := branch
	v.Name = hostile
	r, err := compare.Compare(load(t, main_, base), load(t, v, head), defaults)
	if err != nil {
		t.Fatal(err)
	}
	reports := map[string]string{"result": r.Markdown(), "failure": compare.Report("markdown", nil, errors.New(hostile))}
	if len(r.Caveats) == 0 {
		t.Error("the lock raises no caveat")
	}
	for name, report := range reports {
		t.Run(name, func(t *testing.T) {
			if n := len([]rune(report)); n > compare.MaxComment {
				t.Errorf("%d characters, at most %d fit", n, compare.MaxComment)
			}
			if strings.Count(report, compare.Marker) != 1 || !strings.HasSuffix(report, compare.Marker+"\n") {
				t.Error("the marker does not stand once, at the end")
			}
			if !strings.HasPrefix(report, "### ") {
				t.Error("the verdict does not lead")
			}
			for _, line := range strings.Split(report, "\n") {
				if cells := len(bar.FindAllString(line, -1)) - 1; strings.HasPrefix(line, "|") && cells != 6 {
					t.Errorf("%d cells, want 6: %.200q", cells, line)
				}
				if outside := withoutCode(line); strings.Contains(outside, "@everyone") || strings.Contains(outside, "<img") {
					t.Errorf("a name is markup: %.200q", line)
				}
			}
			if strings.Contains(report, "\x1b") {
				t.Error("an escape character passes")
			}
		})
	}
}

// bar ends a cell of a table, in code spans too; a backslash keeps one from it.
var bar = regexp.MustCompile(`(?:^|[^\\])\|`)

// withoutCode removes code spans as CommonMark finds them: a run of backticks to the next of its length.
func withoutCode(line string) string {
	run := regexp.MustCompile("`+")
	for {
		open := run.FindStringIndex(line)
		if open == nil {
			return line
		}
		rest, length := line[open[1]:], open[1]-open[0]
		closed := -1
		for _, m := range run.FindAllStringIndex(rest, -1) {
			if m[1]-m[0] == length {
				closed = m[1]
				break
			}
		}
		if closed < 0 {
			return line
		}
		line = line[:open[0]] + rest[closed:]
	}
}

func TestJSONHasWhatTheTextSays(t *testing.T) {
	r := run(t, comparetest.Random(1, .30).Files(), comparetest.Random(1, .10).Files(), defaults)
	var read struct {
		Verdict string
		Passed  bool
		Tests   []struct {
			Metric  string
			Gain    float64
			Student struct{ P, Low, High float64 }
		}
	}
	if err := json.Unmarshal([]byte(r.JSON()), &read); err != nil {
		t.Fatal(err)
	}
	first := read.Tests[0]
	if read.Verdict != "improved" || !read.Passed || first.Metric != "accuracy" || first.Gain <= 0 || first.Student.Low <= 0 || first.Student.P >= .05 {
		t.Errorf("read back %+v", read)
	}
}

func FuzzLoadNeverPanics(f *testing.F) {
	small := always(1)
	small.Rows, small.Splits = 8, 2
	good := small.Files()
	f.Add(good[foldsPath], good[predictionsPath], good["params.yaml"], good[metricsPath], comparetest.Lock(good), good[dataPath])
	f.Add("", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, folds, predictions, params, metrics, lock, data string) {
		files := map[string]string{foldsPath: folds, predictionsPath: predictions, "params.yaml": params, metricsPath: metrics, "dvc.lock": lock, dataPath: data}
		side, err := compare.Load(main_, comparetest.Reader(files))
		if err != nil {
			return
		}
		base, err := compare.Load(branch, comparetest.Reader(good))
		if err != nil {
			t.Fatal(err)
		}
		if r, err := compare.Compare(base, side, defaults); err == nil {
			for _, format := range compare.FormatNames() {
				compare.Report(format, r, nil)
			}
		}
	})
}
