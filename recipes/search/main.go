// Search looks for the best recipe honestly: it chooses inside the training folds and tests on the
// others, so that what it reports is not the luck of having looked often.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/datafile"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/recipes/internal/recipe"
)

const usage = `
usage: search [flags] [stratified | blocked]

Search for the best recipe by nested cross-validation: in every outer fold a candidate is chosen by
cross-validation inside the training rows, trained on all of them, and tested on the rows that were left
out. It is done twice, or once if one is named: among recipes/search/stratified.yaml on stratified folds,
and among blocked.yaml on contiguous blocks.

Run it at the top of the repository. It takes many minutes, and writes recipes/search/results.json and
the results in docs/recipes.md.`

const (
	resultsPath  = "recipes/search/results.json"
	svmPath      = "recipes/svm.json"
	documentPath = "docs/recipes.md"
)

func candidatesPath(scheme string) string { return "recipes/search/" + scheme + ".yaml" }

func main() { cli.Main("search", usage, run) }

func run(ctx context.Context, c *cli.Command) error {
	raw := c.Flags.String("raw", "data/sonar.all-data", "CSV `file` to search on")
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
	svm, err := recipe.ReadSVM(svmPath, *raw, outer)
	if err != nil {
		return err
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
		if reports[i].Ahead, err = svm.Ahead(scheme, reports[i].accuracies()); err != nil {
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
	candidates, err := readCandidates(candidatesPath(scheme))
	if err != nil {
		return report{}, err
	}
	table, err := datafile.Read(ctx, raw, candidates[0].params.Data)
	if err != nil {
		return report{}, err
	}
	c.Log.Info().Str("scheme", scheme).Int("candidates", len(candidates)).Msg("searching")
	s := search{scheme, candidates, table}
	tasks, err := s.outerTasks()
	if err != nil {
		return report{}, err
	}
	update, stop := c.Progress("outer folds", len(tasks))
	outcomes, err := s.nested(ctx, tasks, update)
	stop()
	if err != nil {
		return report{}, err
	}
	final, err := s.onAllRows(ctx)
	if err != nil {
		return report{}, err
	}
	r := newReport(scheme, candidates, outcomes, final)
	c.Log.Info().Str("scheme", scheme).Str("accuracy", r.Nested.String()).Str("final", r.Final).Msg("found")
	return r, nil
}

// readCandidates reads candidates, one or more, each a set of changes to params.yaml.
func readCandidates(path string) ([]candidate, error) {
	recipes, err := recipe.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(recipes) == 0 {
		return nil, fmt.Errorf("%s: must list candidates, has none", path)
	}
	text, err := os.ReadFile("params.yaml")
	if err != nil {
		return nil, err
	}
	candidates := make([]candidate, len(recipes))
	for i, r := range recipes {
		p, err := r.Params(text, params.SectionData, params.SectionTrain)
		if err != nil {
			return nil, err
		}
		candidates[i] = candidate{r, p}
	}
	return candidates, nil
}
