package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/recipes/internal/recipe"
)

const (
	paramsPath = "params.yaml"
	rawPath    = "data/sonar.all-data"
	svmPath    = "recipes/svm.json"
)

const timings = 5 // of a training, of which the shortest counts

// Figures are what is measured of a recipe. All but the seconds are the same on every machine.
type figures struct {
	Name       string           `json:"name"`
	Test       recipe.Estimate  `json:"test"`            // accuracy on the test rows, Wilson's interval
	Stratified recipe.Estimate  `json:"stratified"`      // cross-validated accuracy, corrected interval
	Ahead      *recipe.Estimate `json:"ahead,omitempty"` // by which it is above the SVM's on the same folds
	Blocked    recipe.Estimate  `json:"blocked"`         // as Stratified, of contiguous folds
	Seconds    float64          `json:"seconds"`         // one training's wall time, the program's start included
}

// A project is what recipes are measured on.
type project struct {
	folder string // of params.yaml and cases/
	raw    string // the raw CSV file
}

// prepare prepares a workspace with the params.yaml that the recipe makes, and returns the folds that
// this asks for.
func (p project) prepare(w workspace, r recipe.Recipe) (params.Crossvalidate, error) {
	var none params.Crossvalidate
	text, err := os.ReadFile(filepath.Join(p.folder, paramsPath))
	if err != nil {
		return none, err
	}
	asked, err := r.Params(text, params.SectionCrossvalidate)
	if err != nil {
		return none, err
	}
	changed, err := r.Apply(text)
	if err != nil {
		return none, err
	}
	cases, err := fs.Glob(os.DirFS(p.folder), "cases/[^.]*")
	if err != nil {
		return none, err
	}
	for i := range cases {
		cases[i] = filepath.Join(p.folder, cases[i])
	}
	return asked.Crossvalidate, w.prepare(changed, p.raw, cases...)
}

// measure measures all that the table shows of a recipe.
func (p project) measure(ctx context.Context, programs string, r recipe.Recipe) (figures, error) {
	f := figures{Name: r.Name}
	folder, err := os.MkdirTemp("", "recipe-")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(folder)
	w := workspace{programs, folder}
	folds, err := p.prepare(w, r)
	if err != nil {
		return f, err
	}
	var shortest time.Duration
	for range timings {
		var took time.Duration
		if f.Test, took, err = w.train(ctx); err != nil {
			return f, err
		}
		if shortest == 0 || took < shortest {
			shortest = took
		}
	}
	f.Seconds = shortest.Round(time.Millisecond).Seconds()
	return f, p.crossvalidate(ctx, w, folds, &f)
}

// crossvalidate cross-validates in a workspace and puts what it finds into f.
func (p project) crossvalidate(ctx context.Context, w workspace, folds params.Crossvalidate, f *figures) error {
	found, err := w.crossvalidate(ctx, folds)
	if err != nil {
		return err
	}
	f.Stratified, f.Blocked = found.stratified, found.blocked
	svm, err := recipe.ReadSVM(filepath.Join(p.folder, svmPath), p.raw, folds)
	if err != nil {
		return err
	}
	f.Ahead, err = svm.Ahead(foldfile.Stratified, found.folds)
	return err
}

// svm returns the folds that params.yaml asks for, and the SVM on them; nil if there is none.
func (p project) svm() (params.Crossvalidate, *recipe.SVM, error) {
	asked, err := params.Load(filepath.Join(p.folder, paramsPath), params.SectionCrossvalidate)
	if err != nil {
		return params.Crossvalidate{}, nil, err
	}
	svm, err := recipe.ReadSVM(filepath.Join(p.folder, svmPath), p.raw, asked.Crossvalidate)
	return asked.Crossvalidate, svm, err
}
