package main

import (
	"fmt"
	"math"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/params"
)

// farDeviations is how many standard deviations from the mean of the training rows a number is far from them. At most 1 in 400
// of the training rows can be farther (Chebyshev's inequality), and most columns come nowhere near: one with a long tail, log-normal
// with a sigma of 1, is beyond 18 in 1 of 10,000 rows. Numbers ten times too large show if the mean is more than 2.3
// standard deviations from zero: 111 of haemoglobin instead of 11.1 is 40 of them away.
const farDeviations = 20

// unseen collects, for each column, a value that is unlike those that the model was trained on: a text that no training row
// had, or a number that is far from theirs. If the model does not scale its numbers, it does not know where they were.
type unseen struct {
	texts   []unseenText   // of each categorical column
	numbers []unseenNumber // of each column of numbers, or none
}

type unseenText struct {
	features.Column
	text  string
	found bool
}

type unseenNumber struct {
	features.Column
	low, high float64 // of the numbers that are not far
	number    float64 // the first that is
	rows      int     // with such a number
}

func newUnseen(f *features.Features) *unseen {
	u := new(unseen)
	for _, c := range f.Columns {
		switch {
		case c.Kind == dataset.Category:
			u.texts = append(u.texts, unseenText{Column: c})
		case f.Offset != nil:
			mean, deviation := f.Offset[len(u.numbers)], f.Divisor[len(u.numbers)]
			if f.Scaling == params.Variance {
				deviation = math.Sqrt(deviation)
			}
			far := float64(farDeviations * deviation)
			u.numbers = append(u.numbers, unseenNumber{Column: c, low: mean - far, high: mean + far})
		}
	}
	return u
}

// add looks at some rows.
func (u *unseen) add(rows *dataset.Table) {
	for i := range u.texts {
		for _, text := range rows.Texts[i] {
			c := &u.texts[i]
			if c.found {
				break
			}
			if _, known := slices.BinarySearch(c.Texts, text); !known {
				c.text, c.found = text, true
			}
		}
	}
	for row := range rows.Rows() {
		for i, v := range rows.Numbers(row)[:len(u.numbers)] {
			if c := &u.numbers[i]; v < c.low || v > c.high {
				if c.rows == 0 {
					c.number = v
				}
				c.rows++
			}
		}
	}
}

// warnings has a line for each column with such a value.
func (u *unseen) warnings() (lines []string) {
	for _, c := range u.texts {
		if c.found {
			lines = append(lines, fmt.Sprintf("column %.80q has texts that the model was not trained on, such as %.40q: they count as none of those that it knows",
				c.Label(), c.text))
		}
	}
	for _, c := range u.numbers {
		if c.rows > 0 {
			lines = append(lines, c.warning())
		}
	}
	return lines
}

func (c *unseenNumber) warning() string {
	what := fmt.Sprintf("a number far from those that the model was trained on, %v, in 1 row: more than %d standard deviations from their mean; is it in another unit?",
		c.number, farDeviations)
	if c.rows > 1 {
		what = fmt.Sprintf("numbers far from those that the model was trained on, such as %v, in %d rows: more than %d standard deviations from their mean; are they in other units?",
			c.number, c.rows, farDeviations)
	}
	return fmt.Sprintf("column %.80q has %s", c.Label(), what)
}
