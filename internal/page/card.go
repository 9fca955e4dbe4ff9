package page

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dvclock"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/inspect"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plaintext"
)

// missing is what the page says of a part that no stage has written.
func missing(what, stage string) Block {
	return Block{Lines: []string{what + " is missing."}, Missing: "dvc repro " + stage}
}

// cautions are the first signs that results are not those of the settings and data as they are now.
func (r *results) cautions() []string {
	var lines []string
	var now map[string]any
	if err := r.document.Decode(&now); err != nil {
		r.fail(fmt.Errorf("%s: %w", paramsPath, err))
	}
	for _, name := range r.lock.Names() {
		stage := r.lock.Stages[name]
		if key := stage.Changed(paramsPath, now); key != "" && r.wrote(name) {
			lines = append(lines, fmt.Sprintf("%s has changed in params.yaml since stage %s was run.", key, name))
		}
		for _, out := range stage.Outs {
			if sum := r.sums[out.Path]; sum != "" && sum != out.MD5 {
				lines = append(lines, fmt.Sprintf("%s is not what dvc.lock says that stage %s wrote.", out.Path, name))
			}
		}
		for _, dep := range stage.Deps {
			for _, file := range r.data {
				if file.Path == dep.Path && file.MD5 != dep.MD5 {
					lines = append(lines, fmt.Sprintf("%s has changed since stage %s was run.", dep.Path, name))
				}
			}
		}
	}
	return lines[:min(mostRows, len(lines))]
}

// wrote reports whether the page has something that a stage wrote.
func (r *results) wrote(stage string) bool {
	return slices.ContainsFunc(r.lock.Stages[stage].Outs, func(out dvclock.File) bool { return r.sums[out.Path] != "" })
}

func (r *results) card() Section {
	s := Section{ID: "card", Title: "Model card", Columns: true}
	s.Blocks = append(s.Blocks, r.purposes(), r.trainedOn())
	s.Blocks = append(s.Blocks, r.overview()...)
	s.Blocks = append(s.Blocks, r.failures())
	s.Blocks = append(s.Blocks, r.inputs()...)
	return s
}

// schemes are those of a cross-validation, in the order of the page.
var schemes = []string{foldfile.Stratified, foldfile.Grouped, foldfile.Blocked}

// overview is how good the model is, in one look.
func (r *results) overview() []Block {
	var names []string
	var spans []span
	b := Block{Heading: "How good it is"}
	t := &Table{Head: []string{"accuracy on", "value", r.level() + " interval"}, Kinds: "tni"}
	row := func(name, of string, s span, unbounded string) {
		if !math.IsNaN(s.Value) && s.bounded() {
			names, spans = append(names, name), append(spans, s)
		}
		t.Rows = append(t.Rows, []string{of, share(s.Value), bounds(s, unbounded)})
	}
	if r.test != nil {
		row("test rows", r.test.heldOut(), r.test.AccuracyCI.around(r.test.Accuracy), noRow)
	}
	for _, scheme := range schemes {
		if metrics, ok := r.cross[scheme]; ok {
			a := metrics["accuracy"]
			row(scheme+" folds", r.scheme(scheme), a.around(a.Mean), a.unbounded())
		}
	}
	if len(t.Rows) > 0 {
		b.Table = t
	}
	if len(names) > 0 {
		c := bareChart("accuracy", "")
		c.grid(false)
		c.lying(names, spans, series(0))
		c.X.Min, c.X.Max = floor(spans), 1
		b.Figures = []Figure{{Title: "Accuracy, with " + r.level() + " intervals", SVG: c.render("accuracy", "Accuracy", "Accuracy and its interval: "+inWords(names, spans))}}
	}
	blocks := []Block{b}
	if r.test == nil {
		blocks = append(blocks, missing("The evaluation on test rows", "evaluate"))
	}
	if r.cross == nil {
		blocks = append(blocks, missing("The cross-validation", "crossvalidate"))
	}
	return blocks
}

// heldOut says what the test rows are.
func (t *testReport) heldOut() string {
	rows := count(t.Rows, "row that was held out", "rows that were held out")
	if t.Groups > 0 {
		rows += fmt.Sprintf(", in %s", count(t.Groups, "group", "groups"))
	}
	return rows
}

