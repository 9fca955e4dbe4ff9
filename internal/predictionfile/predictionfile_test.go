package predictionfile

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas/blas64"

	"example.com/sonar/internal/mlp"
)

// rows are predictions of two classes; p is the probability of the second.
func rows(p ...float64) mlp.Predictions {
	m := blas64.General{Rows: len(p), Cols: 2, Stride: 2}
	classes := make([]int, len(p))
	for i, v := range p {
		m.Data = append(m.Data, 1-v, v)
		if v > 0.5 {
			classes[i] = 1
		}
	}
	return mlp.Predictions{Probabilities: m, Classes: classes}
}

func TestFilesHaveTheColumnsThatTheRowsHave(t *testing.T) {
	classes := []string{"no", "yes, \"maybe\""}
	for _, c := range []struct {
		name   string
		id     string
		ids    []string
		labels []int
		want   string
	}{
		{"neither", "", nil, nil, `row,prediction,probability_no,"probability_yes, ""maybe"""
0,no,0.75,0.25
1,"yes, ""maybe""",0.25,0.75
2,no,1,1e-300
`},
		{"ids", "the id", []string{"a", "b,c", "ü"}, nil, `row,the id,prediction,probability_no,"probability_yes, ""maybe"""
0,a,no,0.75,0.25
1,"b,c","yes, ""maybe""",0.25,0.75
2,ü,no,1,1e-300
`},
		{"both", "id", []string{"1", "2", "3"}, []int{0, 0, 1}, `row,id,label,prediction,probability_no,"probability_yes, ""maybe"""
0,1,no,no,0.75,0.25
1,2,no,"yes, ""maybe""",0.25,0.75
2,3,"yes, ""maybe""",no,1,1e-300
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, workers := range []int{1, 3} {
				var file bytes.Buffer
				w, err := NewWriter(&file, classes, c.id, c.labels != nil, workers)
				if err != nil {
					t.Fatal(err)
				}
				block := func(from, to int, p ...float64) { // of some of the rows
					var ids []string
					var labels []int
					if c.ids != nil {
						ids = c.ids[from:to]
					}
					if c.labels != nil {
						labels = c.labels[from:to]
					}
					if err := w.Write(t.Context(), rows(p...), ids, labels); err != nil {
						t.Fatal(err)
					}
				}
				block(0, 2, 0.25, 0.75)
				block(2, 2)
				block(2, 3, 1e-300)
				if got := file.String(); got != c.want {
					t.Errorf("%d workers: got\n%s\nwant\n%s", workers, got, c.want)
				}
			}
		})
	}
}

// full accepts n bytes.
type full struct{ n int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorsAreThoseOfTheWriterAndTheContext(t *testing.T) {
	classes := []string{"a", "b"}
	if _, err := NewWriter(&full{5}, classes, "", false, 1); err != errFull {
		t.Errorf("the header: %v", err)
	}
	w, err := NewWriter(&full{50}, classes, "", false, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(t.Context(), rows(0.1, 0.2, 0.3, 0.4), nil, nil); !errors.Is(err, errFull) {
		t.Errorf("the rows: %v", err)
	}
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errFull)
	w, err = NewWriter(new(strings.Builder), classes, "", false, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(stopped, rows(0.1), nil, nil); !errors.Is(err, errFull) {
		t.Errorf("the context: %v", err)
	}
}
