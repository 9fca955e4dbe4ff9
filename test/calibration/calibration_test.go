package main

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// sonar returns the settings, the raw file and the population that is fitted to it.
func sonar(t *testing.T) (*params.Params, *dataset.Table, *population) {
	t.Helper()
	p, err := params.Load("../../params.yaml", params.SectionData, params.SectionTrain)
	if err != nil {
		t.Fatal(err)
	}
	table, err := datafile.Read(t.Context(), "../../internal/dataset/testdata/sonar.all-data", p.Data)
	if err != nil {
		t.Fatal(err)
	}
	from, err := fit(table)
	if err != nil {
		t.Fatal(err)
	}
	return p, table, from
}

// TestDataSetsAreDrawnFromThePopulation compares moments of many rows with what they must be, in the first columns.
func TestDataSetsAreDrawnFromThePopulation(t *testing.T) {
	_, table, from := sonar(t)
	const n, columns = 4000, 3
	tables := from.draw(rand.New(rand.NewPCG(1, 2)), [2]int{n, n}, 1)
	for label := range 2 {
		var real, drawn []int
		for i, l := range table.Labels {
			if l == label {
				real = append(real, i)
			}
		}
		for i, l := range tables[first].Labels {
			if l == label {
				drawn = append(drawn, i)
			}
		}
		if len(drawn) != n {
			t.Fatalf("%d rows of class %d", len(drawn), label)
		}
		value := func(t *dataset.Table, j int) func(int) float64 {
			return func(row int) float64 { return t.Numbers(row)[j] }
		}
		for j := range columns {
			for k := range columns {
				want := covariance(real, value(table, j), value(table, k))
				scale := math.Sqrt(covariance(real, value(table, j), value(table, j)) * covariance(real, value(table, k), value(table, k)))
				near := func(what string, got, want float64) {
					t.Helper()
					if math.Abs(got-want) > 5*scale*math.Sqrt2/math.Sqrt(n) {
						t.Errorf("class %d, columns %d and %d: covariance %s is %g, want %g", label, j, k, what, got, want)
					}
				}
				near("of first", covariance(drawn, value(tables[first], j), value(tables[first], k)), want)
				near("of second", covariance(drawn, value(tables[second], j), value(tables[second], k)), want)
				near("of first with second", covariance(drawn, value(tables[first], j), value(tables[second], k)), shared*want)
				near("of better", covariance(drawn, value(tables[better], j), value(tables[better], k)), want)
			}
			sd := math.Sqrt(covariance(real, value(table, j), value(table, j)))
			own := average(real, value(table, j))
			for block, shift := range map[int]float64{first: 0, second: 0, better: advantage / 2 * (own - from.means[1-label][j])} {
				if got := average(drawn, value(tables[block], j)); math.Abs(got-own-shift) > 5*sd/math.Sqrt(n) {
					t.Errorf("class %d, column %d of block %d: mean %g, want %g", label, j, block, got, own+shift)
				}
			}
		}
	}
}

// TestRowsOfAGroupAreAlike compares the covariance of neighbours in a group and across its edge with what it must be.
func TestRowsOfAGroupAreAlike(t *testing.T) {
	_, _, from := sonar(t)
	const n = 9000
	table := from.draw(rand.New(rand.NewPCG(1, 3)), [2]int{n, 0}, 3)[second]
	x := func(row int) float64 { return table.Numbers(row)[0] }
	next := func(row int) float64 { return x(row + 1) }
	var all, within, across []int
	for row := range n - 1 {
		all = append(all, row)
		if table.Groups[row] == table.Groups[row+1] {
			within = append(within, row)
		} else {
			across = append(across, row)
		}
	}
	if len(across) != n/3-1 {
		t.Fatalf("%d groups", len(across)+1)
	}
	variance := covariance(all, x, x)
	if want := from.factors[0][0][0] * from.factors[0][0][0]; math.Abs(variance-want) > 5*want*math.Sqrt(4./n) {
		t.Errorf("variance %g, want %g", variance, want)
	}
	for want, rows := range map[float64][]int{.5: within, 0: across} {
		if got := covariance(rows, x, next) / variance; math.Abs(got-want) > 5*math.Sqrt(3./n) {
			t.Errorf("correlation of neighbours %g, want %g", got, want)
		}
	}
}

func average(rows []int, of func(int) float64) float64 {
	sum := 0.
	for _, row := range rows {
		sum += of(row)
	}
	return sum / float64(len(rows))
}

func covariance(rows []int, x, y func(int) float64) float64 {
	mx, my := average(rows, x), average(rows, y)
	return average(rows, func(row int) float64 { return (x(row) - mx) * (y(row) - my) }) * float64(len(rows)) / float64(len(rows)-1)
}

var small = design{asInParams, [2]int{12, 12}, 1, 3, 2, 3}

// TestRowsAndFoldsAreOfTheSamePredictions: all folds have 8 rows, so the means over folds and over rows agree.
func TestRowsAndFoldsAreOfTheSamePredictions(t *testing.T) {
	p, _, from := sonar(t)
	p.Train.Epochs = 5
	all, err := small.compareAll(t.Context(), from, *p, rand.New(rand.NewPCG(1, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range all {
		for _, m := range []int{foldfile.Accuracy, foldfile.Loss} {
			if a, b := f.folds[m].gain, f.rows[m].gain; math.Abs(a-b) > 1e-12 || i == 2 && a == 0 {
				t.Errorf("%s: the gain of metric %d is %g over folds and %g over rows", heads[i].name, m, a, b)
			}
		}
	}
}

// TestTheTableDependsOnNothingButItsSettings prints it twice, with one thread and with several.
func TestTheTableDependsOnNothingButItsSettings(t *testing.T) {
	p, _, from := sonar(t)
	p.Train.Epochs = 5
	var tables []string
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, threads := range []int{1, 4} {
		runtime.GOMAXPROCS(threads)
		var out, errs bytes.Buffer
		run := func(ctx context.Context, c *cli.Command) error {
			if err := c.Parse(0); err != nil {
				return err
			}
			return printAll(ctx, c, from, *p, []design{small}, 0)
		}
		if status := cli.Execute(t.Context(), "calibration", usage, run, nil, &out, &errs); status != 0 {
			t.Fatalf("status %d: %s", status, &errs)
		}
		tables = append(tables, out.String())
	}
	if tables[0] != tables[1] || strings.Count(tables[0], "\n") != 2+len(heads) {
		t.Errorf("%s\n%s", tables[0], tables[1])
	}
}

func TestSharesHaveTheirStandardErrors(t *testing.T) {
	all := []finding{{gain: 1, p: .01}, {gain: 2, p: .5}, {gain: -1, p: .02}, {gain: 2, p: math.NaN()}}
	if got, want := percentFound(all, true), "50.0 ± 25.0"; got != want {
		t.Errorf("false alarms %s, want %s", got, want)
	}
	if got, want := percentFound(all, false), "25.0 ± 21.7"; got != want {
		t.Errorf("power %s, want %s, as one is in the wrong direction", got, want)
	}
	if mean, se := meanGain(all); mean != 1 || math.Abs(se-math.Sqrt(6./3/4)) > 1e-15 {
		t.Errorf("gain %g with the standard error %g", mean, se)
	}
}
