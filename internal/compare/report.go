package compare

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A format is how a report is written, and how the failure to make one is reported.
type format struct {
	name    string
	result  func(*Result) string
	failure func(error) string
}

var formats = []format{
	{"text", (*Result).Text, func(error) string { return "" }}, // it is on standard error
	{"markdown", (*Result).Markdown, markdownFailure},
	{"json", (*Result).JSON, jsonFailure},
}

// FormatNames returns the names of the formats of a report.
func FormatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// CheckFormat checks that there is a format of that name.
func CheckFormat(name string) error {
	if !slices.Contains(FormatNames(), name) {
		return fmt.Errorf("-format must be %s, got %.40q", list(FormatNames()), name)
	}
	return nil
}

// Report returns the report of a result in the format called name, or, if err is not nil, the report
// that nothing was compared and why; in the format text the latter is empty, as a program prints its
// error elsewhere. It ends in a newline unless it is empty. It panics unless CheckFormat accepts the name.
func Report(name string, r *Result, err error) string {
	i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
	if i < 0 {
		panic("compare: unknown format")
	}
	f := formats[i]
	if err != nil {
		return f.failure(err)
	}
	return f.result(r)
}

// JSON is the report for programs.
func (r *Result) JSON() string { return toJSON(r) }

// NotCompared takes the place of the verdict if nothing was compared.
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
