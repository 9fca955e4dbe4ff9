package compare

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A format writes a report, and the failure to make one.
type format struct {
	name    string
	result  func(*Result) string
	failure func(error) string
}

var formats = []format{
	{"text", (*Result).Text, func(error) string { return "" }}, // standard error tells it
	{"markdown", (*Result).Markdown, markdownFailure},
	{"json", (*Result).JSON, jsonFailure},
}

// FormatNames are the formats of a report.
func FormatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// CheckFormat sees that there is a format of that name.
func CheckFormat(name string) error {
	if !slices.Contains(FormatNames(), name) {
		return fmt.Errorf("-format must be %s, got %.40q", list(FormatNames()), name)
	}
	return nil
}

// Report writes the result, or why there is none, in the named format.
func Report(name string, r *Result, err error) string {
	f := formats[slices.IndexFunc(formats, func(f format) bool { return f.name == name })]
	if err != nil {
		return f.failure(err)
	}
	return f.result(r)
}

// JSON is the report for programs.
func (r *Result) JSON() string { return toJSON(r) }

// NotCompared stands for a verdict where there is none.
const NotCompared Verdict = "not compared"

func jsonFailure(err error) string {
	return toJSON(struct {
		Verdict Verdict `json:"verdict"`
		Passed  bool    `json:"passed"`
		Summary string  `json:"summary"`
	}{NotCompared, false, err.Error()})
}

func markdownFailure(err error) string {
	return fmt.Sprintf("### %s\n\n%s\n\n%s\n", NotCompared, code(err.Error()), Marker)
}

func toJSON(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err) // every number is finite
	}
	return string(text) + "\n"
}