// floor is a round lower bound of the intervals.
func floor(spans []span) float64 {
	low := 1.0
	for _, s := range spans {
		low = math.Min(low, s.Low)
	}
	return math.Max(0, math.Floor(low*10-0.5)/10)
}

func inWords(names []string, spans []span) string {
	var parts []string
	for i, s := range spans {
		parts = append(parts, fmt.Sprintf("%s %s (%s)", inText(names[i]), share(s.Value), bounds(s, noRow)))
	}
	return strings.Join(parts, ", ")
}

// noRow is why a score of the test rows has no interval.
const noRow = "no test row"

// unbounded is why a summary has no interval, if it has none.
func (s summary) unbounded() string {
	if s.Folds > 0 {
		return "only " + count(s.Folds, "fold has a value", "folds have a value")
	}
	return "all folds are alike"
}

// none begins what is in the place of an interval.
const none = "none"

// bounds writes an interval or, if there is none, why.
func bounds(s span, unbounded string) string { return between(s, unbounded, share) }

// exactBounds has the digits of fixed.
func exactBounds(s span, unbounded string) string { return between(s, unbounded, fixed) }

func between(s span, unbounded string, write func(float64) string) string {
	if !s.bounded() {
		return none + ": " + unbounded
	}
	return write(s.Low) + " to " + write(s.High)
}

// scheme says how rows are dealt to folds.
func (r *results) scheme(name string) string {
	p := r.params.Crossvalidate
	folds := fmt.Sprintf("%d folds", p.Splits)
	if p.Repeats > 1 && foldfile.Decides(name) {
		folds = fmt.Sprintf("%d repeats of %d folds", p.Repeats, p.Splits)
	}
	switch name {
	case foldfile.Grouped:
		return folds + ", all rows of a group in one fold"
	case foldfile.Blocked:
		return folds + " of neighbouring rows"
	}
	return folds + " of random rows"
}

// reference names a column as params.yaml does.
func reference(c params.Column) string {
	if c.Position > 0 {
		return "column " + strconv.Itoa(c.Position)
	}
	return "column " + inQuotes(c.Name)
}

func inQuotes(name string) string {
	return `"` + strings.ReplaceAll(short(name, mostName), `"`, `\"`) + `"`
}

// inText is a name in a sentence: in quotes if part of it could be taken for the sentence's.
func inText(name string) string {
	if strings.ContainsAny(name, `,;"`) {
		return inQuotes(name)
	}
	return short(name, mostName)
}

func (r *results) purposes() Block {
	b := Block{Heading: "What it is for"}
	if r.purpose != "" {
		b.Lines = append(b.Lines, sentence(r.purpose))
	} else {
		b.Lines = append(b.Lines, "No file says: dvc.yaml has no artifact with the path "+modelPath+" and a desc.")
	}
	data := r.params.Data
	label := "the last column of the file"
	if !data.Label.IsNone() {
		label = reference(data.Label)
	}
	b.Facts = []Fact{
		{"Predicts", fmt.Sprintf("%s, one of %s with a probability for each: %s", label, count(len(data.Classes), "class", "classes"), names(data.Classes))},
	}
	if m := r.model; m != nil {
		n := m.Members[0]
		hidden := "no hidden layer"
		if sizes := n.Sizes[1 : len(n.Sizes)-1]; len(sizes) > 0 {
			var units []string
			for _, size := range sizes {
				units = append(units, strconv.Itoa(size))
			}
			hidden = fmt.Sprintf("hidden layers of %s units (%s)", strings.Join(units, ", "), n.Activation)
			if len(units) == 1 {
				hidden = fmt.Sprintf("one hidden layer of %s units (%s)", units[0], n.Activation)
			}
		}
		b.Facts = append(b.Facts, Fact{"Network", fmt.Sprintf("%s, %s, %s", count(n.Sizes[0], "input", "inputs"), hidden, count(n.Sizes[len(n.Sizes)-1], "output", "outputs"))})
		if len(m.Members) > 1 {
			b.Facts = append(b.Facts, Fact{"Ensemble", fmt.Sprintf("%d such networks, whose probabilities are averaged", len(m.Members))})
		}
	}
	if sum := r.sums[modelPath]; sum != "" {
		b.Facts = append(b.Facts, Fact{"File", modelPath + ", MD5 " + sum})
	} else {
		b.Facts = append(b.Facts, Fact{"File", modelPath + " is not here: dvc pull, or dvc repro train"})
	}
	return b
}

