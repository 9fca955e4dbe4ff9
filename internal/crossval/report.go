package crossval

import (
	"bytes"
	"encoding/json"
	"math"

	"example.com/sonar/internal/exact"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/metrics"
)

// A Report is what the folds of each scheme show: metrics.json.
type Report []SchemeReport

// A SchemeReport is what the folds of one scheme show.
type SchemeReport struct {
	Scheme  string
	Metrics []Summary // in the order of foldfile.Metrics
}

// A Summary is what folds show of one metric.
type Summary struct {
	Mean float64 `json:"-"` // unweighted, over folds; NaN, in JSON null, of none
	// Folds is how many have a value, if not all: the mean is theirs, and there is neither SD nor interval.
	Folds int      `json:"folds,omitempty"`
	SD    *float64 `json:"sd,omitempty"` // of the means of the repeats; one repeat has none
	// The interval allows for folds that share training rows. It is rounded to six decimals, as the last
	// digits of a quantile depend on the machine. It is null if there is no variance to go by.
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`

	alike   bool // whether all folds have the same value
	partial bool // whether some folds have none
}

// MarshalJSON writes an object.
func (s Summary) MarshalJSON() ([]byte, error) {
	type rest Summary
	return json.Marshal(struct {
		Mean *float64 `json:"mean"`
		rest
	}{finite(s.Mean), rest(s)})
}

func finite(v float64) *float64 {
	if !exact.IsFinite(v) {
		return nil
	}
	return &v
}

// Summarize sums up one number per fold, by repeat and fold, with an interval at a level such as 0.95.
// It panics unless splits is two or more and divides the number of values.
func Summarize(values []float64, splits int, level float64) Summary {
	return summarize(values, splits, func(s metrics.Student) (low, high float64) { return s.Interval(level) })
}

// summarizeMetric cuts the interval to the range of metric m. If all folds are alike, accuracy has Wilson's
// interval of that many rows, or groups of rows, of one repeat, and the others have none.
func summarizeMetric(values []float64, m, splits, rows int, level float64) Summary {
	if defined(values) < len(values) {
		return summarizeSome(values)
	}
	return summarize(values, splits, func(s metrics.Student) (low, high float64) {
		switch metric := foldfile.Metrics()[m]; {
		case m == foldfile.Accuracy:
			return s.AccuracyInterval(level, rows)
		case metric.LessIsBetter:
			return s.IntervalWithin(level, 0, math.Inf(1))
		default:
			return s.IntervalWithin(level, 0, metric.Max)
		}
	})
}

// summarizeSome sums up folds of which some have no value, or are not done.
func summarizeSome(values []float64) Summary {
	return Summary{Mean: metrics.Macro(values), Folds: defined(values), partial: true}
}

// defined is the number of values that are not NaN.
func defined(values []float64) int {
	n := 0
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

func summarize(values []float64, splits int, interval func(metrics.Student) (low, high float64)) Summary {
	resampled := metrics.NewResampled(values, splits)
	low, high := interval(resampled)
	s := Summary{Mean: resampled.Mean, Low: rounded(low), High: rounded(high), alike: !resampled.Varies()}
	if sd, ok := metrics.RepeatsSD(values, splits); ok {
		s.SD = &sd
	}
	return s
}

// rounded rounds a bound; one that is not known is nil.
func rounded(v float64) *float64 { return finite(metrics.SixDecimals(v)) }

// MarshalJSON writes an object of the schemes, in their order.
func (r Report) MarshalJSON() ([]byte, error) {
	return marshalObject(len(r), func(i int) (string, any) { return r[i].Scheme, r[i] })
}

// MarshalJSON writes an object of the metrics, in their order.
func (s SchemeReport) MarshalJSON() ([]byte, error) {
	return marshalObject(len(s.Metrics), func(m int) (string, any) { return foldfile.Metrics()[m].Name, s.Metrics[m] })
}

// marshalObject writes n members in their order, which a map would sort by key.
func marshalObject(n int, member func(i int) (key string, value any)) ([]byte, error) {
	var text bytes.Buffer
	separator := "{"
	for i := range n {
		key, value := member(i)
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		text.WriteString(separator)
		text.Write(name)
		text.WriteString(":")
		text.Write(body)
		separator = ","
	}
	text.WriteString("}")
	return text.Bytes(), nil
}
