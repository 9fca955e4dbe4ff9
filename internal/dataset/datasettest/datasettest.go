// Package datasettest makes tables for tests.
package datasettest

import "example.com/sonar/internal/dataset"

// NumberColumns returns n columns of numbers without names, in the positions from 1.
func NumberColumns(n int) []dataset.Column {
	columns := make([]dataset.Column, n)
	for i := range columns {
		columns[i].Position = i + 1
	}
	return columns
}
