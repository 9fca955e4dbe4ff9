package datafile

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

// X returns the path of the features of one side of the split in a folder, and Y that of their labels.
func X(folder, side string) string { return filepath.Join(folder, "X_"+side+".csv") }
func Y(folder, side string) string { return filepath.Join(folder, "y_"+side+".csv") }

// Split returns the paths of all files of the split in a folder.
func Split(folder string) []string {
	return []string{X(folder, Train), Y(folder, Train), X(folder, Test), Y(folder, Test)}
}

// ReadSide reads one side of the split in a folder. Its errors are those of dataset.ReadSplit.
func ReadSide(ctx context.Context, folder, side string, classes []string) (*dataset.Table, error) {
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
