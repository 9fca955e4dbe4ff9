package main

import (
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/plot"
)

// An interval is that of a share of rows. If the rows come in groups, it allows for those of a group being alike.
type interval struct {
	Low  figure `json:"low"`
	High figure `json:"high"`
}

// share returns the interval of the share of these rows that succeed.
func (e *evaluation) share(rows []int, succeeds func(row int) bool) interval {
	successes, count := make([]bool, len(rows)), 0
	for i, row := range rows {
		if succeeds(row) {
			successes[i] = true
			count++
		}
	}
	if e.groups == nil {
		low, high := metrics.Wilson(count, len(rows), e.confidence)
		return interval{figure(low), figure(high)}
	}
	groups := make([]string, len(rows))
	for i, row := range rows {
		groups[i] = e.groups[row]
	}
	low, high := metrics.GroupedWilson(successes, groups, e.confidence)
	return interval{figure(low), figure(high)}
}

func (e *evaluation) isHit(row int) bool { return e.predictions.Classes[row] == e.labels[row] }

func (e *evaluation) allRows() []int {
	rows := make([]int, len(e.labels))
	for row := range rows {
		rows[row] = row
	}
	return rows
}

// rowsByClass returns the rows of each class.
func (e *evaluation) rowsByClass() [][]int {
	rows := make([][]int, len(e.classes))
	for row, k := range e.labels {
		rows[k] = append(rows[k], row)
	}
	return rows
}

// rowsByProbability returns the rows of each bin of the calibration of a class.
func (e *evaluation) rowsByProbability(k int) [][]int {
	rows := make([][]int, plot.CalibrationBins)
	for row := range e.labels {
		p := e.predictions.Probabilities.Data[row*e.predictions.Probabilities.Stride+k]
		b := metrics.CalibrationPart(p, plot.CalibrationBins)
		rows[b] = append(rows[b], row)
	}
	return rows
}
