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
	r.textTable(&b, r.foldLines())
	for _, line := range r.details() {
		b.WriteString("\n" + line)
	}
	b.WriteString("\n")
	if rows := r.rowLines(); rows != nil {
		fmt.Fprintf(&b, "\n%s\n", r.rowWiseInWords(rows[0].of))
		r.textTable(&b, rows)
	}
	if r.McNemar != nil {
		fmt.Fprintf(&b, "\n%s\n", r.repeatInWords())
	}
	for _, line := range r.flippedInWords() {
		b.WriteString("  " + line + "\n")
	}
	if r.Blocked != nil {
		b.WriteString("\n" + r.blockedInWords() + "\n")
		r.textTable(&b, linesOf(r.Blocked))
	}
	for _, caveat := range r.Caveats {
		fmt.Fprintf(&b, "\nCaution: %s.\n", visible(caveat))
	}
	return b.String()
}

// A tableLine is what a table shows about one metric.
type tableLine struct {
	title string
	Means
	decides bool
	of      *RowTest
}

func linesOf(tests []Test) []tableLine {
	lines := make([]tableLine, len(tests))
	for i, t := range tests {
		lines[i] = tableLine{title: t.title(), Means: t.Means}
	}
	return lines
}

// foldLines returns the lines for the folds that decide.
func (r *Result) foldLines() []tableLine {
	lines := linesOf(r.Tests)
	for i, t := range r.Tests {
		lines[i].decides = t.Metric == r.Metric && r.DecidedBy != ByRows
	}
	return lines
}

// rowLines returns the lines for the metrics that were compared row by row, or nil if there are none.
func (r *Result) rowLines() []tableLine {
	var lines []tableLine
	for _, t := range r.Tests {
		if t.Rows != nil {
			lines = append(lines, tableLine{t.title(), t.Rows.Means, t.Metric == r.Metric && r.DecidedBy == ByRows, t.Rows})
		}
	}
	return lines
}

func (r *Result) textTable(b *strings.Builder, lines []tableLine) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "metric\t%s\t%s\tgain (+ is better)\t%s %% interval\tp\t\n", visible(r.Base.label()), visible(r.Head.label()), percent(1-r.Alpha))
	for _, l := range lines {
		interval, p := r.intervalAndP(l.Student)
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.title, score(l.Base), score(l.Head), signed(l.Gain), interval, p,
			either(l.decides, "decides", ""))
	}
	w.Flush()
	for line := range strings.Lines(table.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

// label names a side, with its commit unless it is the workspace.
func (v Revision) label() string {
	if v.Workspace || strings.HasPrefix(v.Commit, v.Name) {
		return v.Name
	}
	return fmt.Sprintf("%s (%.7s)", v.Name, v.Commit)
}

func (t Test) title() string {
	return t.Metric + either(t.LessIsBetter, " (lower is better)", "")
}

func (r *Result) intervalAndP(s *Student) (interval, p string) {
	if s == nil {
		return "no variance", "-"
	}
	return signed(s.Low) + " to " + signed(s.High), pValue(s.P, r.Alpha)
}

// visible shows names from elsewhere so that they cannot steer a terminal.
func visible(text string) string { return clip(plaintext.Line(text), 400) }

func clip(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "..."
	}
	return text
}
