// Package splitfile reads the files of a split: X_train.csv, y_train.csv, X_test.csv and y_test.csv in one folder.
package splitfile

import (
	"context"
	"os"
	"path/filepath"

	"example.com/sonar/internal/dataset"
)

// The sides of a split.
const (
	Train = "train"
	Test  = "test"
)

// X and Y are the paths of a side's features and labels.
func X(folder, side string) string { return filepath.Join(folder, "X_"+side+".csv") }
func Y(folder, side string) string { return filepath.Join(folder, "y_"+side+".csv") }

// Paths returns all files of the split in a folder.
func Paths(folder string) []string {
	return []string{X(folder, Train), Y(folder, Train), X(folder, Test), Y(folder, Test)}
}

// Read reads one side. Errors are those of dataset.ReadSplit, or of opening a file.
func Read(ctx context.Context, folder, side string, classes []string) (*dataset.Table, error) {
	x, err := os.Open(X(folder, side))
	if err != nil {
		return nil, err
	}
	defer x.Close()
	y, err := os.Open(Y(folder, side))
	if err != nil {
		return nil, err
	}
	defer y.Close()
	return dataset.ReadSplit(ctx, x, y, classes)
}
