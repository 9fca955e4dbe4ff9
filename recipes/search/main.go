// Search looks for the best recipe honestly: it chooses inside the training folds and tests on the
// others, so that what it reports is not the luck of having looked often.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/recipe"
)

const usage = `
usage: search [flags] [stratified | blocked]

Search for the best recipe by nested cross-validation: in every outer fold a candidate is chosen by
cross-validation inside the training rows, trained on all of them, and tested on the rows that were left
out. It is done twice, or once if one is named: among recipes/search/stratified.yaml on stratified folds,
and among blocked.yaml on contiguous blocks.

It is run at the top of the repository, takes many minutes, and writes recipes/search/results.json and
what docs/recipes.md says of it.`

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
	if len(c.Args) > 0 && !slices.ContainsFunc(schemes, func(s scheme) bool { return s.name == c.Args[0] }) {
		return c.Usage("there is no scheme %.40q", c.Args[0])
	}
	machine, err := recipe.ReadSVM(svmPath)
	if err != nil {
		return err
	}
	reports, err := readResults(resultsPath)
	if err != nil {
		return err
	}
	for i, s := range schemes {
		if len(c.Args) > 0 && c.Args[0] != s.name {
			continue
		}
		r, err := search(ctx, c, s, *raw)
		if err != nil {
			return err
		}
		if r.Ahead, err = recipe.Ahead(r.accuracies(), s.svm(machine)); err != nil {
			return err
		}
		reports[i] = r
	}
	return write(reports)
}

// readResults reads the reports of an earlier search, one for each scheme.
func readResults(path string) ([]report, error) {
	reports := make([]report, len(schemes))
	if err := recipe.ReadJSON(path, &reports); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return reports, nil
}

func search(ctx context.Context, c *cli.Command, s scheme, raw string) (report, error) {
	candidates, classes, err := readCandidates(candidatesPath(s.name))
	if err != nil {
		return report{}, err
	}
	d, err := readData(ctx, raw, classes)
	if err != nil {
		return report{}, err
	}
	c.Log.Info().Str("scheme", s.name).Int("candidates", len(candidates)).Msg("searching")
	outcomes, err := nested(ctx, s, candidates, d)
	if err != nil {
		return report{}, err
	}
	final, _, err := choose(ctx, s, candidates, d, 0)
	if err != nil {
		return report{}, err
	}
	r := newReport(s, candidates, outcomes, final)
	c.Log.Info().Str("scheme", s.name).Str("accuracy", r.Nested.String()).Str("final", r.Final).Msg("found")
	return r, nil
}

// readCandidates gives the candidates as changes to params.yaml, and the classes.
func readCandidates(path string) (candidates []candidate, classes []string, err error) {
	recipes, err := recipe.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	text, err := os.ReadFile("params.yaml")
	if err != nil {
		return nil, nil, err
	}
	for _, r := range recipes {
		p, err := r.Params(text, params.SectionData, params.SectionTrain)
		if err != nil {
			return nil, nil, err
		}
		candidates, classes = append(candidates, candidate{r, p.Train}), p.Data.Classes
	}
	return candidates, classes, nil
}

func readData(ctx context.Context, path string, classes []string) (data, error) {
	f, err := os.Open(path)
	if err != nil {
		return data{}, err
	}
	defer f.Close()
	table, err := dataset.Read(ctx, f, params.Data{Classes: classes})
	if err != nil {
		return data{}, err
	}
	return data{params.Data{Classes: classes}, table.All()}, nil
}

func write(reports []report) error {
	var outputs atomicfile.Set
	defer outputs.Discard()
	err := outputs.Write(resultsPath, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(reports)
	})
	if err != nil {
		return err
	}
	document, err := os.ReadFile(documentPath)
	if err != nil {
		return err
	}
	if document, err = recipe.Replace(document, blocks(reports)...); err != nil {
		return fmt.Errorf("%s: %w", documentPath, err)
	}
	err = outputs.Write(documentPath, func(w io.Writer) error {
		_, err := w.Write(document)
		return err
	})
	if err != nil {
		return err
	}
	return outputs.Commit()
}
