package compare

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"example.com/sonar/internal/plaintext"
)

// Text returns the report for a terminal.
func (r *Result) Text() string {
	var b strings.Builder
	b.WriteString(r.Summary + "\n\n")
	r.textTable(&b, r.Stratified, r.Metric)
	for _, line := range r.details() {
		b.WriteString("\n" + line)
	}
	b.WriteString("\n\n" + r.rowsInWords() + "\n")
	for _, line := range r.flippedInWords() {
		b.WriteString("  " + line + "\n")
	}
	if r.Blocked != nil {
		b.WriteString("\n" + r.blockedInWords() + "\n")
		r.textTable(&b, r.Blocked, "")
	}
	for _, caveat := range r.Caveats {
		fmt.Fprintf(&b, "\nCaution: %s.\n", visible(caveat))
	}
	return b.String()
}

func (r *Result) textTable(b *strings.Builder, tests []Test, decides string) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "metric\t%s\t%s\tgain (+ is better)\t%s %% interval\tp\t\n", visible(r.Base.label()), visible(r.Head.label()), percent(1-r.Alpha))
	for _, t := range tests {
		interval, p := r.intervalAndP(t)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.title(), score(t.Base), score(t.Head), signed(t.Gain), interval, p,
			either(t.Metric == decides, "decides", ""))
	}
	w.Flush()
	for line := range strings.Lines(table.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// label names a side, with the commit of what is not the workspace.
func (v Revision) label() string {
	if v.Workspace || strings.HasPrefix(v.Commit, v.Name) {
		return v.Name
	}
	return fmt.Sprintf("%s (%.7s)", v.Name, v.Commit)
}

func (t Test) title() string {
	return t.Metric + either(t.LessIsBetter, " (less is better)", "")
}

func (r *Result) intervalAndP(t Test) (interval, p string) {
	if t.Student == nil {
		return "no variance", "-"
	}
	return signed(t.Student.Low) + " to " + signed(t.Student.High), pValue(t.Student.P, r.Alpha)
}

// visible shows names from elsewhere so that they cannot steer a terminal.
func visible(text string) string { return clip(plaintext.Line(text), 400) }

func clip(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "..."
	}
	return text
}
