package crossval

import (
	"bytes"
	"encoding/json"
	"math"

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
	Mean float64  `json:"mean"`         // unweighted, over folds
	SD   *float64 `json:"sd,omitempty"` // of the means of the repeats; one repeat has none
	// The interval allows for folds that share training rows. It is not cut off at the ends of the
	// metric's range, and is rounded to six decimals, as the last digits of a quantile depend on the
	// machine.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Summarize sums up one number per fold, by repeat and fold, with an interval at a level such as 0.95.
// It panics unless splits is two or more and divides the number of values.
func Summarize(values []float64, splits int, level float64) Summary {
	resampled := metrics.NewResampled(values, splits)
	low, high := resampled.Interval(level)
	s := Summary{Mean: resampled.Mean, Low: sixDecimals(low), High: sixDecimals(high)}
	if sd, ok := metrics.RepeatsSD(values, splits); ok {
		s.SD = &sd
	}
	return s
}

func sixDecimals(v float64) float64 {
	return math.RoundToEven(v*1e6)/1e6 + 0 // + 0: no minus before 0
}

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
