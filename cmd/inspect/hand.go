package main

import (
	"context"
	"fmt"
	"io"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/inspect"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plaintext"
	"example.com/sonar/internal/regularfile"
)

// byHand looks at a file that params.yaml does not describe.
type byHand struct {
	label string
	csv   string // where to write the file as the pipeline reads it; "" is nowhere
}

// The settings with which the split and the folds are tried: those in the params.yaml that the project comes with.
var (
	usualSplit = params.Prepare{TestSize: 0.25, RandomState: 42}
	usualFolds = 10
)

func (h byHand) run(ctx context.Context, c *cli.Command, path string) error {
	if err := c.KeepInputs([]string{path}, "csv", h.csv); err != nil {
		return err
	}
	text, err := readFile(path)
	if err != nil {
		return err
	}
	guess, err := inspect.NewGuess(text, h.label)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if h.csv != "" {
		if err := atomicfile.WriteBytes(h.csv, guess.CSV); err != nil {
			return err
		}
	}
	warnings, err := describe(ctx, c.Stdout, path, guess)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.Stdout)
	for _, warning := range append(guess.Warnings, warnings...) {
		fmt.Fprintf(c.Stdout, "warning: %s\n", plaintext.Line(warning))
	}
	for _, note := range guess.Notes {
		fmt.Fprintf(c.Stdout, "guessed %s\n", plaintext.Line(note))
	}
	switch {
	case h.csv != "":
		fmt.Fprintf(c.Stdout, "wrote %s: UTF-8, commas, decimal points\n", plaintext.Line(h.csv))
	case guess.Foreign:
		fmt.Fprintln(c.Stdout, "the pipeline does not read a file of this form: convert it with -csv")
	}
	_, err = fmt.Fprintf(c.Stdout, "\n%s", guess.Data.Section())
	return err
}

// describe prints a description of the file, if the pipeline can read it as guessed, and returns the warnings.
func describe(ctx context.Context, w io.Writer, path string, guess *inspect.Guess) ([]string, error) {
	table, err := dataset.Read(ctx, guess.File(path), guess.Data)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return []string{"prepare refuses the file as it is: " + err.Error()}, nil
	}
	var warnings []string
	train, test, err := table.Split(ctx, usualSplit)
	if err != nil {
		warnings = append(warnings, "prepare refuses the file as it is: "+err.Error())
	}
	report, err := inspect.Describe(ctx, table, train, test, usualFolds)
	if err != nil {
		return nil, err
	}
	return append(warnings, report.Warnings...), report.Print(w)
}

func readFile(path string) ([]byte, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}
