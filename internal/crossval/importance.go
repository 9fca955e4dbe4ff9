package crossval

import (
	"cmp"
	"context"
	"io"
	"math"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/plot"
	"example.com/sonar/internal/random"
)

// Importance says how much worse a trained model predicts the rows that were tested if the values of one column are
// permuted among them, for each column of the table: L. Breiman, "Random Forests", Machine Learning 45 (2001). The
// column's other inputs, those of its texts and gaps, go with it.
type Importance struct {
	Loss     []float64 `json:"loss"`     // by how much the log loss rises
	Accuracy []float64 `json:"accuracy"` // by how much the accuracy drops
}

// Of more rows than these a sample is permuted, so that what is kept of them takes no more than 128 MiB.
const (
	maxPermutedRows    = 10_000
	maxPermutedNumbers = 1 << 24
)

// permute measures the importance of each column to a model. Stream is that of the permutations, and training the number
// of the model. A number that scaling makes infinite is a *features.Error.
func permute(ctx context.Context, m *model.Model, tested dataset.Sample, stream random.Stream, training uint32) (*Importance, error) {
	tested = tested.Select(sampleRows(tested.Len(), max(1, min(maxPermutedRows, maxPermutedNumbers/mlp.ExchangeNumbers(m.Members)))))
	inputs, err := m.Features.Inputs(tested)
	if err != nil {
		return nil, err
	}
	exchange, labels, order := mlp.NewExchange(m.Members, inputs), tested.Labels(), make([]int, tested.Len())
	loss, accuracy := scorePermuted(exchange.Predict(0, 0, nil), labels)
	i, from := new(Importance), 0
	for _, column := range m.Features.Columns {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for r := range order {
			order[r] = r
		}
		stream.Shuffle(order, training, uint32(column.Position), 0)
		permutedLoss, permutedAccuracy := scorePermuted(exchange.Predict(from, from+column.Len(), order), labels)
		i.Loss, i.Accuracy = append(i.Loss, permutedLoss-loss), append(i.Accuracy, accuracy-permutedAccuracy)
		from += column.Len()
	}
	return i, nil
}

// rowsTo returns the numbers 0 to n-1.
func rowsTo(n int) []int {
	rows := make([]int, n)
	for row := range rows {
		rows[row] = row
	}
	return rows
}

func scorePermuted(p mlp.Predictions, labels []int) (loss, accuracy float64) {
	hits := 0
	for b, class := range p.Classes {
		if class == labels[b] {
			hits++
		}
	}
	return metrics.LogLoss(p.Probabilities, labels), float64(hits) / float64(len(labels))
}

// isOf reports whether i, nil being that of no column, has values of so many columns, as far from 0 as differences of log
// losses and of accuracies can be.
func (i *Importance) isOf(columns int) bool {
	if i == nil {
		return columns == 0
	}
	within := func(values []float64, most float64) bool {
		return len(values) == columns && !slices.ContainsFunc(values, func(v float64) bool { return !(math.Abs(v) <= most) })
	}
	return within(i.Loss, foldfile.MaxLoss) && within(i.Accuracy, 1)
}

// ranked is the importance of a column over all folds.
type ranked struct {
	column         string
	loss, accuracy Summary
}

// ranking returns the importance of all columns, the highest rise of the loss first; of equals in the order of the columns.
func (r *Results) ranking() []ranked {
	if len(r.importance) == 0 {
		return nil
	}
	summary := func(value func(*Importance) float64) Summary {
		values := make([]float64, len(r.importance))
		for fold, i := range r.importance {
			values[fold] = value(i)
		}
		return Summarize(values, r.params.Crossvalidate.Splits, r.params.Evaluate.Confidence)
	}
	list := make([]ranked, len(r.table.Columns))
	for c, column := range r.table.Columns {
		list[c] = ranked{column.Label(),
			summary(func(i *Importance) float64 { return i.Loss[c] }), summary(func(i *Importance) float64 { return i.Accuracy[c] })}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.loss.Mean, a.loss.Mean) })
	return list
}

// maxDrawn is the number of columns that the plot shows.
const maxDrawn = 20

// writeImportance writes the highest columns of a ranking: at most so many, and no more than fit in a small file.
func writeImportance(w io.Writer, list []ranked, most int) error {
	left := plot.MaxBytes - 100 // the first line
	return plot.WriteLines(w, func(line func(...string)) {
		line("column", "loss", "loss_low", "loss_high", "accuracy", "accuracy_low", "accuracy_high")
		for _, r := range list[:min(most, len(list))] {
			var fields []string
			for _, s := range []Summary{r.loss, r.accuracy} {
				fields = append(fields, number(s.Mean), bound(s.Low), bound(s.High))
			}
			for _, field := range fields {
				left -= len(field) + len(",")
			}
			if left -= longestField([]string{r.column}); left < 0 {
				return
			}
			line(append([]string{r.column}, fields...)...)
		}
	})
}

func bound(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}
