// The program compare says whether one revision's cross-validated scores are better or worse than
// another's. See package compare for how, and -h for use.
package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/compare"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/revision"
)

const usage = `
usage: compare [flags] BASE [HEAD]

Compare the cross-validated scores of two revisions (branches, tags, commits or DVC experiments) fold by
fold, and report improved, regressed, inconclusive or identical. Without HEAD, it is the workspace.
It reads, with git alone and no checkout, experiments/crossvalidation/{metrics.json,folds.csv,
predictions.csv}, params.yaml, dvc.lock and data/*.dvc of both sides.

In any other project it reads one file, with -folds PATH: a CSV table with the columns repeat and fold,
each counting from 0, and a column for each metric, of which -metric names the one that decides.

Choose the metric and the margin beforehand. There is no default margin: only you can say how large a loss
does not matter. On 208 rows the smallest that can be shown is 2 to 6 points (0.02 to 0.06).

Exit status: 0 no regression, 1 regressed (or, with -require non-inferior, not shown to be non-inferior),
2 not compared, 3 a revision cannot be read (misspelt, not fetched, or no repository at all). "go run"
turns every status except 0 into 1.`

func main() { cli.Main("compare", usage, run) }

const (
	statusFailed      = 1 // regressed, or short of what was required
	statusNotCompared = 2
	statusUnreadable  = 3 // so whether there is anything to compare is unknown
)

func run(ctx context.Context, c *cli.Command) error {
	var o compare.ScoresOptions
	c.Flags.StringVar(&o.Metric, "metric", "accuracy", "the `name` of the metric that decides: "+strings.Join(foldfile.MetricNames(), ", ")+"; or a column of -folds")
	c.Flags.Float64Var(&o.Alpha, "alpha", 0.05, "two-sided level of its test")
	c.Flags.Float64Var(&o.Margin, "margin", 0, "the `loss` that does not matter, to test non-inferiority and equivalence with; 0 is none")
	c.Flags.StringVar(&o.Require, "require", "", "what must be shown beyond no regression: `non-inferior` within the margin")
	c.Flags.StringVar(&o.Path, "folds", "", "`path` of the scores of the folds, which are then all that is read")
	c.Flags.Func("lower", "the `name` of a column of -folds for which lower is better; may be repeated", func(name string) error {
		o.Lower = append(o.Lower, name)
		return nil
	})
	format := c.Flags.String("format", "text", "of the report: "+strings.Join(compare.FormatNames(), ", "))
	if err := c.Parse(2); err != nil {
		return err
	}
	if err := cmp.Or(check(o), compare.CheckFormat(*format)); err != nil {
		return c.Usage("%v", err)
	}
	if len(c.Args) == 0 {
		return c.Usage("BASE is missing: the revision to compare with")
	}
	result, err := compareRevisions(ctx, c.Args, o)
	if _, writeErr := io.WriteString(c.Stdout, compare.Report(*format, result, err)); err == nil {
		err = writeErr
	}
	switch {
	case errors.Is(err, revision.ErrUnreadable):
		return &cli.Exit{Status: statusUnreadable, Err: err}
	case err != nil:
		return &cli.Exit{Status: statusNotCompared, Err: err}
	case !result.Passed:
		return &cli.Exit{Status: statusFailed}
	}
	return nil
}

func check(o compare.ScoresOptions) error {
	switch {
	case o.Path != "":
		return o.Check()
	case len(o.Lower) > 0:
		return errors.New("-lower needs -folds: for this project's metrics the direction is known")
	}
	return cmp.Or(o.CheckMetric(), o.Options.Check())
}

// compareRevisions compares the one or two revisions called names.
func compareRevisions(ctx context.Context, names []string, o compare.ScoresOptions) (*compare.Result, error) {
	if o.Path != "" {
		o.Path = filepath.ToSlash(filepath.Clean(o.Path))
		return compare.ScoresOfRevisions(ctx, ".", names, o)
	}
	project, err := projectFolder()
	if err != nil {
		return nil, err
	}
	return compare.Revisions(ctx, project, names, o.Options)
}

// projectFolder returns the current folder or the closest one above it that has a dvc.yaml, so that compare can
// be called anywhere in a project, as git and dvc can; if there is none, it returns the current one.
func projectFolder() (string, error) {
	here, err := filepath.Abs(".")
	if err != nil {
		return "", err
	}
	for folder := here; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "dvc.yaml")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return here, nil
		}
	}
}
