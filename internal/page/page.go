// Package page makes a page for people of what the stages wrote: one HTML file that needs nothing else, neither a network
// nor scripts. Its first section is the model card; every statement of it is from a file.
//
// The same files make the same bytes. The page stays below MaxSize, whatever the files: of long lists it has the
// first or the largest, and says so. What no stage has written yet is missing, with the command that makes it.
package page

import (
	"context"
	_ "embed"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"

	"example.com/sonar/internal/compare"
	"example.com/sonar/internal/plaintext"
	"example.com/sonar/internal/revision"
)

// MaxSize is what no page exceeds, in bytes.
const MaxSize = 1_000_000

// Bounds of what a page shows.
const (
	mostRows   = 20  // of a table
	mostInputs = 200 // of the table of inputs
	mostName   = 40  // letters of a name
	mostText   = 300 // of any other text from a file
	mostLines  = 8   // of a plot
	mostBins   = 3   // lines of a plot of calibration, which cross one another
	mostPoints = 300 // of a line
)

// A Page is what Make makes.
type Page struct {
	Title    string
	Purpose  string
	Cautions []string
	Sections []Section

	Uncompared error // why there is no verdict against the base revision, if one was named
}

// A Section has a heading, and what is below it.
type Section struct {
	ID, Title string
	Columns   bool // whether the blocks are beside one another if there is room
	Blocks    []Block
}

// A Block is a piece of a section. What is empty is not shown.
type Block struct {
	Heading string
	Badge   string // a verdict
	Lines   []string
	Facts   []Fact
	Table   *Table
	Figures []Figure
	Folded  string // the label of a block that is folded up until it is asked for
	Text    string // shown as it is, line by line
	Missing string // the command that makes what is not there
}

// A Fact is a name and what it is.
type Fact struct{ Name, Value string }

// A Table has a row header in its first column.
type Table struct {
	Caption string
	Head    []string
	Kinds   string // a letter for each column: t of texts, n of numbers, i of intervals
	Rows    [][]string
}

// kinds are the classes of cells.
var kinds = map[byte]string{'t': "t", 'n': "n", 'i': "n i"}

// A Figure is a plot with its legend.
type Figure struct {
	Title string
	Keys  []Key
	SVG   template.HTML
	Note  string
}

// A Key says what the lines or dots of an ink are.
type Key struct{ Ink, Shape, Label string }

// The shapes of keys.
const (
	solid  = "line"
	dashed = "dash"
	round  = "dot"
)

//go:embed page.html
var layout string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"style":   func() template.CSS { return template.CSS(style) },
	"visible": visible,
	"kind":    func(t *Table, column int) string { return kinds[t.Kinds[column]] },
	"why": func(t *Table, column int, text string) bool {
		return t.Kinds[column] == 'i' && strings.HasPrefix(text, none)
	},
}).Parse(layout))

// visible shows a text from elsewhere: control and bidirectional characters as escapes, and not without an end.
func visible(text string) string { return clip(plaintext.Line(text), mostText) }

func clip(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most]) + "…"
	}
	return text
}

// Make makes the page of the project in folder. With a base revision it has the verdict of the cross-validated scores
// against it, or the reason why there is none. An error is one line that names the file that cannot be read.
func Make(ctx context.Context, folder, base string) (*Page, error) {
	r, err := load(revision.Workspace(folder))
	if err != nil {
		return nil, err
	}
	p := &Page{Title: "Model report", Purpose: r.purpose, Cautions: r.cautions()}
	p.Sections = []Section{r.card(), r.metrics()}
	if base != "" {
		s, err := verdict(ctx, folder, base)
		p.Sections, p.Uncompared = append(p.Sections, s), err
	}
	p.Sections = append(p.Sections, r.plots(), r.importances(), r.warnings(), r.settings())
	return p, r.err
}

// Write writes the page as HTML.
func (p *Page) Write(w io.Writer) error { return page.Execute(w, p) }

// verdict returns the section about a base revision. The error, which the section has too, is why there is no verdict.
func verdict(ctx context.Context, folder, base string) (Section, error) {
	s := Section{ID: "verdict", Title: "Against " + base}
	result, err := compare.Revisions(ctx, folder, []string{base}, compare.Options{Metric: "accuracy", Alpha: 0.05})
	if err != nil {
		s.Blocks = []Block{{Badge: string(compare.NotCompared), Lines: []string{err.Error()}}}
		return s, err
	}
	_, words, _ := strings.Cut(result.Summary, ": ")
	s.Blocks = []Block{
		{Badge: string(result.Verdict), Lines: append([]string{words}, result.Caveats...)},
		{Table: tests(result)},
		{Folded: "The whole report", Text: compare.Report("text", result, nil)},
	}
	return s, nil
}

// tests is what each metric gained over the folds.
func tests(result *compare.Result) *Table {
	t := &Table{
		Caption: "Cross-validated scores, fold by fold. A gain above 0 is better; " + result.Metric + " decides.",
		Head:    []string{"metric", result.Base.Name, "this", "gain", percent(1-result.Alpha) + " interval"},
		Kinds:   "tnnni",
	}
	for _, m := range result.Tests {
		row := []string{m.Metric, fixed(m.Base), fixed(m.Head), signed(m.Gain), "no variance"}
		if m.LessIsBetter {
			row[0] += " (lower is better)"
		}
		if s := m.Student; s != nil {
			row[4] = signed(s.Low) + " to " + signed(s.High)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// fixed writes a score.
func fixed(v float64) string {
	if math.IsNaN(v) {
		return "not defined"
	}
	return rounded(v, 4)
}

// rounded writes a number with so many decimals; what rounds to zero has no sign.
func rounded(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}

// share writes a score as it is read at a glance.
func share(v float64) string {
	if math.IsNaN(v) {
		return "not defined"
	}
	return rounded(v, 3)
}

func signed(v float64) string {
	if v > 0 {
		return "+" + rounded(v, 4)
	}
	return rounded(v, 4)
}

// percent writes a share, without the noise of 1-0.05.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'g', 6, 64) + "%" }

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a whole number as people read it.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && n >= 10000; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