func sentence(text string) string {
	if text = visible(text); strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// names lists the first of many names.
func names(all []string) string { return list(all, inText) }

// list lists the first of many things.
func list[T any](all []T, name func(T) string) string {
	const most, length = 12, 160
	text := ""
	for i, thing := range all {
		if i == most || len(text) > length {
			return text + fmt.Sprintf(" and %s more", thousands(len(all)-i))
		}
		if i > 0 {
			text += ", "
		}
		text += name(thing)
	}
	return text
}

// trainedOn is the data, by the .dvc files and by inspect's report.
func (r *results) trainedOn() Block {
	b := Block{Heading: "What it was trained on"}
	for _, f := range r.data[:min(mostRows, len(r.data))] {
		b.Facts = append(b.Facts, Fact{"File", fmt.Sprintf("%s, MD5 %s, %s", f.Path, f.MD5, count(int(f.Size), "byte", "bytes"))})
	}
	if more := len(r.data) - mostRows; more > 0 {
		b.Lines = append(b.Lines, fmt.Sprintf("%s files more are not shown.", thousands(more)))
	}
	if len(r.data) == 0 {
		b.Lines = append(b.Lines, "No .dvc file in data/ says which file the data are.")
	}
	if r.look == nil {
		b.Lines = append(b.Lines, "How many rows and columns it has is not known.")
		b.Missing = "dvc repro inspect"
		return b
	}
	l := r.look
	b.Facts = append(b.Facts,
		Fact{"Rows", fmt.Sprintf("%s: %s to train on, %s to test", thousands(l.Rows), thousands(l.Split.Train), thousands(l.Split.Test))},
		Fact{"Columns", fmt.Sprintf("%s, and the label%s", kindsOf(l.Inputs.Numeric, l.Inputs.Categorical), r.leftOut())},
		Fact{"Gaps", gaps(l)})
	if g := l.Groups; g != nil {
		b.Facts = append(b.Facts, Fact{"Groups", fmt.Sprintf("%s by %s, the largest of %s; all rows of one are on the same side of every split",
			thousands(g.Number), reference(r.params.Data.Group), count(g.Largest, "row", "rows"))})
	}
	b.Table = r.classes()
	return b
}

// kindsOf says how many columns are of either kind.
func kindsOf(numbers, texts int) string {
	switch {
	case texts == 0:
		return count(numbers, "column of numbers", "columns of numbers")
	case numbers == 0:
		return count(texts, "column of texts", "columns of texts")
	}
	return count(numbers, "column of numbers", "columns of numbers") + " and " + thousands(texts) + " of texts"
}

// leftOut are the other columns of the file, which are no inputs.
func (r *results) leftOut() string {
	data, text := r.params.Data, ""
	if !data.ID.IsNone() {
		text += "; the id, " + reference(data.ID)
	}
	if !data.Group.IsNone() {
		text += "; the group, " + reference(data.Group)
	}
	if len(data.Drop) > 0 {
		text += "; left out: " + list(data.Drop, reference)
	}
	return text
}

func gaps(l *look) string {
	if l.Gaps.Fields == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, in %s and %s", count(l.Gaps.Fields, "field", "fields"), count(l.Gaps.Rows, "row", "rows"), count(l.Gaps.Columns, "column", "columns"))
}

// classes are the rows of each.
func (r *results) classes() *Table {
	rows := r.look.Class.Rows
	type class struct {
		name string
		rows int
	}
	var all []class
	for name, n := range rows {
		all = append(all, class{name, n})
	}
	slices.SortFunc(all, func(a, b class) int { return cmp.Or(b.rows-a.rows, strings.Compare(a.name, b.name)) })
	all = all[:min(mostRows, len(all))]
	t := &Table{Head: []string{"class", "rows", "share"}, Kinds: "tnn"}
	for _, c := range all {
		t.Rows = append(t.Rows, []string{short(c.name, mostName), thousands(c.rows), rounded(100*float64(c.rows)/float64(max(1, r.look.Rows)), 1) + "%"})
	}
	if more := r.look.Class.Number - len(all); more > 0 {
		t.Caption = fmt.Sprintf("The %d largest of %s classes; the smallest has %s.", len(all), thousands(r.look.Class.Number), count(r.look.Class.Smallest, "row", "rows"))
	}
	return t
}

// failures says where the model is wrong.
func (r *results) failures() Block {
	b := Block{Heading: "Where it fails"}
	if r.test != nil || r.cross != nil {
		b.Lines = r.leaks()
	}
	if r.test != nil {
		b.Lines = append(b.Lines, r.worstClass()...)
	}
	if line := r.apart(); line != "" {
		b.Lines = append(b.Lines, line)
	}
	if r.test != nil {
		if f := r.test.functional; f.Cases > 0 {
			b.Lines = append(b.Lines, fmt.Sprintf("It is right about %d of %s that it has to get right.", f.Passed, count(f.Cases, "functional case", "functional cases")))
		}
		b.Table = r.perClass()
	}
	if len(b.Lines) == 0 {
		b.Lines = []string{"Nothing is known: neither the evaluation nor the cross-validation is there."}
	}
	return b
}

// A tested class is what the confusion matrix says of one.
type testedClass struct {
	rows, right int
	taken       string // for which it is taken most often
	times       int
}

func (r *results) tested() map[string]*testedClass {
	classes := map[string]*testedClass{}
	for _, pair := range r.confusion {
		c := classes[pair.Actual]
		if c == nil {
			c = &testedClass{}
			classes[pair.Actual] = c
		}
		c.rows += pair.Rows
		if pair.Predicted == pair.Actual {
			c.right += pair.Rows
		} else if pair.Rows > c.times {
			c.taken, c.times = pair.Predicted, pair.Rows
		}
	}
	return classes
}

// bySensitivity are the classes that the report has, the worst first; those without a test row are left out.
func (r *results) bySensitivity() []string {
	var classes []string
	for name, v := range r.test.Sensitivity {
		if !math.IsNaN(float64(v)) {
			classes = append(classes, name)
		}
	}
	slices.SortFunc(classes, func(a, b string) int {
		return cmp.Or(cmp.Compare(r.test.Sensitivity[a], r.test.Sensitivity[b]), strings.Compare(a, b))
	})
	return classes
}

// worstClass says which class is recognised least often, beside what a model that learned nothing would be right about.
func (r *results) worstClass() []string {
	var lines []string
	tested := r.tested()
	if classes := r.bySensitivity(); len(classes) > 0 {
		lines = append(lines, r.lowestSensitivity(classes, tested[classes[0]]))
	}
	if name, c := largest(tested); c != nil && r.test.Rows > 0 {
		lines = append(lines, fmt.Sprintf("To predict %s for every test row would be right about %d of %d (%s).", inText(name), c.rows, r.test.Rows, share(float64(c.rows)/float64(r.test.Rows))))
	}
	return lines
}

// lowestSensitivity is about the first of the classes, which are in the order of their sensitivity.
func (r *results) lowestSensitivity(classes []string, worst *testedClass) string {
	name, v := inText(classes[0]), r.test.Sensitivity[classes[0]]
	if v == 1 {
		return "It takes no test row for one of another class."
	}
	alike := 0
	for alike < len(classes) && r.test.Sensitivity[classes[alike]] == v {
		alike++
	}
	line := "The class that it recognises least often is " + name + ": sensitivity "
	if alike > 1 {
		line = thousands(alike) + " classes share the lowest sensitivity, " + name + " among them: "
	}
	line += fmt.Sprintf("%s (%s interval %s)", share(float64(v)), r.level(), bounds(r.test.SensitivityCI[classes[0]].around(v), noRow))
	if worst != nil {
		line += fmt.Sprintf(", %d of %s", worst.right, count(worst.rows, "test row", "test rows"))
		if worst.times > 0 {
			line += fmt.Sprintf("; it takes %d of them for %s", worst.times, inText(worst.taken))
		}
	}
	return line + "."
}

// largest is the class with the most test rows; of equals the first by name.
func largest(tested map[string]*testedClass) (name string, class *testedClass) {
	for n, c := range tested {
		if class == nil || c.rows > class.rows || c.rows == class.rows && n < name {
			name, class = n, c
		}
	}
	return name, class
}

// apart is how good the model is on rows that are less like those it was trained on, if a scheme shows that.
func (r *results) apart() string {
	on := func(rows string, a summary) string {
		return fmt.Sprintf("On %s, none of which it was trained on, its accuracy is %s (%s interval %s)", rows, share(float64(a.Mean)), r.level(), bounds(a.around(a.Mean), a.unbounded()))
	}
	if groups, ok := r.cross[foldfile.Grouped]["accuracy"]; ok {
		return on("groups of rows", groups) + "."
	}
	random, ok := r.cross[foldfile.Stratified]["accuracy"]
	blocks, both := r.cross[foldfile.Blocked]["accuracy"]
	if !ok || !both {
		return ""
	}
	return on("blocks of neighbouring rows", blocks) + fmt.Sprintf("; on random rows of the same file it is %s.", share(float64(random.Mean)))
}

// perClass is what the classes of the lowest sensitivity are taken for.
func (r *results) perClass() *Table {
	t := &Table{Head: []string{"class", "test rows", "sensitivity", r.level() + " interval", "taken for"}, Kinds: "tnnit"}
	tested, classes := r.tested(), r.bySensitivity()
	for _, name := range classes[:min(mostRows, len(classes))] {
		v := r.test.Sensitivity[name]
		row := []string{short(name, mostName), "", share(float64(v)), bounds(r.test.SensitivityCI[name].around(v), noRow), ""}
		if c := tested[name]; c != nil {
			row[1] = thousands(c.rows)
			if row[4] = "no other"; c.times > 0 {
				row[4] = fmt.Sprintf("%s (%d)", short(c.taken, mostName), c.times)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	t.Caption = r.lowest(len(t.Rows))
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// lowest says of a table of so many classes which they are, if they are not all.
func (r *results) lowest(shown int) string {
	more := len(r.params.Data.Classes) - shown
	if more <= 0 {
		return ""
	}
	return fmt.Sprintf("The %d classes of the lowest sensitivity; %s more are not shown.", shown, thousands(more))
}

// What package features does with values that the training rows did not have.
const (
	missingNumber = "A missing number becomes the median of the training rows."
	unseen        = "A text that the training rows do not have counts as none of theirs."
)

// inputs are the columns that the model takes.
func (r *results) inputs() []Block {
	b := Block{Heading: "What it takes"}
	columns := r.takes()
	if len(columns) == 0 {
		b.Lines = []string{"Neither the model nor inspect's columns are here."}
		b.Missing = "dvc repro train"
		return []Block{b}
	}
	numbers := 0
	for _, c := range columns {
		if c.Kind == dataset.Number {
			numbers++
		}
	}
	b.Lines = []string{fmt.Sprintf("%s, %s.", kindsOf(numbers, len(columns)-numbers), r.naming())}
	if numbers > 0 {
		b.Lines[0] += " No file says in which units the numbers are."
	}
	switch {
	case r.model == nil:
		b.Lines = append(b.Lines, "These are the columns that inspect found: the file of the model, which has those that it takes, is not here.")
	case numbers == 0:
		b.Lines = append(b.Lines, unseen)
	case numbers == len(columns):
		b.Lines = append(b.Lines, missingNumber)
	default:
		b.Lines = append(b.Lines, missingNumber+" "+unseen)
	}
	t := r.inputTable(columns)
	blocks := []Block{b, {Table: t}}
	if len(t.Rows) > 12 {
		blocks[1].Folded = "The columns"
	}
	return blocks
}

func (r *results) naming() string {
	if r.params.Data.Header {
		return "found by their names"
	}
	return "found by their positions in the row, as the file names none"
}

// takes are the columns of the model or, without one, those that inspect found.
func (r *results) takes() []features.Column {
	if r.model != nil {
		return r.model.Features.Columns
	}
	var columns []features.Column
	for i := range r.columns.rows() {
		c := features.Column{}
		c.Position = int(r.columns.number(i, r.columns.column("column")))
		c.Name = r.columns.text(i, r.columns.column("name"))
		if r.columns.text(i, r.columns.column("kind")) == "category" {
			c.Kind = dataset.Category
		}
		columns = append(columns, c)
	}
	return columns
}

func (r *results) inputTable(columns []features.Column) *Table {
	t := &Table{Head: []string{"column", "kind", "what the file has", "gaps"}, Kinds: "tttn"}
	lines := r.lines()
	for _, c := range columns[:min(mostInputs, len(columns))] {
		i, found := lines[r.key(c.Name, c.Position)]
		row := []string{short(c.Name, mostName), "number", "", ""}
		switch {
		case !r.params.Data.Header:
			row[0] = strconv.Itoa(c.Position)
		case found: // only the raw file has the position: the split lacks columns
			row[0] = r.columns.text(i, r.columns.column("column")) + " " + row[0]
		}
		if found {
			at := func(name string) float64 { return r.columns.number(i, r.columns.column(name)) }
			row[2] = fmt.Sprintf("%s to %s, median %s", plaintext.Number(at("min")), plaintext.Number(at("max")), plaintext.Number(at("median")))
			row[3] = r.columns.text(i, r.columns.column("gaps"))
			if c.Kind == dataset.Category {
				row[2] = r.columns.text(i, r.columns.column("distinct")) + " different texts"
			}
		}
		if c.Kind == dataset.Category {
			row[1] = "text"
			if len(c.Texts) > 0 {
				row[2] = names(c.Texts)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if more := len(columns) - len(t.Rows); more > 0 {
		t.Caption = fmt.Sprintf("The first %d of %s columns.", len(t.Rows), thousands(len(columns)))
	}
	return t
}

// key is what inspect and the model both know a column by: its name as inspect cuts it or, without a header, its position.
// The model has a position for a column with a name too, but that is not the raw file's if a column before it was dropped, or
// is the label, by name.
func (r *results) key(name string, position int) string {
	if r.params.Data.Header {
		return inspect.Short(name)
	}
	return strconv.Itoa(position)
}

// lines returns the line of columns.csv that each column has, by key. Columns whose names are cut to the same have none.
func (r *results) lines() map[string]int {
	lines, again := map[string]int{}, map[string]bool{}
	for i := range r.columns.rows() {
		key := r.key(r.columns.text(i, r.columns.column("name")), int(r.columns.number(i, r.columns.column("column"))))
		_, again[key] = lines[key]
		lines[key] = i
	}
	maps.DeleteFunc(lines, func(key string, _ int) bool { return again[key] })
	return lines
}

// settings are the keys of params.yaml, as it is written.
func (r *results) settings() Section {
	s := Section{ID: "params", Title: "Params", Columns: true}
	if len(r.document.Content) > 0 {
		root := r.document.Content[0]
		for i := 0; i+1 < len(root.Content); i += 2 {
			s.Blocks = append(s.Blocks, Block{Heading: root.Content[i].Value, Table: keys(root.Content[i+1])})
		}
	}
	return s
}

// keys has a line for each key of a section, which has no sections below it.
func keys(section *yaml.Node) *Table {
	t := &Table{Head: []string{"key", "value"}, Kinds: "tt"}
	for i := 0; i+1 < len(section.Content); i += 2 {
		value := section.Content[i+1]
		var items []string
		for _, item := range value.Content {
			items = append(items, spelled(item))
		}
		text := spelled(value)
		if value.Kind == yaml.SequenceNode {
			if text = names(items); text == "" {
				text = "[]"
			}
		}
		t.Rows = append(t.Rows, []string{section.Content[i].Value, text})
	}
	return t
}

// spelled shows a text without letters too.
func spelled(value *yaml.Node) string {
	if value.Value == "" {
		return "''"
	}
	return value.Value
}
