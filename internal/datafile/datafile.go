// Package datafile opens the data for the programs that read them: package dataset, which knows
// their format, opens no file.
package datafile

import (
	"context"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/regularfile"
)

// Read reads the raw CSV file at path, which data describes. Its errors are those of dataset.Read, and one
// about a table that does not fit in memory.
func Read(ctx context.Context, path string, data params.Data) (*dataset.Table, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkSize(f, data, 1+len(data.Drop)+named(data), memory.Left()); err != nil {
		return nil, err
	}
	return dataset.Read(ctx, f, data)
}
