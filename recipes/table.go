package main

import (
	"bytes"
	"fmt"
	"strings"
)

// A block is a part of a document between two markers, which this program writes.
type block struct {
	name string
	text string
}

// blocks are all that documents may show of the recipes.
func blocks(recipes []recipe, measured []figures) []block {
	return []block{{"commands", commands(recipes)}, {"table", table(recipes, measured)}}
}

func commands(recipes []recipe) string {
	var b strings.Builder
	b.WriteString("```sh\n")
	for _, r := range recipes {
		fmt.Fprintf(&b, "%s  # %s\n", r.command(), r.About)
	}
	b.WriteString("```\n")
	return b.String()
}

func table(recipes []recipe, measured []figures) string {
	var b strings.Builder
	b.WriteString("| recipe | test rows | 10 x 10 folds | 10 blocks | one training |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	for _, r := range recipes {
		for _, f := range measured {
			if f.Name == r.Name {
				fmt.Fprintf(&b, "| %s | %v | %v | %v | %.2f s |\n", f.Name, f.Test, f.Stratified, f.Blocked, f.Seconds)
			}
		}
	}
	return b.String()
}

// String writes percentages: 81.3 (75.8 to 86.7).
func (e estimate) String() string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*e.Value, 100*e.Low, 100*e.High)
}

// replace puts the blocks between their markers; a document need not have them all.
func replace(document []byte, blocks []block) (text []byte, found int, err error) {
	for _, b := range blocks {
		begin, end := []byte("<!-- recipes: "+b.name+" -->\n"), []byte("<!-- end -->\n")
		before, rest, has := bytes.Cut(document, begin)
		if !has {
			continue
		}
		_, after, has := bytes.Cut(rest, end)
		if !has {
			return nil, 0, fmt.Errorf("marker %q has no %q after it", begin, end)
		}
		document = bytes.Join([][]byte{before, begin, []byte(b.text), end, after}, nil)
		found++
	}
	return document, found, nil
}
