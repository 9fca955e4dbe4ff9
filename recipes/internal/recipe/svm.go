package recipe

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// An SVM is what a support vector machine reaches on the folds of both schemes: the figure to beat.
// It comes from reference/classifiers.py.
type SVM struct {
	MD5         string // of the raw file
	Splits      int
	Repeats     int
	RandomState uint32 `json:"random_state"`
	// The accuracies, by repeat and fold.
	Stratified, Blocked []float64
}

// ReadSVM reads the file at path. It returns nil if there is none, or if it is about other data than
// the raw file or other folds than those of c: then there is nothing to compare with.
func ReadSVM(path, raw string, c params.Crossvalidate) (*SVM, error) {
	svm := new(SVM)
	if err := ReadJSON(path, svm); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(raw)
	if err != nil {
		return nil, err
	}
	folds := params.Crossvalidate{Splits: svm.Splits, Repeats: svm.Repeats, RandomState: svm.RandomState}
	if svm.MD5 != fmt.Sprintf("%x", md5.Sum(text)) || folds != c {
		return nil, nil
	}
	return svm, nil
}

// Accuracies returns those on the folds of a scheme.
func (s *SVM) Accuracies(scheme string) []float64 {
	if foldfile.Decides(scheme) {
		return s.Stratified
	}
	return s.Blocked
}

// Ahead returns by how much accuracies on the folds of a scheme are above the SVM's; nil if s is nil.
func (s *SVM) Ahead(scheme string, folds []float64) (*Estimate, error) {
	if s == nil {
		return nil, nil
	}
	others := s.Accuracies(scheme)
	if len(folds) != len(others) {
		return nil, fmt.Errorf("%d folds are compared with %d of the SVM", len(folds), len(others))
	}
	differences := make([]float64, len(folds))
	for i, accuracy := range folds {
		differences[i] = accuracy - others[i]
	}
	e := OverFolds(differences, s.Splits)
	return &e, nil
}
