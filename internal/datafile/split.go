package datafile

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/fileset"
	"example.com/sonar/internal/memory"
	"example.com/sonar/internal/params"
)

// The sides of a split.
const (
	Train = "train"
	Test  = "test"
)

// Manifest is the name of the file that lists the files of a split with their sums.
const Manifest = "split.json"

// X returns the name of the features of one side of the split, and Y that of their labels.
func X(side string) string { return "X_" + side + ".csv" }
func Y(side string) string { return "y_" + side + ".csv" }

// Files returns the names of the files of some sides of the split: the features and the labels of each, and last the manifest.
func Files(sides ...string) []string {
	var names []string
	for _, side := range sides {
		names = append(names, X(side), Y(side))
	}
	return append(names, Manifest)
}

// A Split is some sides of a split, each a table.
type Split struct {
	Tables []*dataset.Table
	// Identity is the SHA-256 of the manifest, which differs if any file of the split does.
	Identity [sha256.Size]byte
}

// ReadSplit reads sides of the split in a folder, whose raw file data describes. They must have the same columns, and the
// files must be those that the manifest lists. Errors are those of fileset.Open and dataset.ReadSplit.
func ReadSplit(ctx context.Context, folder string, data params.Data, sides ...string) (*Split, error) {
	files, err := fileset.Open(filepath.Join(folder, Manifest), "prepare", Files(sides...)[:2*len(sides)]...)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	split := &Split{Identity: files.Identity}
	for i := range sides {
		x, y := files.List[2*i], files.List[2*i+1]
		if err := checkSize(x, data, named(data), memory.Left()); err != nil {
			return nil, err
		}
		table, err := dataset.ReadSplit(ctx, x, y, data)
		if err != nil {
			return nil, err
		}
		split.Tables = append(split.Tables, table)
		if want, got := len(split.Tables[0].Columns), len(table.Columns); got != want {
			return nil, fmt.Errorf("%s:1: must have %d columns as %s has, got %d", x.Name(), want, files.List[0].Name(), got)
		}
		if !slices.Equal(split.Tables[0].Columns, table.Columns) {
			return nil, fmt.Errorf("%s:1: must have the columns of %s, and has not", x.Name(), files.List[0].Name())
		}
	}
	return split, nil
}
