package main

import (
	"bytes"
	"encoding/json"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/plot"
)

// An evaluation is what is known of B test rows.
type evaluation struct {
	classes     []string
	labels      []int // class indices
	predictions mlp.Predictions
	confidence  float64 // of every interval
}

// A report is metrics.json.
type report struct {
	Test       testReport       `json:"test"`
	Functional functionalReport `json:"functional"`
}

type testReport struct {
	Rows             int                 `json:"rows"`
	Loss             figure              `json:"loss"`
	Accuracy         figure              `json:"accuracy"`
	AccuracyInterval interval            `json:"accuracy_ci"`
	F1Macro          figure              `json:"f1_macro"`
	AUC              figure              `json:"roc_auc"`
	Brier            figure              `json:"brier"`
	CalibrationError figure              `json:"calibration_error"`
	Sensitivity      map[string]figure   `json:"sensitivity"` // of each class: the share of its rows predicted so
	SensitivityCI    map[string]interval `json:"sensitivity_ci"`
}

type functionalReport struct {
	Cases    int    `json:"cases"`
	Passed   int    `json:"passed"`
	Accuracy figure `json:"accuracy"`
}

type interval struct {
	Low  figure `json:"low"`
	High figure `json:"high"`
}

// A figure is null in JSON if it is not defined, such as a share of nothing.
type figure float64

func (f figure) finite() bool { return exact.IsFinite(float64(f)) }

func (f figure) MarshalJSON() ([]byte, error) {
	if !f.finite() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

func (e evaluation) report(cases []result) report {
	counts := metrics.Count(e.labels, e.predictions.Classes, len(e.classes))
	probabilities := e.predictions.Probabilities
	areas, _ := metrics.Areas(probabilities, e.labels)
	r := report{Test: testReport{
		Rows:             counts.Rows(),
		Loss:             figure(metrics.LogLoss(probabilities, e.labels)),
		Accuracy:         figure(counts.Accuracy()),
		AccuracyInterval: e.share(counts.Hits(), counts.Rows()),
		F1Macro:          figure(counts.MacroF1()),
		AUC:              figure(metrics.Macro(areas)),
		Brier:            figure(metrics.Brier(probabilities, e.labels)),
		CalibrationError: figure(e.calibration().Error()),
		Sensitivity:      map[string]figure{},
		SensitivityCI:    map[string]interval{},
	}}
	for k, class := range e.classes {
		hits, rows := counts.Correct[k], counts.Labelled[k]
		r.Test.Sensitivity[class] = figure(float64(hits) / float64(rows))
		r.Test.SensitivityCI[class] = e.share(hits, rows)
	}
	r.Functional = functionalReport{Cases: len(cases)}
	for _, c := range cases {
		if c.failure == "" {
			r.Functional.Passed++
		}
	}
	r.Functional.Accuracy = figure(float64(r.Functional.Passed) / float64(r.Functional.Cases))
	return r
}

// share is the interval of successes of trials.
func (e evaluation) share(successes, trials int) interval {
	low, high := metrics.Wilson(successes, trials, e.confidence)
	return interval{figure(low), figure(high)}
}

func (e evaluation) calibration() *metrics.Calibration {
	c := metrics.NewCalibration(len(e.classes), plot.CalibrationBins)
	c.Add(e.predictions.Probabilities, e.labels)
	return c
}

// jsonText writes labels such as <5 as they are.
func jsonText(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(v)
	return text.Bytes(), err
}
