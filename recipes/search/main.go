// Search chooses the recipe called searched: it is a space for package tune, and what documents show of the results.
package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/tune"
	"example.com/sonar/recipes/internal/recipe"
)

const usage = `
usage: search [flags] [stratified | blocked]

Tune the recipe that the README calls searched, as the program tune does, nested in the folds by which
recipes are measured. It is done twice, or once if one is named: in the space of
recipes/search/stratified.yaml on stratified folds, and in that of blocked.yaml on contiguous blocks.

Run it at the top of the repository. It takes many minutes, and writes recipes/search/results.json and
the results in docs/recipes.md.`

const (
	resultsPath  = "recipes/search/results.json"
	svmPath      = "recipes/svm.json"
	documentPath = "docs/recipes.md"
)

func spacePath(scheme string) string { return "recipes/search/" + scheme + ".yaml" }

func main() { cli.Main("search", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	raw := c.Input("raw", "data/sonar.all-data", "CSV `file` to search on")
	if err := c.Parse(1); err != nil {
		return err
	}
	if err := exact.CheckKernel(); err != nil {
		return c.Usage("%v", err)
	}
	schemes := foldfile.Schemes(false)
	if len(c.Args) > 0 && !slices.Contains(schemes, c.Args[0]) {
		return c.Usage("there is no scheme %.40q; there are %s", c.Args[0], strings.Join(schemes, " and "))
	}
	reports, err := readResults(resultsPath)
	if err != nil {
		return err
	}
	for i, scheme := range schemes {
		if len(c.Args) > 0 && c.Args[0] != scheme {
			continue
		}
		if reports[i], err = searchScheme(ctx, c, scheme, *raw); err != nil {
			return err
		}
	}
	return recipe.Publish(resultsPath, reports, []string{documentPath}, blocks(reports)...)
}

// readResults reads the reports of an earlier search, one for each scheme.
func readResults(path string) ([]report, error) {
	reports := make([]report, len(foldfile.Schemes(false)))
	if err := recipe.ReadJSON(path, &reports); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return reports, nil
}

func searchScheme(ctx context.Context, c *cli.Command, scheme, raw string) (report, error) {
	study, err := newStudy(ctx, scheme, raw)
	if err != nil {
		return report{}, err
	}
	trainings := study.Trainings(all)
	c.Log.Info().Str("scheme", scheme).Int("candidates", len(study.Candidates)).Int("trainings", trainings).Msg("searching")
	update, stop := c.Progress("trainings", trainings)
	contests, err := study.Hold(ctx, all, runtime.GOMAXPROCS(0), tune.NoRecords{}, tune.Progress{Done: update})
	stop()
	if err != nil {
		return report{}, err
	}
	r := newReport(scheme, study, contests)
	svm, err := recipe.ReadSVM(svmPath, raw, study.Outer)
	if err != nil {
		return r, err
	}
	if r.Ahead, err = svm.Ahead(scheme, r.accuracies()); err != nil {
		return r, err
	}
	c.Log.Info().Str("scheme", scheme).Str("accuracy", r.Nested.String()).Str("final", r.Final).Msg("found")
	return r, nil
}

func all(int) bool { return true }

// newStudy returns the search by a scheme on the raw file.
func newStudy(ctx context.Context, scheme, raw string) (*tune.Study, error) {
	settings, err := readSpace(spacePath(scheme))
	if err != nil {
		return nil, err
	}
	p, err := params.Load("params.yaml", sections...)
	if err != nil {
		return nil, err
	}
	table, err := datafile.Read(ctx, raw, p.Data)
	if err != nil {
		return nil, err
	}
	return tune.NewStudy(ctx, settings, p, table, sections...)
}

var sections = []string{params.SectionData, params.SectionTrain, params.SectionEvaluate}

func readSpace(path string) (*tune.Settings, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return tune.Read(f, path)
}
