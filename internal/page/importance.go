package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// An importance is what a column is worth to the models of the cross-validation.
type importance struct {
	column         string
	loss, accuracy span
}

// ranked returns the columns of importance.csv, the most important first.
func (r *results) ranked() []importance {
	t := r.importance
	var list []importance
	interval := func(i int, name string) span {
		return span{t.number(i, t.column(name)), t.number(i, t.column(name+"_low")), t.number(i, t.column(name+"_high"))}
	}
	for i := range t.rows() {
		list = append(list, importance{t.text(i, t.column("column")), interval(i, "loss"), interval(i, "accuracy")})
	}
	slices.SortStableFunc(list, func(a, b importance) int { return cmp.Compare(b.loss.Value, a.loss.Value) })
	return list
}

// importances are the columns that the model's scores depend on most.
func (r *results) importances() Section {
	s := Section{ID: "importance", Title: "Importance of the columns", Columns: true}
	if r.importance == nil {
		s.Blocks = []Block{missing("How much the scores depend on each column", "crossvalidate")}
		return s
	}
	all := r.ranked()
	shown := all[:min(mostRows, len(all))]
	s.Blocks = []Block{{
		Lines:   []string{"How much worse the predictions of the tested rows get when the values of a column are shuffled among them, by cross-validation. An interval that includes 0 shows nothing, and there is none if all folds are alike. Columns that say the same hide each other."},
		Figures: importanceFigure(shown),
	}, {
		Table: r.importanceTable(shown, len(all)),
	}}
	return s
}

func (r *results) importanceTable(shown []importance, all int) *Table {
	t := &Table{
		Caption: fmt.Sprintf("%s, the most important first.", count(all, "column", "columns")),
		Head:    []string{"column", "rise in loss", r.level() + " interval", "drop in accuracy", r.level() + " interval"},
		Kinds:   "tnini",
	}
	if len(shown) < all {
		t.Caption = fmt.Sprintf("The %d most important of %s columns.", len(shown), thousands(all))
	}
	interval := func(s span) string {
		if !s.bounded() {
			return none // the section says why
		}
		return bounds(s, "")
	}
	for _, i := range shown {
		t.Rows = append(t.Rows, []string{short(i.column, mostName), share(i.loss.Value), interval(i.loss), share(i.accuracy.Value), interval(i.accuracy)})
	}
	return t
}

// importanceFigure leaves out the columns without an interval: they made no difference in any fold.
func importanceFigure(shown []importance) []Figure {
	var names []string
	var spans []span
	for _, i := range shown {
		if !math.IsNaN(i.loss.Value) && !math.IsNaN(i.loss.Low) {
			names, spans = append(names, i.column), append(spans, i.loss)
		}
	}
	if len(names) == 0 {
		return nil
	}
	c := bareChart("rise in loss", "")
	c.grid(false)
	c.lying(names, spans, series(0))
	first := min(5, len(names))
	return []Figure{{
		Title: "Rise in loss when a column is shuffled",
		SVG:   c.render("importance-plot", "Importance of the columns", "Rise in loss: "+inWords(names[:first], spans[:first])),
	}}
}
