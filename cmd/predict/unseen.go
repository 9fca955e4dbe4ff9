package main

import (
	"fmt"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
)

// unseen collects, for each categorical column, a text that the model was not trained on.
type unseen struct {
	columns []features.Column
	texts   []string
	found   []bool
}

func newUnseen(f *features.Features) *unseen {
	u := new(unseen)
	for _, c := range f.Columns {
		if c.Kind == dataset.Category {
			u.columns = append(u.columns, c)
		}
	}
	u.texts, u.found = make([]string, len(u.columns)), make([]bool, len(u.columns))
	return u
}

// add looks at the texts of some rows.
func (u *unseen) add(rows *dataset.Table) {
	for i, c := range u.columns {
		for _, text := range rows.Texts[i] {
			if u.found[i] {
				break
			}
			if _, known := slices.BinarySearch(c.Texts, text); !known {
				u.texts[i], u.found[i] = text, true
			}
		}
	}
}

// warnings has a line for each column with such a text.
func (u *unseen) warnings() (lines []string) {
	for i, c := range u.columns {
		if u.found[i] {
			lines = append(lines, fmt.Sprintf("column %.80q has texts that the model was not trained on, such as %.40q: they count as none of those that it knows",
				c.Label(), u.texts[i]))
		}
	}
	return lines
}
