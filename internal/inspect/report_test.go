package inspect

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/dataset/datasettest"
	"example.com/sonar/internal/metrics"
	"example.com/sonar/internal/params"
	"example.com/sonar/internal/plot"
)

// read reads a table, with a header, whose label is the last column.
func read(t testing.TB, csv string, change func(*params.Data)) *dataset.Table {
	t.Helper()
	data := params.Data{Classes: []string{"a", "b"}, Header: true, Missing: []string{"", "NA"}}
	if change != nil {
		change(&data)
	}
	table, err := dataset.Read(context.Background(), namedReader{bytes.NewReader([]byte(csv)), "t.csv"}, data)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func describe(t testing.TB, table *dataset.Table, train, test []int, folds int) *Report {
	t.Helper()
	r, err := Describe(context.Background(), table, train, test, folds)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// randomTable has rows of small integers, gaps and texts, so that rows and values repeat.
func randomTable(rng *rand.Rand, rows int) string {
	var b strings.Builder
	b.WriteString("x,y,kind,class\n")
	number := func() string {
		if rng.IntN(6) == 0 {
			return ""
		}
		return fmt.Sprint(rng.IntN(4) - 1)
	}
	for i := range rows {
		class := []string{"a", "b", "c"}[min(i, rng.IntN(3))]
		if i < 3 {
			class = "abc"[i : i+1]
		}
		fmt.Fprintf(&b, "%s,%s,%s,%s\n", number(), number(), []string{"u", "v", ""}[rng.IntN(3)], class)
	}
	return b.String()
}

func threeClasses(d *params.Data) {
	d.Classes = []string{"a", "b", "c"}
	d.Categorical = []params.Column{{Name: "kind"}}
}

func TestEqualRowsAreThoseThatComparingAllPairsFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		table := read(t, randomTable(rng, 4+rng.IntN(60)), threeClasses)
		order := rng.Perm(table.Rows())
		cut := len(order) * 3 / 4
		train, test := order[:cut], order[cut:]
		equal := func(i, j int) bool {
			return i != j && fmt.Sprint(table.Numbers(i), table.Codes(i)) == fmt.Sprint(table.Numbers(j), table.Codes(j))
		}
		var want Equal
		for i := range table.Rows() {
			earlier, other := false, false
			for j := range table.Rows() {
				earlier = earlier || j < i && equal(i, j)
				other = other || equal(i, j) && table.Labels[i] != table.Labels[j]
			}
			if earlier {
				want.Repeated++
			}
			if other {
				want.OtherLabels++
			}
		}
		for _, i := range test {
			if slices.ContainsFunc(train, func(j int) bool { return equal(i, j) }) {
				want.BothSides++
			}
		}
		got := compareRows(table, train, test)
		if got.Repeated != want.Repeated || got.OtherLabels != want.OtherLabels || got.BothSides != want.BothSides {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		if p := got.Repeat; got.Repeated > 0 && !equal(p[0], p[1]) {
			t.Errorf("rows %v are not equal", p)
		}
		if p := got.OtherLabel; got.OtherLabels > 0 && (!equal(p[0], p[1]) || table.Labels[p[0]] == table.Labels[p[1]]) {
			t.Errorf("rows %v do not differ in the label alone", p)
		}
		if p := got.Leak; got.BothSides > 0 && (!equal(p[0], p[1]) || !slices.Contains(train, p[0]) || !slices.Contains(test, p[1])) {
			t.Errorf("rows %v are not equal on both sides", p)
		}
	}
}

func TestZeroEqualsMinusZeroAndGapsEqualEachOther(t *testing.T) {
	table := read(t, "x,y,class\n0,,a\n-0.0,NA,b\n0,0,b\n", nil)
	if got := compareRows(table, nil, nil); got.Repeated != 1 || got.OtherLabels != 2 {
		t.Errorf("got %+v, want rows 0 and 1 equal", got)
	}
}

// bestByPairs returns the best AUC of one class against the rest by comparing all pairs of rows whose scores can be compared, in
// the better direction of two if there are two.
func bestByPairs(scores func(class int) []float64, comparable func(i, j int) bool, directions int, labels []int, classes int) float64 {
	best := 0.0
	for class := range classes {
		s := scores(class)
		var higher, pairs float64
		rows, others := 0, 0
		for i, v := range s {
			switch {
			case math.IsNaN(v):
				continue
			case labels[i] == class:
				rows++
			default:
				others++
				continue
			}
			for j, w := range s {
				if labels[j] != class && !math.IsNaN(w) && comparable(i, j) {
					pairs++
					if v > w {
						higher++
					} else if v == w {
						higher += 0.5
					}
				}
			}
		}
		if min(rows, others) >= leastRows {
			best = max(best, higher/pairs)
			if directions == 2 {
				best = max(best, 1-higher/pairs)
			}
		}
	}
	return best
}

func TestColumnsAreDescribedAsTheirDefinitionsSay(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	always := func(int, int) bool { return true }
	for range 100 {
		table := read(t, randomTable(rng, 15+rng.IntN(60)), threeClasses)
		r := describe(t, table, nil, nil, 2)
		for slot, c := range r.Columns[:2] {
			var values []float64
			scores, gaps := make([]float64, table.Rows()), make([]float64, table.Rows())
			for row := range table.Rows() {
				scores[row] = table.Numbers(row)[slot]
				if math.IsNaN(scores[row]) {
					gaps[row] = 1
				} else {
					values = append(values, scores[row])
				}
			}
			slices.Sort(values)
			mean, squares := 0.0, 0.0
			for _, v := range values {
				mean += v / float64(len(values))
			}
			for _, v := range values {
				squares += (v - mean) * (v - mean)
			}
			n := len(values)
			near(t, "mean", c.Mean(), mean)
			near(t, "sd", c.SD(), math.Sqrt(squares/float64(n-1)))
			near(t, "median", c.Median, (values[(n-1)/2]+values[n/2])/2)
			near(t, "min", c.Min, values[0])
			near(t, "max", c.Max, values[n-1])
			near(t, "auc", c.Best.AUC, bestByPairs(func(int) []float64 { return scores }, always, 2, table.Labels, 3))
			if c.Gaps > 0 {
				near(t, "auc of gaps", c.BestGap.AUC, bestByPairs(func(int) []float64 { return gaps }, always, 2, table.Labels, 3))
			}
			if got, want := c.Distinct, len(slices.Compact(values)); got != want || c.Gaps != table.Rows()-n {
				t.Errorf("%d different values and %d gaps, want %d and %d", got, c.Gaps, want, table.Rows()-n)
			}
			if merged := mergeAll(c.ByClass); merged.N != c.N || math.Abs(merged.Mean()-c.Mean()) > 1e-12 || math.Abs(merged.SD()-c.SD()) > 1e-9 {
				t.Errorf("the classes together have %+v, the column %+v", merged, c.Moments)
			}
		}
		half, seen := make([]int, table.Rows()), [3]int{} // every second row of each class is in the other half
		for i, label := range table.Labels {
			half[i] = seen[label] % 2
			seen[label]++
		}
		share := func(class int) []float64 {
			scores := make([]float64, table.Rows())
			for i := range scores {
				var hits, rows, allHits, allRows float64
				for j := range scores {
					if half[j] == half[i] {
						continue
					}
					hit := 0.0
					if table.Labels[j] == class {
						hit = 1
					}
					allHits, allRows = allHits+hit, allRows+1
					if table.Codes(j)[0] == table.Codes(i)[0] {
						hits, rows = hits+hit, rows+1
					}
				}
				if scores[i] = hits / rows; rows == 0 {
					scores[i] = allHits / allRows
				}
			}
			return scores
		}
		sameHalf := func(i, j int) bool { return half[i] == half[j] }
		near(t, "auc of texts", r.Columns[2].Best.AUC, bestByPairs(share, sameHalf, 1, table.Labels, 3))
	}
}

func TestTextsThatSayNothingHaveAnAUCOfOneHalf(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	const tables = 200
	sum := 0.0
	for range tables {
		table := read(t, "c,class\n"+rows(300, func(int) string { return fmt.Sprintf("t%d,%s", rng.IntN(30), "ab"[rng.IntN(2):][:1]) }),
			func(d *params.Data) { d.Categorical = []params.Column{{Name: "c"}}; d.Classes = []string{"a", "b"} })
		sum += describe(t, table, nil, nil, 2).Columns[0].Best.AUC / tables
	}
	if math.Abs(sum-0.5) > 0.01 { // four standard errors
		t.Errorf("the mean AUC is %.4f, want 0.5", sum)
	}
}

func mergeAll(list []metrics.Moments) (all metrics.Moments) {
	for _, m := range list {
		all.Merge(m)
	}
	return all
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}

// harmless is 20 rows without any warning.
func harmless(columns ...string) string {
	rng := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	b.WriteString(strings.Join(append([]string{"x"}, columns...), ",") + ",class\n")
	for row := range 20 {
		fmt.Fprintf(&b, "%.3f,%s%s\n", rng.Float64(), strings.Repeat("%COLUMN%,", len(columns)), "ab"[row%2:row%2+1])
	}
	return b.String()
}

// fill returns the harmless rows with a column of these values.
func fill(value func(row int) string) string {
	text := harmless("c")
	for row := range 20 {
		text = strings.Replace(text, "%COLUMN%", value(row), 1)
	}
	return text
}

// measured has three rows of each of 12 patients, whose height and weight do not change.
func measured(patientOf func(i int) string) string {
	rng := rand.New(rand.NewPCG(7, 8))
	var b strings.Builder
	b.WriteString("patient,visit,height,weight,pulse,class\n")
	for i := range 12 {
		height, weight := 150+rng.IntN(9), 50+rng.IntN(9)
		for visit := range 3 {
			fmt.Fprintf(&b, "%s,%d,%d,%d,%d,%s\n", patientOf(i), visit, height, weight, 60+rng.IntN(30), "ab"[rng.IntN(2):][:1])
		}
	}
	return b.String()
}

func TestAColumnThatJoinsRowsIsFound(t *testing.T) {
	number := func(i int) string { return fmt.Sprint(70 - 3*i) }
	category := func(d *params.Data) { d.Categorical = []params.Column{{Name: "patient"}} }
	found := []string{`column 1 ("patient"): column 3 ("height"), column 4 ("weight")`}
	tests := []struct {
		name, csv string
		change    func(*params.Data)
		want      []string // the columns, with what agrees
	}{
		{"numbers of patients", measured(number), nil, found},
		{"names of patients", measured(func(i int) string { return fmt.Sprint("P", i) }), category, found},
		{"numbers that are no integers", measured(func(i int) string { return fmt.Sprint(float64(i) + 0.5) }), nil, nil},
		{"a group already", measured(number), func(d *params.Data) { d.Group = params.Column{Name: "patient"} }, nil},
		{"patients who decide one column and the class", "patient,height,pulse,class\n" + rows(60, func(i int) string {
			return fmt.Sprintf("%d,%d,%d,%s", i%20, 150+i%20*11%40, 60+i*i%31, "ab"[i%20*7%5%2:][:1])
		}), nil, []string{`column 1 ("patient"): column 2 ("height"), the class`}},
		{"what is computed from a number", "year,decade,age,class\n" + rows(60, func(i int) string {
			year := 1950 + i*7%30
			return fmt.Sprintf("%d,%d,%d,%s", year, year/10*10, 2024-year, []string{"a", "b", "b"}[i/7%3])
		}), nil, nil},
		{"columns that are nearly constant", "code,rare,seldom,class\n" + rows(100, func(i int) string {
			code, is := i*37%50, map[bool]int{true: 1}
			return fmt.Sprintf("%d,%d,%d,%s", code, is[code == 7], is[code == 30], []string{"a", "b", "b"}[i%3])
		}), nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, c := range describe(t, read(t, test.csv, test.change), nil, nil, 2).Columns {
				if c.Agree != nil {
					got = append(got, c.String()+": "+strings.Join(c.Agree, ", "))
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	alternate := func(row int) string { return "ab"[row%2 : row%2+1] }
	category := func(d *params.Data) { d.Categorical = []params.Column{{Name: "c"}} }
	tests := []struct {
		name        string
		csv         string
		change      func(*params.Data)
		train, test []int
		folds       int
		want        []string
	}{
		{name: "nothing is said of harmless rows", csv: harmless()},
		{
			name: "equal rows on both sides", csv: "x,class\n1,a\n2,b\n1,a\n3,b\n", train: []int{0, 1}, test: []int{2, 3},
			want: []string{
				"1 of 2 test rows equal a training row in all inputs, first row 2, which equals row 0: a model can memorise them",
				"1 of 4 rows equal an earlier one in all inputs, first row 2, which equals row 0: folds can have them on both sides",
			},
		},
		{
			name: "equal rows of two classes", csv: "x,class\n1,a\n2,b\n1,b\n3,b\n",
			want: []string{
				"1 of 4 rows equal an earlier one in all inputs, first row 2, which equals row 0: folds can have them on both sides",
				"2 rows equal a row with another label in all inputs, first rows 0 and 2: no model can be right about all of them",
			},
		},
		{
			name: "constant numbers", csv: fill(func(int) string { return "7" }),
			want: []string{`column 2 ("c") is constant: list it in data.drop`},
		},
		{
			name: "constant texts", csv: fill(func(int) string { return "u" }), change: category,
			want: []string{`column 2 ("c") is constant: list it in data.drop`},
		},
		{
			name: "no value", csv: fill(func(int) string { return "" }),
			want: []string{`column 2 ("c") has no value: list it in data.drop`},
		},
		{
			name: "counting from 0", csv: fill(func(row int) string { return fmt.Sprint(row) }),
			want: []string{`column 2 ("c") counts the rows: if it is an index, list it in data.drop, or make it data.id`},
		},
		{
			name: "counting from 1", csv: fill(func(row int) string { return fmt.Sprint(row + 1) }),
			want: []string{`column 2 ("c") counts the rows: if it is an index, list it in data.drop, or make it data.id`},
		},
		{
			name: "numbers that give the class away", csv: fill(func(row int) string { return fmt.Sprint(100*(row%2) - row) }),
			want: []string{`column 2 ("c") alone separates class "a" from the rest, with an AUC of 1.0000: is it known before the class is?`},
		},
		{
			name: "texts that give the class away", csv: fill(func(row int) string { return "u" + alternate(row) }), change: category,
			want: []string{`column 2 ("c") alone separates class "a" from the rest, with an AUC of 1.0000: is it known before the class is?`},
		},
		{
			name: "gaps that give the class away",
			csv:  fill(func(row int) string { return []string{"", fmt.Sprint((row * 7) % 11)}[row%2] }),
			want: []string{
				`column 2 ("c") by its gaps alone separates class "a" from the rest, with an AUC of 1.0000: is it known before the class is?`,
				`column 2 ("c") has gaps in 10 of 20 rows`,
			},
		},
		{
			name: "a code in place of gaps", csv: fill(func(row int) string { return []string{fmt.Sprint((row * 7) % 11), "-999"}[row/9%2] }),
			want: []string{`column 2 ("c") has -999 in 9 rows, far from all other values: if it means no value, list it in data.missing`},
		},
		{
			name: "nines that are not far from the others", csv: fill(func(row int) string { return fmt.Sprint((row*7)%11*9 + row/10*9) }),
		},
		{
			name: "mostly distinct texts", csv: fill(func(row int) string { return fmt.Sprintf("t%d", row) }), change: category,
			want: []string{`column 2 ("c") has 20 different texts in 20 rows: what a model learns about one does not apply to new rows; list it in data.drop, or make it data.id`},
		},
		{
			name: "categories that are numbers", csv: fill(func(row int) string { return fmt.Sprint(row / 2 % 2) }), change: category,
			want: []string{`column 2 ("c") is in data.categorical, and all its texts are numbers: if their order matters, take it out`},
		},
		{
			name: "fewer rows of a class than folds", csv: harmless(), folds: 11,
			want: []string{
				`class "a" has 10 of 20 rows, fewer than the 11 folds: crossvalidate needs as many: set crossvalidate.splits to 10 or less`,
				`class "b" has 10 of 20 rows, fewer than the 11 folds: crossvalidate needs as many: set crossvalidate.splits to 10 or less`,
			},
		},
		{
			name: "a class that is too small for any folds", csv: harmless() + "1,c\n", folds: 2,
			change: func(d *params.Data) { d.Classes = []string{"a", "b", "c"} },
			want:   []string{`class "c" has 1 of 21 rows, fewer than the 2 folds: crossvalidate needs as many`},
		},
		{
			name: "a class that nearly all rows have", csv: harmless() + rows(100, func(i int) string { return fmt.Sprintf("%d.5,b", i*37%101) }),
			want: []string{`class "b" has 0.9167 of the rows, which is the accuracy of predicting nothing else: look at balanced_accuracy or average_precision`},
		},
		{
			name: "a part without a class", csv: harmless(), train: []int{0, 1, 2}, test: []int{4},
			want: []string{`the rows to test on have none of class "b"`},
		},
		{
			name: "groups of one row", csv: fill(func(row int) string { return fmt.Sprint(max(row, 3)) }), folds: 18,
			change: func(d *params.Data) { d.Group = params.Column{Name: "c"} },
			want: []string{
				`class "a" has 10 of 20 rows, fewer than the 18 folds: some folds do not test it`,
				`class "b" has 10 of 20 rows, fewer than the 18 folds: some folds do not test it`,
				`16 of 17 groups have one row, first "4": is data.group what joins rows?`,
				`there are 17 groups for 18 folds: crossvalidate needs as many groups as folds`,
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := describe(t, read(t, test.csv, test.change), test.train, test.test, test.folds)
			if !slices.Equal(r.Warnings, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(r.Warnings, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestNoiseIsNotSaidToGiveAClassAway uses many columns of noise and a class of few rows.
func TestNoiseIsNotSaidToGiveAClassAway(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const rows, columns = 100, 200
	table := dataset.NewTable(datasettest.NumberColumns(columns))
	table.Schema = &dataset.Schema{Data: params.Data{Classes: []string{"a", "b"}}}
	for row := range rows {
		numbers := make([]float64, columns)
		for i := range numbers {
			numbers[i] = rng.NormFloat64()
		}
		table.Append(numbers, nil, min(1, row/leastRows))
	}
	for _, warning := range describe(t, table, nil, nil, 5).Warnings {
		if !strings.HasPrefix(warning, `class "b" has 0.9500 of the rows`) {
			t.Error(warning)
		}
	}
}

func outputs(t testing.TB, r *Report) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, file := range r.Files() {
		var b bytes.Buffer
		if err := file.Write(&b); err != nil {
			t.Fatal(err)
		}
		texts[file.Path] = b.String()
	}
	return texts
}

// TestOutputsAreSmallWhateverTheTable uses many columns with long names that need quotes, and many classes with such labels.
func TestOutputsAreSmallWhateverTheTable(t *testing.T) {
	const columns, classes = 3000, 200
	rng := rand.New(rand.NewPCG(9, 10))
	long := strings.Repeat(`"é`, 500)
	data := params.Data{Header: true}
	for class := range classes {
		data.Classes = append(data.Classes, fmt.Sprint(`"`, class, long))
	}
	inputs := datasettest.NumberColumns(columns)
	for i := range inputs {
		inputs[i].Name = fmt.Sprint(`"`, i, long)
	}
	table := dataset.NewTable(inputs)
	table.Schema = &dataset.Schema{Data: data}
	for row := range 2 * classes {
		numbers := make([]float64, columns)
		for i := range numbers {
			numbers[i] = -rng.Float64() * 1e-300
		}
		table.Append(numbers, nil, row%classes)
	}
	r := describe(t, table, nil, nil, 10)
	size := 0
	for path, text := range outputs(t, r) {
		t.Log(path, len(text))
		size += len(text)
	}
	if size >= plot.MaxBytes {
		t.Errorf("the outputs take %d bytes, want less than a megabyte", size)
	}
	if got := len(r.Warnings); got > 100 {
		t.Errorf("%d warnings", got)
	}
}

func TestOutputsDoNotDependOnTheNumberOfThreads(t *testing.T) {
	table := read(t, randomTable(rand.New(rand.NewPCG(11, 12)), 500), threeClasses)
	want := outputs(t, describe(t, table, []int{0, 1, 2}, []int{3, 4, 5}, 3))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(7))
	for path, text := range outputs(t, describe(t, table, []int{0, 1, 2}, []int{3, 4, 5}, 3)) {
		if text != want[path] {
			t.Errorf("%s differs", path)
		}
	}
}

// TestReportIsNumbersAlone checks that the report is what a DVC metric must be, with values that JSON cannot represent.
func TestReportIsNumbersAlone(t *testing.T) {
	for _, csv := range []string{harmless(), fill(func(int) string { return "" }), fill(func(row int) string { return fmt.Sprintf("%de307", 17-row) })} {
		var root any
		text := outputs(t, describe(t, read(t, csv, nil), nil, nil, 2))["report.json"]
		if err := json.Unmarshal([]byte(text), &root); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var check func(at string, v any)
		check = func(at string, v any) {
			switch v := v.(type) {
			case map[string]any:
				for key, item := range v {
					check(at+"."+key, item)
				}
			case float64, nil:
			default:
				t.Errorf("%s is %v", at, v)
			}
		}
		check("", root)
	}
}

func TestMeansOfNamedColumnsAreInStandardDeviations(t *testing.T) {
	const csv = "x,class\n1,a\n3,a\n5,b\n7,b\n"
	named := outputs(t, describe(t, read(t, csv, nil), nil, nil, 2))["plots/means.csv"]
	unnamed := outputs(t, describe(t, read(t, strings.TrimPrefix(csv, "x,class\n"), func(d *params.Data) { d.Header = false }), nil, nil, 2))["plots/means.csv"]
	sd, root := math.Sqrt(20.0/3), math.Sqrt(2)
	want := fmt.Sprintf("column,name,class,mean,mean_low,mean_high\n1,x,a,%s,%s,%s\n1,x,b,%s,%s,%s\n",
		number(-2/sd), number(-2/sd-root/sd), number(-2/sd+root/sd), number(2/sd), number(2/sd-root/sd), number(2/sd+root/sd))
	if named != want {
		t.Errorf("with names\n%swant\n%s", named, want)
	}
	want = fmt.Sprintf("column,name,class,mean,mean_low,mean_high\n1,,a,2,%s,%s\n1,,b,6,%s,%s\n",
		number(2-root), number(2+root), number(6-root), number(6+root))
	if unnamed != want {
		t.Errorf("without names\n%swant\n%s", unnamed, want)
	}
}
