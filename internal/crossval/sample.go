package crossval

import (
	"cmp"
	"slices"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/random"
)

// sampleRows returns the rows, ascending, that predictions.csv has of n: all, or the limit whose draws are
// lowest. The draw of a row is a function of its number alone, so every revision has the same rows.
func sampleRows(n, limit int) []int {
	rows := rowsTo(n)
	if n <= limit {
		return rows
	}
	draws := make([]float64, n)
	for row := range draws {
		random.Stream{Purpose: random.Sample}.Uniforms(draws[row:][:1], 0, uint32(row), 0)
	}
	slices.SortFunc(rows, func(a, b int) int { return cmp.Or(cmp.Compare(draws[a], draws[b]), cmp.Compare(a, b)) })
	rows = rows[:limit:limit]
	slices.Sort(rows)
	return rows
}

// maxSample is the number of rows that predictions.csv may have: foldfile.MaxRows, or fewer if lines are
// so long that it could not be read again.
func maxSample(table *dataset.Table, p *params.Params) int {
	const numbers = 40 // bytes of the row's number and its loss, and commas
	line := numbers + (p.Crossvalidate.Repeats+1)*longestField(p.Data.Classes) + longestField(table.Groups) + longestField(table.IDs)
	return min(foldfile.MaxRows, foldfile.MaxSize/2/line)
}

// longestField is the most bytes that a text takes in a CSV file, its quotes and comma included.
func longestField(texts []string) int {
	longest := 0
	for _, text := range texts {
		longest = max(longest, len(text))
	}
	return 2*longest + 3
}
