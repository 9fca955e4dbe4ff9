package compare

import (
	"fmt"
	"strings"
)

// Marker is in every Markdown report, and nowhere else, so that the comment of an earlier run can be
// found and updated.
const Marker = "<!-- sonar: compare -->"

// MaxComment is the length of the longest pull-request comment that GitHub accepts, in characters.
const MaxComment = 65536

// Markdown returns the report for a pull request, verdict first.
func (r *Result) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", r.Summary)
	r.markdownTable(&b, r.foldLines())
	for _, line := range r.details() {
		fmt.Fprintf(&b, "\n%s", line)
	}
	b.WriteString("\n")
	if rows := r.rowLines(); rows != nil {
		fmt.Fprintf(&b, "\n%s\n\n", r.rowWiseInWords(rows[0].of))
		r.markdownTable(&b, rows)
	}
	for _, caveat := range r.Caveats {
		fmt.Fprintf(&b, "\n> **Caution:** %s\n", code(caveat))
	}
	if r.McNemar != nil {
		fmt.Fprintf(&b, "\n<details><summary>Rows that flipped, and the blocked scheme</summary>\n\n%s\n", r.repeatInWords())
		for _, line := range r.flippedInWords() {
			fmt.Fprintf(&b, "- %s\n", line)
		}
		if r.Blocked != nil {
			fmt.Fprintf(&b, "\n%s\n\n", r.blockedInWords())
			r.markdownTable(&b, linesOf(r.Blocked))
		}
		b.WriteString("\n</details>\n")
	}
	b.WriteString("\n" + Marker + "\n")
	return b.String()
}

func (r *Result) markdownTable(b *strings.Builder, lines []tableLine) {
	fmt.Fprintf(b, "| metric | %s | %s | gain (+ is better) | %s %% interval | p |\n", cell(r.Base), cell(r.Head), percent(1-r.Alpha))
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, l := range lines {
		title := strings.ReplaceAll(l.title, "_", `\_`)
		if l.decides {
			title = "**" + title + "**, decides"
		}
		interval, p := r.intervalAndP(l.Student)
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", title, score(l.Base), score(l.Head), signed(l.Gain), interval, p)
	}
}

// code writes text from elsewhere as a code span, in which nothing is markup, a mention or a comment.
func code(text string) string {
	text = visible(text)
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + " " + text + " " + fence
}

// cell names a side in the header of a table, where a bar would end the cell even in code.
func cell(v Revision) string { return strings.ReplaceAll(code(v.label()), "|", `\|`) }
