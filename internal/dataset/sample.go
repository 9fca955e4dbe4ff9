package dataset

// A Sample is some rows of a table in some order. Splits and folds are samples of one table, not copies. The zero
// Sample has no rows.
type Sample struct {
	Table *Table
	Rows  []int // their numbers in the table

	// HandedOver says that nobody else uses these rows of the table: their numbers may be changed in place, once.
	HandedOver bool
}

// All returns the sample of all rows, in the table's order.
func (t *Table) All() Sample {
	rows := make([]int, t.Rows())
	for i := range rows {
		rows[i] = i
	}
	return Sample{Table: t, Rows: rows}
}

// HandOver is All for a caller that does not use the table again.
func (t *Table) HandOver() Sample {
	s := t.All()
	s.HandedOver = true
	return s
}

// Len returns the number of rows.
func (s Sample) Len() int { return len(s.Rows) }

// Numbers returns the numbers of the sample's row i, as Table.Numbers does.
func (s Sample) Numbers(i int) []float64 { return s.Table.Numbers(s.Rows[i]) }

// Codes returns the codes of the sample's row i, as Table.Codes does.
func (s Sample) Codes(i int) []int32 { return s.Table.Codes(s.Rows[i]) }

// Labels returns the label of each row, an index into the classes.
func (s Sample) Labels() []int {
	labels := make([]int, len(s.Rows))
	for i, row := range s.Rows {
		labels[i] = s.Table.Labels[row]
	}
	return labels
}

// Select returns the sample of some of the rows, by their numbers in the sample.
func (s Sample) Select(rows []int) Sample {
	selected := Sample{Table: s.Table, Rows: make([]int, len(rows))}
	for i, row := range rows {
		selected.Rows[i] = s.Rows[row]
	}
	return selected
}

// Groups returns the group of each row, or nil if there are no groups.
func (s Sample) Groups() []string {
	if s.Table == nil || s.Table.Groups == nil {
		return nil
	}
	groups := make([]string, len(s.Rows))
	for i, row := range s.Rows {
		groups[i] = s.Table.Groups[row]
	}
	return groups
}
