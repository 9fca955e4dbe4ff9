// The program calibration measures how often the tests of package compare raise a false alarm, and how
// often they find a planted difference, with this project's own recipes and cross-validation. By what it
// prints, which docs/comparing.md has, one of the tests decides.
package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/params"
)

const usage = `
usage: calibration [flags]

Draw data sets like the raw one, cross-validate pairs of learners on each, and print, as a table in
Markdown, in how many percent of the data sets each test finds a difference at the level 0.05: between
learners that are equally good, which is a false alarm, and between others, which is power.

It takes half an hour on one core. The figures depend on the raw file and the recipe of params.yaml, not
on the machine.`

func main() { cli.Main("calibration", usage, run) }

// A recipe is a change to that of params.yaml.
type recipe struct {
	name   string
	change func(*params.Train)
}

var (
	asInParams   = recipe{name: "default"}
	standardised = recipe{"standardised", func(t *params.Train) { t.Scaling, t.Output = params.Standard, params.Linear }}
)

// A design says which data sets are drawn, and how they are cross-validated.
type design struct {
	recipe          recipe
	rows            [2]int // of each class
	perGroup        int    // rows that are a group, or 1
	splits, repeats int
	runs            int // data sets
}

var designs = []design{
	{asInParams, [2]int{30, 30}, 1, 5, 10, 400},
	{asInParams, [2]int{54, 6}, 1, 5, 10, 200},
	{asInParams, [2]int{104, 104}, 1, 10, 10, 200},
	{asInParams, [2]int{187, 21}, 1, 10, 2, 200},
	{asInParams, [2]int{500, 500}, 1, 10, 2, 100},
	{asInParams, [2]int{2000, 2000}, 1, 10, 1, 100},
	{asInParams, [2]int{100, 100}, 10, 5, 10, 200},
	{standardised, [2]int{30, 30}, 1, 5, 10, 300},
	{standardised, [2]int{54, 6}, 1, 5, 10, 300},
	{standardised, [2]int{104, 104}, 1, 10, 5, 150},
	{standardised, [2]int{187, 21}, 1, 10, 5, 150},
	{standardised, [2]int{900, 100}, 1, 10, 2, 100},
}

func run(ctx context.Context, c *cli.Command) error {
	settings := c.Input("params", "params.yaml", "`file` of the settings, whose recipe is the default")
	raw := c.Input("raw", "data/sonar.all-data", "CSV `file` to draw data sets like")
	runs := c.Flags.Int("runs", 0, "data `sets` for each line; 0 is as many as each design names")
	if err := c.Parse(0); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	if *runs < 0 {
		return c.Usage("-runs must be 0 or more, got %d", *runs)
	}
	p, err := params.Load(*settings, params.SectionData, params.SectionTrain)
	if err != nil {
		return err
	}
	table, err := datafile.Read(ctx, *raw, p.Data)
	if err != nil {
		return err
	}
	from, err := fit(table)
	if err != nil {
		return fmt.Errorf("%s: %w", *raw, err)
	}
	return printAll(ctx, c, from, *p, designs, *runs)
}

// printAll prints a line for every head of each design, once the design has been measured.
func printAll(ctx context.Context, c *cli.Command, from *population, p params.Params, designs []design, runs int) error {
	if _, err := io.WriteString(c.Stdout, heading); err != nil {
		return err
	}
	for _, d := range designs {
		if runs > 0 {
			d.runs = runs
		}
		results, err := d.measure(ctx, c, from, p)
		if err != nil {
			return err
		}
		for i, head := range heads {
			if _, err := io.WriteString(c.Stdout, d.line(head, results[i])); err != nil {
				return err
			}
		}
	}
	return nil
}

// measure returns the findings about each head in all data sets.
func (d design) measure(ctx context.Context, c *cli.Command, from *population, p params.Params) ([][]findings, error) {
	update, stop := c.Progress(d.String(), d.runs)
	defer stop()
	results := make([][]findings, len(heads))
	work := func(ctx context.Context, run int) ([]findings, error) {
		return d.compareAll(ctx, from, p, rand.New(rand.NewPCG(uint64(d.rows[0])<<32|uint64(d.rows[1]), uint64(run))))
	}
	err := parallel.InOrder(ctx, runtime.GOMAXPROCS(0), d.runs, work, func(of []findings) {
		for i, f := range of {
			results[i] = append(results[i], f)
		}
		update(len(results[0]))
	})
	return results, err
}

func (d design) String() string {
	rows := fmt.Sprintf("%d + %d rows", d.rows[0], d.rows[1])
	if d.perGroup > 1 {
		rows += fmt.Sprintf(" in %d groups", (d.rows[0]+d.rows[1])/d.perGroup)
	}
	return fmt.Sprintf("%s, %s, %d x %d folds", d.recipe.name, rows, d.splits, d.repeats)
}

const heading = `| recipe, rows, folds | compared with | data sets | gain in accuracy | accuracy by folds | by rows | loss by folds | by rows | F1 | AUC |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`

// line is that of one head in the table.
func (d design) line(head learner, of []findings) string {
	folds := func(metric int) []finding { return pick(of, func(f findings) finding { return f.folds[metric] }) }
	rows := func(metric int) []finding { return pick(of, func(f findings) finding { return f.rows[metric] }) }
	mean, se := meanGain(rows(foldfile.Accuracy))
	cells := []string{d.String(), head.name, fmt.Sprint(len(of)), fmt.Sprintf("%+.1f ± %.1f", math.RoundToEven(1000*mean)/10+0, 100*se)} // + 0: no minus before 0
	for _, test := range [][]finding{
		folds(foldfile.Accuracy), rows(foldfile.Accuracy), folds(foldfile.Loss), rows(foldfile.Loss), folds(foldfile.F1Macro), folds(foldfile.AUC),
	} {
		cells = append(cells, percentFound(test, head.equal))
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func pick(all []findings, of func(findings) finding) []finding {
	picked := make([]finding, len(all))
	for i, f := range all {
		picked[i] = of(f)
	}
	return picked
}

// meanGain returns the mean gain over the data sets and its standard error.
func meanGain(all []finding) (mean, se float64) {
	n := float64(len(all))
	for _, f := range all {
		mean += f.gain / n
	}
	for _, f := range all {
		se += (f.gain - mean) * (f.gain - mean)
	}
	return mean, math.Sqrt(se / (n - 1) / n)
}

const level = 0.05

// percentFound is how often a test finds a difference, with its standard error. If the learners are not
// equally good, the test must also find the better one, which is better in the mean.
func percentFound(all []finding, equal bool) string {
	mean, _ := meanGain(all)
	found := 0
	for _, f := range all {
		if f.p < level && (equal || f.gain > 0 == (mean > 0)) {
			found++
		}
	}
	n := float64(len(all))
	share := float64(found) / n
	return fmt.Sprintf("%.1f ± %.1f", 100*share, 100*math.Sqrt(share*(1-share)/n))
}
