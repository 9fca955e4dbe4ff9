package crossval

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// A Record is what comes of a task: plain data, which any encoding with exact float64 keeps whole.
type Record struct {
	ID
	Rows          []int           `json:"rows"`          // tested, ascending
	Predicted     []int           `json:"predicted"`     // the class predicted for each of Rows
	Probabilities []float64       `json:"probabilities"` // of each class, one of Rows after the other
	Scores        foldfile.Scores `json:"scores"`
	// Importance has that of each column; nil unless asked for.
	Importance *Importance `json:"importance,omitempty"`
	// History has the training curves, Val being those of the tested rows; nil unless asked for.
	History  []mlp.Epoch `json:"history"`
	Warnings []string    `json:"warnings"` // about the training
}

// Options say how to do a task. Its record does not depend on Workers.
type Options struct {
	Workers int   // threads, 1 or more
	Memory  int64 // bytes that the training may take, 0 for any number: one that needs more is an error
	Curves  bool  // whether the record has the training curves; the tested rows are then scored in every epoch
	// Importance says whether the record has the importance of the columns, if its scheme is the one that decides.
	Importance bool
}

// Run does the tasks by the recipe of p, on so many threads, which share so much memory (in bytes, 0 for any), and calls collect with their records
// in the order of the tasks, one at a time. It returns the first error in that order, or the cause of
// the end of ctx, when no work is under way any more.
func Run(ctx context.Context, tasks []Task, table *dataset.Table, p *params.Params, workers int, memory int64, collect func(Record)) error {
	each := Options{Curves: true, Importance: true}
	if memory > 0 { // 0 would be any number
		each.Memory = max(1, memory/int64(max(1, min(workers, len(tasks)))))
	}
	return parallel.InOrder(ctx, workers, len(tasks), func(ctx context.Context, i int) (Record, error) {
		options := each
		options.Workers = parallel.Threads(workers, len(tasks), i)
		return tasks[i].Do(ctx, table, p, options)
	}, collect)
}

// Do trains the recipe of p on the rows of the task and tests it on the others. The error is mlp.ErrDiverged if
// the loss on either is not finite.
func (t Task) Do(ctx context.Context, table *dataset.Table, p *params.Params, o Options) (Record, error) {
	recipe := p.Train
	recipe.Seed += uint32(t.training) * uint32(recipe.Ensemble) // modulo 2^32
	train, test := t.Rows()
	m, training, err := fit(ctx, table, train, test, p.Data, recipe, o)
	if err != nil {
		return Record{}, fmt.Errorf("%v: %w", t.ID, err)
	}
	tested := dataset.Sample{Table: table, Rows: test}
	predictions, err := m.Predict(tested, o.Workers)
	if err != nil {
		return Record{}, fmt.Errorf("%v: %w", t.ID, err)
	}
	record := Record{ID: t.ID, Rows: test, Predicted: predictions.Classes, Probabilities: flat(predictions.Probabilities), Warnings: training.Warnings}
	if o.Curves {
		record.History = training.History
	}
	record.Scores = score(predictions, chosen(table.Labels, test))
	finite := exact.IsFinite(record.Scores[foldfile.Loss])
	if o.permutes(t.Scheme) && finite {
		stream := random.Stream{Seed: p.Crossvalidate.RandomState, Purpose: random.Permutations}
		if record.Importance, err = permute(ctx, m, tested, stream, uint32(t.training)); err != nil {
			return Record{}, fmt.Errorf("%v: %w", t.ID, err)
		}
		finite = record.Importance.isOf(len(table.Columns))
	}
	if !finite {
		return Record{}, fmt.Errorf("%v: %w on the rows tested: try a lower train.learning_rate, unless they have numbers far larger than those trained on", t.ID, mlp.ErrDiverged)
	}
	return record, nil
}

// permutes reports whether the record of a task of a scheme has importance.
func (o Options) permutes(scheme string) bool { return o.Importance && foldfile.Decides(scheme) }

// Check returns an error unless record, which may come from anybody, is of the task and has what Do returns, with these
// options, for a table of so many classes and columns.
func (t Task) Check(record Record, classes, columns int, o Options) error {
	_, test := t.Rows()
	if !o.permutes(t.Scheme) {
		columns = 0
	}
	switch {
	case record.ID != t.ID || !slices.Equal(record.Rows, test):
		return fmt.Errorf("%v: a record must be of the rows that the task tests", t.ID)
	case len(record.Predicted) != len(test) || len(record.Probabilities) != len(test)*classes:
		return fmt.Errorf("%v: a record must have a prediction of %d probabilities for each of %d rows", t.ID, classes, len(test))
	case slices.ContainsFunc(record.Probabilities, func(p float64) bool { return p < 0 || p > 1 }):
		return fmt.Errorf("%v: a probability must be in [0, 1]", t.ID)
	case slices.ContainsFunc(record.Predicted, func(class int) bool { return class < 0 || class >= classes }):
		return fmt.Errorf("%v: a prediction must be one of %d classes", t.ID, classes)
	case !record.Importance.isOf(columns):
		return fmt.Errorf("%v: a record must have the importance of %d columns", t.ID, columns)
	}
	return nil
}

// fit trains a recipe on some rows of the table, to predict the classes of others. All trainings of a cross-validation
// are made here.
func fit(ctx context.Context, table *dataset.Table, train, test []int, data params.Data, recipe params.Train, o Options) (*model.Model, *model.Training, error) {
	var scored dataset.Sample
	if o.Curves {
		scored = dataset.Sample{Table: table, Rows: test}
	}
	return model.Fit(ctx, dataset.Sample{Table: table, Rows: train}, scored, data, recipe, mlp.Options{Workers: o.Workers, Memory: o.Memory})
}

// score measures predictions. The loss is the plain log loss, whatever the training minimised, so that
// recipes compare.
func score(p mlp.Predictions, labels []int) foldfile.Scores {
	counts := metrics.Count(labels, p.Classes, p.Probabilities.Cols)
	areas, precisions := metrics.Areas(p.Probabilities, labels)
	return foldfile.Scores{
		foldfile.Accuracy:         counts.Accuracy(),
		foldfile.BalancedAccuracy: counts.BalancedAccuracy(),
		foldfile.F1Macro:          counts.MacroF1(),
		foldfile.AUC:              metrics.Macro(areas),
		foldfile.AveragePrecision: metrics.Macro(precisions),
		foldfile.Loss:             metrics.LogLoss(p.Probabilities, labels),
	}
}

// flat returns the values of a matrix, row after row.
func flat(m blas64.General) []float64 {
	values := make([]float64, 0, m.Rows*m.Cols)
	for i := range m.Rows {
		values = append(values, m.Data[i*m.Stride:i*m.Stride+m.Cols]...)
	}
	return values
}

// matrix is the inverse of flat.
func matrix(values []float64, rows int) blas64.General {
	cols := len(values) / rows
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: values}
}
