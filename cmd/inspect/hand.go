package main

import (
	"context"
	"fmt"
	"io"

	"example.com/sonar/internal/atomicfile"
	"example.com/sonar/internal/cli"
	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/inspect"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plaintext"
	"example.com/sonar/internal/regularfile"
)

// byHand looks at a file that params.yaml does not describe.
type byHand struct {
	label string
	csv   string // where to write the file as the pipeline reads it; "" is nowhere
	like  string // a file that has the form of this one, which is only converted then; "" is none
}

// The settings with which the split and the folds are tried: those in the params.yaml that the project comes with.
var (
	usualSplit = params.Prepare{TestSize: 0.25, RandomState: 42}
	usualFolds = 10
)

func (h byHand) run(ctx context.Context, c *cli.Command, path string) error {
	if h.like != "" {
		return h.convert(ctx, c, path)
	}
	guess, err := interruptible(ctx, func() (*inspect.Guess, error) {
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		guess, err := inspect.NewGuess(text, h.label)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return guess, nil
	})
	if err != nil {
		return err
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
		h.reportWritten(c)
	case guess.Foreign:
		fmt.Fprintln(c.Stdout, "the pipeline does not read a file of this form: convert it with -csv")
	}
	_, err = fmt.Fprintf(c.Stdout, "\n%s", guess.Data.Section())
	return err
}

// convert only writes the file as the pipeline reads it.
func (h byHand) convert(ctx context.Context, c *cli.Command, path string) error {
	csv, err := interruptible(ctx, func() ([]byte, error) {
		like, err := readFile(h.like)
		if err != nil {
			return nil, err
		}
		text, err := readFile(path)
		if err != nil {
			return nil, err
		}
		csv, err := inspect.Convert(text, like)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return csv, nil
	})
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(h.csv, csv); err != nil {
		return err
	}
	h.reportWritten(c)
	return nil
}

func (h byHand) reportWritten(c *cli.Command) {
	fmt.Fprintf(c.Stdout, "wrote %s: UTF-8, commas, decimal points\n", plaintext.Line(h.csv))
}

// interruptible returns what f does, or the cause of ctx at once if it ends before: the passes over a large text take seconds.
func interruptible[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	ended := make(chan result, 1)
	go func() {
		value, err := f()
		ended <- result{value, err}
	}()
	select {
	case r := <-ended:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
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

// readFile reads a file that fits in memory with what is made of it.
func readFile(path string) ([]byte, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	const copies = 4 // the text, its CSV, the table
	if size, left := info.Size(), memory.Left(); left > 0 && size > left/copies {
		return nil, fmt.Errorf("%s: a file of %.2f GB takes some %.2f GB of memory to guess what it is, and there are %.2f GB", path, float64(size)/1e9, copies*float64(size)/1e9, float64(left)/1e9)
	}
	text := make([]byte, info.Size())
	if _, err := io.ReadFull(f, text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}
