package main

import (
	"context"
	"runtime"
	"sync"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/parallel"
	"example.com/sonar/internal/plot"
)

// An evaluation is what is known about B test rows.
type evaluation struct {
	classes     []string
	longest     string // of classes, the one that takes the most bytes in JSON
	labels      []int  // class indices
	ids         []string
	idName      string
	groups      []string // nil if each row counts as independent
	predictions mlp.Predictions
	confidence  float64 // of every interval

	counts *metrics.Counts
	ranked []ranked // of each class
	drawn  []int    // the classes that have curves in the plots
}

// A ranked class has what follows from ranking the rows by their probability of it.
type ranked struct {
	auc, averagePrecision float64
	roc                   []metrics.ROCPoint // nil unless it is drawn
	precisionRecall       []metrics.PrecisionRecallPoint
}

// newEvaluation counts and ranks the predictions of rows.
func newEvaluation(ctx context.Context, rows dataset.Sample, predictions mlp.Predictions, classes []string, confidence float64) (*evaluation, error) {
	e := &evaluation{classes: classes, labels: rows.Labels(), predictions: predictions, confidence: confidence}
	for _, row := range rows.Rows {
		if rows.Table.IDs != nil {
			e.ids = append(e.ids, rows.Table.IDs[row])
		}
		if rows.Table.Groups != nil {
			e.groups = append(e.groups, rows.Table.Groups[row])
		}
	}
	if e.ids != nil {
		e.idName = rows.Table.Schema.IDName()
	}
	for _, class := range classes {
		if jsonSize(class, "") > jsonSize(e.longest, "") {
			e.longest = class
		}
	}
	e.counts = metrics.Count(e.labels, predictions.Classes, len(classes))
	e.drawn = plot.Largest(metrics.CurveClasses(len(classes)), e.counts.Labelled, e.maxPoints()/leastPoints)
	return e, e.rank(ctx)
}

// largest returns the n classes that have the most test rows.
func (e *evaluation) largest(n int) []int {
	all := make([]int, len(e.classes))
	for k := range all {
		all[k] = k
	}
	return plot.Largest(all, e.counts.Labelled, n)
}

// rank ranks the rows once for each class.
func (e *evaluation) rank(ctx context.Context) error {
	draws := make([]bool, len(e.classes))
	for _, k := range e.drawn {
		draws[k] = true
	}
	rankings := sync.Pool{New: func() any { return new(metrics.Ranking) }}
	return parallel.InOrder(ctx, runtime.GOMAXPROCS(0), len(e.classes), func(_ context.Context, k int) (ranked, error) {
		ranking := rankings.Get().(*metrics.Ranking)
		defer rankings.Put(ranking)
		ranking.Rank(e.predictions.Probabilities, e.labels, k)
		r := ranked{auc: ranking.AUC(), averagePrecision: ranking.AveragePrecision()}
		if draws[k] {
			r.roc, r.precisionRecall = ranking.ROC(maxPoints), ranking.PrecisionRecall(maxPoints)
		}
		return r, nil
	}, func(r ranked) { e.ranked = append(e.ranked, r) })
}
