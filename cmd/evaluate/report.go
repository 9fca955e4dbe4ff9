package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/plot"
)

// A report is metrics.json.
type report struct {
	Test       testReport       `json:"test"`
	Functional functionalReport `json:"functional"`
}

type testReport struct {
	Rows             int      `json:"rows"`
	Groups           int      `json:"groups,omitempty"`
	Loss             figure   `json:"loss"`
	Accuracy         figure   `json:"accuracy"`
	AccuracyInterval interval `json:"accuracy_ci"`
	BalancedAccuracy figure   `json:"balanced_accuracy"`
	F1Macro          figure   `json:"f1_macro"`
	AUC              figure   `json:"roc_auc"`
	AveragePrecision figure   `json:"average_precision"` // with two classes, that of the second
	Brier            figure   `json:"brier"`
	CalibrationError figure   `json:"calibration_error"`
	classReport
}

// A classReport has what is measured for each class. If there are too many classes for the file, it has those
// with the most test rows.
type classReport struct {
	Sensitivity      map[string]figure   `json:"sensitivity"` // the share of its rows predicted as it
	SensitivityCI    map[string]interval `json:"sensitivity_ci"`
	F1               map[string]figure   `json:"class_f1"`
	AveragePrecision map[string]figure   `json:"class_average_precision"`
}

func newClassReport() classReport {
	return classReport{map[string]figure{}, map[string]interval{}, map[string]figure{}, map[string]figure{}}
}

func (r classReport) add(class string, sensitivity figure, ci interval, f1, averagePrecision figure) {
	r.Sensitivity[class], r.SensitivityCI[class], r.F1[class], r.AveragePrecision[class] = sensitivity, ci, f1, averagePrecision
}

type functionalReport struct {
	Cases    int    `json:"cases"`
	Passed   int    `json:"passed"`
	Accuracy figure `json:"accuracy"`
}

// A figure is null in JSON if it is not defined, such as a share of nothing.
type figure float64

// widest takes as many bytes as any figure that is not below 0.
const widest figure = 2.2250738585072014e-308

func (f figure) finite() bool { return exact.IsFinite(float64(f)) }

func (f figure) MarshalJSON() ([]byte, error) {
	if !f.finite() {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

func (e *evaluation) report(cases []result) report {
	var areas, precisions []float64
	for _, k := range metrics.CurveClasses(len(e.classes)) {
		areas, precisions = append(areas, e.ranked[k].auc), append(precisions, e.ranked[k].averagePrecision)
	}
	probabilities := e.predictions.Probabilities
	r := report{Test: testReport{
		Rows:             e.counts.Rows(),
		Groups:           metrics.CountGroups(e.groups),
		Loss:             figure(metrics.LogLoss(probabilities, e.labels)),
		Accuracy:         figure(e.counts.Accuracy()),
		AccuracyInterval: e.share(e.allRows(), e.isHit),
		BalancedAccuracy: figure(e.counts.BalancedAccuracy()),
		F1Macro:          figure(e.counts.MacroF1()),
		AUC:              figure(metrics.Macro(areas)),
		AveragePrecision: figure(metrics.Macro(precisions)),
		Brier:            figure(metrics.Brier(probabilities, e.labels)),
		CalibrationError: figure(e.calibration().Error()),
		classReport:      newClassReport(),
	}}
	rows := e.rowsByClass()
	for _, k := range e.reported() {
		r.Test.add(e.classes[k], figure(e.counts.Recall(k)), e.share(rows[k], e.isHit),
			figure(e.counts.F1(k)), figure(e.ranked[k].averagePrecision))
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

// reported returns the classes that metrics.json has.
func (e *evaluation) reported() []int {
	empty := report{Test: testReport{classReport: newClassReport()}}
	one := report{Test: testReport{classReport: newClassReport()}}
	one.Test.add(e.longest, widest, interval{widest, widest}, widest, widest)
	const rest = 5000 // bytes of what is not about a class
	return e.largest((plot.MaxBytes - rest) / (jsonSize(one, "  ") - jsonSize(empty, "  ")))
}

func (e *evaluation) calibration() *metrics.Calibration {
	c := metrics.NewCalibration(len(e.classes), plot.CalibrationBins)
	c.Add(e.predictions.Probabilities, e.labels)
	return c
}

// warnings returns what the metrics do not show by themselves, one line each.
func (e *evaluation) warnings(r report) (warnings []string) {
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if absent := e.absent(); len(absent) > 0 {
		const shown = 5
		names := strings.Join(absent[:min(shown, len(absent))], ", ")
		if len(absent) > shown {
			names += ", ..."
		}
		warn("%d of %d classes have no test row, so their sensitivity and average precision are null: %s", len(absent), len(e.classes), names)
	}
	for k, n := range e.counts.Predicted {
		if n == e.counts.Rows() {
			warn("every test row is predicted as %.40q: accuracy is the share of that class", e.classes[k])
		}
	}
	if !r.Test.AUC.finite() {
		warn("roc_auc is null: no class has both test rows of its own and test rows of other classes")
	}
	if n := len(r.Test.Sensitivity); n < len(e.classes) {
		warn("metrics.json has the %d of %d classes that have the most test rows, so that it stays small", n, len(e.classes))
	}
	return warnings
}

// absent returns the classes without a test row, in quotes.
func (e *evaluation) absent() (names []string) {
	for k, n := range e.counts.Labelled {
		if n == 0 {
			names = append(names, fmt.Sprintf("%.40q", e.classes[k]))
		}
	}
	return names
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

// jsonSize returns the length of what jsonText returns for a value of this program, which never fails.
func jsonSize(v any, indent string) int {
	text, err := jsonText(v, indent)
	if err != nil {
		panic("evaluate: " + err.Error())
	}
	return len(text)
}
