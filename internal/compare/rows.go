package compare

import (
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
)

// testRows tests a metric row by row, by the mean over the repeats of each row's score when it was
// tested. It returns nil if the metric is not a mean over rows, a side does not have its rows, or there
// is only one row or group.
func testRows(base, head *Side, metric string, o Options) *RowTest {
	b, h := rowScores(base.predictions, metric), rowScores(head.predictions, metric)
	if b == nil || h == nil || len(b) < 2 {
		return nil
	}
	m, _ := foldfile.Find(metric)
	gains := gains(b, h, foldfile.Metrics()[m].LessIsBetter)
	splits := base.params.Crossvalidate.Splits
	t := &RowTest{Rows: len(gains), Sample: base.predictions.IsSample(), Means: Means{Base: mean(b), Head: mean(h)}}
	var s metrics.Student
	if groups := base.predictions.Groups; groups == nil {
		s = metrics.NewRowWise(gains, splits)
	} else {
		if t.Groups = metrics.CountGroups(groups); t.Groups < 2 {
			return nil
		}
		s = metrics.NewGroupedRowWise(gains, groups, splits)
	}
	t.Gain, t.Student = s.Mean, newStudent(s, o)
	return t
}

// rowScores returns each row's score by a metric, a mean over the repeats, or nil.
func rowScores(p *foldfile.Predictions, metric string) []float64 {
	switch m, _ := foldfile.Find(metric); m {
	case foldfile.Accuracy:
		return sharesRight(p)
	case foldfile.Loss:
		return p.Loss
	}
	return nil
}

// sharesRight returns the share of the repeats in which each row is predicted as it is labelled.
func sharesRight(p *foldfile.Predictions) []float64 {
	shares := make([]float64, len(p.Labels))
	for i, label := range p.Labels {
		right := 0
		for _, predicted := range p.Predicted {
			if predicted[i] == label {
				right++
			}
		}
		shares[i] = float64(right) / float64(len(p.Predicted))
	}
	return shares
}

// flips returns the rows that repeat 0 gets right on one side only.
func flips(base, head *foldfile.Predictions, classes []string) []Flip {
	list := []Flip{}
	for i, label := range base.Labels {
		b, h := base.Predicted[0][i], head.Predicted[0][i]
		if (b == label) != (h == label) {
			list = append(list, Flip{base.Rows[i], classes[label], classes[b], classes[h], h == label})
		}
	}
	return list
}

func mcNemar(flips []Flip, grouped bool) *McNemar {
	var m McNemar
	for _, f := range flips {
		if f.Gained {
			m.Gained++
		} else {
			m.Lost++
		}
	}
	if !grouped {
		exact, mid := metrics.McNemar(m.Lost, m.Gained)
		m.ExactP, m.MidP = &exact, &mid
	}
	return &m
}
