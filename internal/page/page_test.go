package page

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/plot/font"

	"example.com/sonar/internal/dataset"
	"example.com/sonar/internal/features"
	"example.com/sonar/internal/inspect"
	"example.com/sonar/internal/mlp"
	"example.com/sonar/internal/model"
	"example.com/sonar/internal/params"
)

// project is the files of a project in a folder.
type project struct {
	*testing.T
	dir string
}

func newProject(t *testing.T) project { return project{t, t.TempDir()} }

func (p project) write(path, text string) {
	p.Helper()
	path = filepath.Join(p.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		p.Fatal(err)
	}
}

// make makes the page, without a base revision.
func (p project) make() string {
	p.Helper()
	made, err := Make(p.Context(), p.dir, "")
	if err != nil {
		p.Fatal(err)
	}
	var b bytes.Buffer
	if err := made.Write(&b); err != nil {
		p.Fatal(err)
	}
	return b.String()
}

func (p project) wantText(page string, want ...string) {
	p.Helper()
	said := words(p.T, page)
	for _, text := range want {
		if !strings.Contains(said, text) {
			p.Errorf("the page does not say %q", text)
		}
	}
}

var space = regexp.MustCompile(`\s+`)

// words returns what a page says, without its elements. It fails if they are not properly nested.
func words(t *testing.T, page string) string {
	t.Helper()
	from := strings.Index(page, "<body>")
	page = regexp.MustCompile(`<(meta|link|br)[^>]*>`).ReplaceAllString(page[from:], "")
	decoder := xml.NewDecoder(strings.NewReader(strings.TrimSuffix(strings.TrimSpace(page), "</html>")))
	decoder.Entity = xml.HTMLEntity
	var b strings.Builder
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return strings.ReplaceAll(space.ReplaceAllString(b.String(), " "), " . ", ". ")
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			b.Write(token)
		case xml.EndElement:
			b.WriteString(" ")
		}
	}
}

// paramsOf is a params.yaml with these classes.
func paramsOf(classes []string, header bool) string {
	var list strings.Builder
	for _, class := range classes {
		fmt.Fprintf(&list, "  - %s\n", quoted(class))
	}
	return "data:\n  classes:\n" + list.String() + "  header: " + strconv.FormatBool(header) + `
  label: ''
  id: ''
  group: ''
  drop: []
  categorical: []
  missing:
  - ''
  - NA
prepare: {test_size: 0.25, random_state: 42}
train:
  seed: 0
  hidden_sizes:
  - 40
  activation: relu
  output: sigmoid
  loss: cross_entropy
  optimizer: adam
  learning_rate: 0.01
  momentum: 0.9
  weight_decay: 0
  schedule: constant
  epochs: 80
  batch_size: 0
  scaling: none
  dropout: 0
  input_noise: 0
  label_smoothing: 0
  class_weight: none
  ensemble: 1
  patience: 0
  checkpoint_every: 0
evaluate: {confidence: 0.95}
crossvalidate: {splits: 10, repeats: 10, random_state: 0}
`
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// columnsHead is the first line of columns.csv, without what the page does not read.
const columnsHead = "column,name,kind,gaps,distinct,min,median,max,auc,auc_class\n"

// small is a project that has every file.
func small(t *testing.T) project {
	t.Helper()
	p := newProject(t)
	p.fill([]string{"a", "b", "c"}, []string{"x", "y", "z"})
	p.write("experiments/live/metrics.json", `{"step": 79, "train": {"loss": 0.4, "accuracy": 0.92, "f1_macro": 0.92}, "val": {}}`)
	p.writeModel(&model.Model{
		Data: params.Data{Classes: []string{"a", "b", "c"}, Header: true},
		Features: &features.Features{Scaling: params.None, Columns: []features.Column{
			{Column: dataset.Column{Name: "x", Position: 1, Kind: dataset.Number}, Median: 1},
			{Column: dataset.Column{Name: "y", Position: 2, Kind: dataset.Category}, Texts: []string{"green", "red"}},
		}},
		Members: []*mlp.Network{mlp.NewNetwork([]int{3, 5, 3}, params.Tanh, params.Linear), mlp.NewNetwork([]int{3, 5, 3}, params.Tanh, params.Linear)},
	})
	return p
}

func (p project) writeModel(m *model.Model) {
	p.Helper()
	var b bytes.Buffer
	if err := model.Encode(&b, m); err != nil {
		p.Fatal(err)
	}
	p.write(modelPath, b.String())
}

func TestTestRowsInGroupsAreCountedByGroup(t *testing.T) {
	p := newProject(t)
	p.write("params.yaml", paramsOf([]string{"R", "M"}, false))
	p.write("experiments/evaluation/metrics.json", `{"test": {"rows": 52, "groups": 9, "accuracy": 0.8, "accuracy_ci": {"low": 0.5, "high": 0.9}}}`)
	p.wantText(p.make(), "52 rows that were held out, in 9 groups 0.800 0.500 to 0.900",
		"Of 52 rows that were held out, in 9 groups. Only accuracy has an interval here, Wilson's, which allows for rows of a group being alike. average_precision")
}

func TestTheCardIsFromTheFiles(t *testing.T) {
	p := newProject(t)
	p.write("params.yaml", paramsOf([]string{"R", "M"}, false))
	p.write("dvc.yaml", "artifacts:\n  other: {path: x, desc: Not this}\n  it: {path: experiments/model.safetensors, desc: Tells rocks from metal}\n")
	p.write("data/table.csv.dvc", "outs:\n- md5: 0f0265348129ba2f72f76d9adc7b36b6\n  size: 87984\n  hash: md5\n  path: table.csv\n")
	p.write("experiments/data/report.json", `{"rows": 208, "inputs": {"numeric": 60, "categorical": 0}, "gaps": {"fields": 3, "rows": 2, "columns": 1},
		"classes": {"number": 2, "smallest": 97, "largest": 111, "rows": {"M": 111, "R": 97}}, "split": {"train": 156, "test": 52}, "warnings": 0}`)
	p.write("experiments/data/columns.csv", columnsHead+"1,,number,3,9,0.5,1.25,20000000,0.9899,R\n")
	p.write("experiments/live/metrics.json", `{"step": 79, "train": {"loss": 0.4, "accuracy": 0.92, "f1_macro": 0.92}, "val": {}}`)
	p.write("experiments/evaluation/metrics.json", `{"test": {"rows": 52, "accuracy": 0.8269, "accuracy_ci": {"low": 0.702691, "high": 0.906175},
		"sensitivity": {"M": 0.9643, "R": 0.6667}, "sensitivity_ci": {"M": {"low": 0.823, "high": 0.994}, "R": {"low": 0.467063, "high": 0.820278}},
		"class_f1": {"M": 0.86, "R": 0.78}}, "functional": {"cases": 2, "passed": 1}}`)
	p.write("experiments/evaluation/plots/confusion_matrix.json",
		`[{"actual":"R","predicted":"R","rows":16},{"actual":"R","predicted":"M","rows":8},{"actual":"M","predicted":"R","rows":1},{"actual":"M","predicted":"M","rows":27}]`)
	p.write("experiments/crossvalidation/metrics.json", `{"stratified": {"accuracy": {"mean": 0.8128, "low": 0.758081, "high": 0.867491}},
		"blocked": {"accuracy": {"mean": 0.6781, "low": 0.45721, "high": null}}}`)
	p.wantText(p.make(),
		"Tells rocks from metal.",
		"the last column of the file, one of 2 classes with a probability for each: R, M",
		"data/table.csv, MD5 0f0265348129ba2f72f76d9adc7b36b6, 87,984 bytes",
		"208: 156 to train on, 52 to test",
		"52 rows that were held out 0.827 0.703 to 0.906",
		"Of 52 rows that were held out. Only accuracy has an interval here, Wilson's. The cross-validation has one for each of its metrics.",
		"10 repeats of 10 folds of random rows 0.813 0.758 to 0.867",
		"The class that it recognises least often is R: sensitivity 0.667 (95% interval 0.467 to 0.820), 16 of 24 test rows; it takes 8 of them for M.",
		"To predict M for every test row would be right about 28 of 52 (0.538).",
		"accuracy is 0.678 (95% interval none: all folds are alike); on random rows of the same file it is 0.813.",
		"It is right about 1 of 2 functional cases that it has to get right.",
		"3 fields, in 2 rows and 1 column",
		"M 111 53.4% R 97 46.6%",
		"1 column of numbers, found by their positions in the row, as the file names none. No file says in which units the numbers are.",
		"1 number 0.5 to 20000000, median 1.25 3",
		"experiments/model.safetensors is not here",
		"inspect found nothing to warn of.",
		"learning_rate 0.01",
	)
}

func TestTheCardKnowsTheModelByItsFile(t *testing.T) {
	small(t).wantText(small(t).make(),
		"3 inputs, one hidden layer of 5 units (tanh), 3 outputs",
		"2 such networks, whose probabilities are averaged",
		"1 column of numbers and 1 of texts, found by their names.",
		"a 7 0.0%",
		"2 y text green, red",
	)
}

// votes is a project whose label is the first column, and is referred to by name: the model's positions are those of the split.
func votes(t *testing.T, header bool, columns string, inputs ...dataset.Column) project {
	t.Helper()
	p := newProject(t)
	p.write("params.yaml", paramsOf([]string{"a", "b"}, header))
	p.write("experiments/data/columns.csv", columnsHead+strings.ReplaceAll(columns, "\n", ",,\n"))
	m := &model.Model{
		Data:     params.Data{Classes: []string{"a", "b"}, Header: header},
		Features: &features.Features{Scaling: params.None},
		Members:  []*mlp.Network{mlp.NewNetwork([]int{len(inputs), 2}, params.Tanh, params.Linear)},
	}
	for _, c := range inputs {
		m.Features.Columns = append(m.Features.Columns, features.Column{Column: c})
	}
	if header {
		m.Data.Label.Name = "Class"
	} else {
		m.Data.Label.Position = 1
	}
	p.writeModel(m)
	return p
}

func TestColumnsAreJoinedByNameIfTheyHaveOne(t *testing.T) {
	long := strings.Repeat("x", 40)
	p := votes(t, true, "2,V1,number,11,9,1,2,3\n3,V2,number,22,9,4,5,6\n5,"+long+",number,123456,9,7,8,9\n6,"+long+",number,44,9,7,8,9\n",
		dataset.Column{Name: "V1", Position: 1}, dataset.Column{Name: "V2", Position: 2}, dataset.Column{Name: "V3", Position: 3},
		dataset.Column{Name: long + "1", Position: 4})
	page := p.make()
	p.wantText(page, "2 V1 number 1 to 3, median 2 11 3 V2 number 4 to 6, median 5 22 V3 number "+long[1:]+"… number")
	if strings.Contains(words(t, page), "123456") {
		t.Error("a column has the figures of one that only begins with the same letters")
	}
	p = votes(t, true, "2,"+long+",number,33,9,7,8,9\n", dataset.Column{Name: long + "1", Position: 1})
	p.wantText(p.make(), "number 7 to 9, median 8 33")
}

func TestColumnsWithoutNamesAreJoinedByPosition(t *testing.T) {
	p := votes(t, false, "2,,number,11,9,1,2,3\n3,,number,22,9,4,5,6\n", dataset.Column{Position: 2}, dataset.Column{Position: 3})
	p.wantText(p.make(), "2 number 1 to 3, median 2 11 3 number 4 to 6, median 5 22")
}

func TestTheMeansAreThoseOfTheLargestClasses(t *testing.T) {
	p := newProject(t)
	classes := []string{"bird", "fish", "insect", "mammal", "mollusc", "reptile"}
	p.write("params.yaml", paramsOf(classes, true))
	p.write("experiments/data/report.json", `{"rows": 26, "classes": {"number": 6, "rows": {"bird": 5, "fish": 4, "insect": 2, "mammal": 9, "mollusc": 3, "reptile": 3}}}`)
	means := "column,name,class,mean,mean_low,mean_high\n"
	for _, class := range classes {
		means += "1,legs," + class + ",1,0,2\n"
	}
	p.write("experiments/data/plots/means.csv", means)
	p.wantText(p.make(), "for the classes bird, fish, mammal, mollusc", "The 4 largest of 6 classes.")
}

func TestClassesOfTheMatrixAreNumberedIfTheirNamesDoNotFit(t *testing.T) {
	for _, test := range []struct {
		names         []string
		columns, rows string
	}{
		{[]string{"R", "M"}, "R M", "R M"},
		{[]string{"republican", "democrat"}, "republican democrat", "republican democrat"},
		{[]string{"mammal", "bird", "reptile", "fish", "amphibian", "insect", "mollusc"}, "1 2 3 4 5 6 7", "mammal 1 bird 2 reptile 3 fish 4 amphibian 5 insect 6 mollusc 7"},
	} {
		columns, rows := matrix{shown: true}.labels(test.names)
		var across, down []string
		for i := range columns {
			across, down = append(across, columns[i].Label), append(down, rows[i].Label)
		}
		if got := strings.Join(across, " "); got != test.columns {
			t.Errorf("the columns are labelled %s, want %s", got, test.columns)
		}
		if got := strings.Join(down, " "); got != test.rows {
			t.Errorf("the rows are labelled %s, want %s", got, test.rows)
		}
	}
}

func TestOnlyKindsOfColumnsThatThereAreAreCounted(t *testing.T) {
	for got, want := range map[string]string{
		kindsOf(13, 0): "13 columns of numbers", kindsOf(0, 1): "1 column of texts", kindsOf(1, 15): "1 column of numbers and 15 of texts",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestZeroHasNoSign(t *testing.T) {
	for got, want := range map[string]string{
		bounds(span{0, -1e-5, 0.1}, ""): "0.000 to 0.100", exactBounds(span{0, -1e-5, -0.1}, ""): "0.0000 to -0.1000",
		signed(-1e-9): "0.0000", signed(-0.5): "-0.5000", signed(0.5): "+0.5000", share(-10): "-10.000",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAnIntervalThatIsMissingHasAReason(t *testing.T) {
	p := newProject(t)
	p.write("params.yaml", paramsOf([]string{"a", "b"}, true))
	p.write("experiments/crossvalidation/metrics.json", `{"stratified": {"accuracy": {"mean": 0.5, "folds": 7, "low": null, "high": null}, "roc_auc": {"mean": 1, "sd": 0, "low": null, "high": null}}}`)
	p.write("experiments/crossvalidation/importance.csv", "column,loss,loss_low,loss_high,accuracy,accuracy_low,accuracy_high\nx,0,,,0,,\n")
	page := p.make()
	p.wantText(page,
		"accuracy 0.5000 none: only 7 folds have a value of 7 folds",
		"roc_auc 1.0000 none: all folds are alike",
		"there is none if all folds are alike.", "x 0.000 none 0.000 none")
	if n := strings.Count(page, ` why">none`); n != 5 {
		t.Errorf("%d reasons can be wrapped, want 5", n)
	}
}

func TestColumnsThatSeparateAClassAreNamed(t *testing.T) {
	const scores = `{"test": {"rows": 9, "accuracy": 1, "sensitivity": {"sepsis": 1}}}`
	for _, test := range []struct {
		name, columns string
		header        bool
		counted       int
		card, data    string
	}{
		{"none", "1,a,number,0,9,1,2,3,0.9899,sepsis\n2,b,category,0,9,,,,,\n", true, 0,
			"Where it fails It takes no test row", "inspect found nothing to warn of."},
		{"one", "1,a,number,0,9,1,2,3,0.5,sepsis\n2,\"dis\"\"charge\",number,0,9,1,2,3,1,\"sepsis, late\"\n", true, 1,
			`Where it fails Column "dis\"charge" alone separates class "sepsis, late" from the rest (AUC 1.0000): if it is known only after the class is, these scores are not those of new rows. It takes`,
			`Warnings about the data Column "dis\"charge" alone separates class "sepsis, late" from the rest (AUC 1.0000). Params`},
		{"the best of many, by position", "4,,number,0,9,1,2,3,0.99,a\n5,,number,0,9,1,2,3,0.995,b\n6,,number,0,9,1,2,3,1,c\n7,,number,0,9,1,2,3,0.995,d\n", false, 6,
			"Where it fails Column 6 alone separates class c from the rest (AUC 1.0000). Column 5 alone separates class b from the rest (AUC 0.9950). Column 7 alone separates class d from the rest (AUC 0.9950). " +
				"So do 3 more columns. If one of these columns is known only after the class is, these scores are not those of new rows. It takes",
			"Warnings about the data 6 columns alone separate a class from the rest. Column 6 alone"},
		{"several by their gaps", "1,a,number,0,9,1,2,3,0.5,sepsis\n", true, 2,
			"Where it fails 2 columns alone separate a class from the rest, by values or gaps. If one of these columns is", "Warnings about the data 2 columns alone separate a class from the rest. Params"},
		{"by its gaps", "1,a,number,0,9,1,2,3,0.5,sepsis\n", true, 1,
			"Where it fails 1 column alone separates a class from the rest, by values or gaps: if", "Warnings about the data 1 column alone separates a class from the rest. Params"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			p.write("params.yaml", paramsOf([]string{"sepsis", "none"}, test.header))
			p.write("experiments/data/columns.csv", columnsHead+test.columns)
			p.write("experiments/data/report.json", fmt.Sprintf(`{"rows": 9, "classes": {"rows": {}}, "columns": {"separating": %d}}`, test.counted))
			p.write("experiments/evaluation/metrics.json", scores)
			p.wantText(p.make(), test.card, test.data)
		})
	}
}

func TestNamesThatLookLikeSeveralAreInQuotes(t *testing.T) {
	for got, want := range map[string]string{
		names([]string{`Anaemia "x"`, "Anaemia, micro", "a; b", "normal"}):  `"Anaemia \"x\"", "Anaemia, micro", "a; b", normal`,
		joined([]string{"a", "b,c"}):                                        `a, "b,c"`,
		confusionInWords([]string{"a, b", "c"}, [][]int{{1, 0}, {0, 2}}):    `"a, b": 1 of 1 right, c: 2 of 2 right`,
		list([]params.Column{{Position: 3}, {Name: `a "b", c`}}, reference): `column 3, column "a \"b\", c"`,
		inText("\u202e," + strings.Repeat("x", 50)):                         `"\u202e,` + strings.Repeat("x", 32) + `…"`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestALossOfTrainingIsNotSetBesideAnotherLoss(t *testing.T) {
	beside, apart := "loss 0.6000 0.4000", adjustedNote
	for _, test := range []struct {
		class, smoothing, ensemble string
		says, not                  []string
	}{
		{"none", "0", "1", []string{beside}, []string{apart, adjustedLoss}},
		{"balanced", "0", "1", []string{apart, adjustedLoss}, []string{beside}},
		{"none", "0.1", "1", []string{apart, adjustedLoss}, []string{beside}},
		{"balanced", "0", "2", []string{beside, adjustedLoss}, []string{apart}}, // whose curves are still those of the training
	} {
		p := small(t)
		p.write("params.yaml", strings.NewReplacer("class_weight: none", "class_weight: "+test.class, "label_smoothing: 0",
			"label_smoothing: "+test.smoothing, "ensemble: 1", "ensemble: "+test.ensemble).Replace(paramsOf([]string{"a", "b", "c"}, true)))
		p.write("experiments/evaluation/metrics.json", `{"test": {"rows": 9, "accuracy": 0.5, "loss": 0.6}}`)
		page := p.make()
		p.wantText(page, test.says...)
		for _, text := range test.not {
			if strings.Contains(words(t, page), text) {
				t.Errorf("%v: the page says %q", test, text)
			}
		}
	}
}

func TestWhatIsMissingIsNamedWithItsCommand(t *testing.T) {
	p := newProject(t)
	p.write("params.yaml", paramsOf([]string{"a", "b"}, false))
	p.wantText(p.make(),
		"No file says: dvc.yaml has no artifact with the path experiments/model.safetensors and a desc.",
		"No .dvc file in data/ says which file the data are.",
		"The evaluation on test rows is missing. To make it, run dvc repro evaluate.",
		"The cross-validation is missing. To make it, run dvc repro crossvalidate.",
		"Nothing is known: neither the evaluation nor the cross-validation is there.",
		"Neither the model nor inspect's columns are here. To make it, run dvc repro train.",
		"The learning curve is missing. To make it, run dvc repro train.",
		"How much the scores depend on each column is missing. To make it, run dvc repro crossvalidate.",
		"The look at the data is missing. To make it, run dvc repro inspect.",
	)
}

func TestWhatIsThereAndCannotBeDrawnIsNotMissing(t *testing.T) {
	p := newProject(t)
	p.write("params.yaml", paramsOf([]string{"a", "b"}, true))
	p.write("experiments/data/plots/means.csv", "column,name,class,mean,mean_low,mean_high\n") // texts alone have no means
	p.wantText(p.make(), "The data There is nothing to draw. The training")
}

func TestAnyOneFileMayBeMissing(t *testing.T) {
	whole := small(t)
	size := len(whole.make())
	err := filepath.WalkDir(whole.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "params.yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		if page := whole.make(); len(page) == size {
			t.Errorf("without %s the page is as long as with it", path)
		}
		return os.WriteFile(path, text, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestStaleResultsAreCautionedOf(t *testing.T) {
	const caution = "These results are not those of the project as it is now."
	p := small(t)
	p.write("data/table.csv.dvc", "outs:\n- md5: 0f0265348129ba2f72f76d9adc7b36b6\n  size: 87984\n  path: table.csv\n")
	p.write("dvc.lock", `
stages:
  train:
    deps: [{path: data/table.csv, md5: 0f0265348129ba2f72f76d9adc7b36b6}]
    params: {params.yaml: {train: {epochs: 80}}}
  evaluate:
    params: {params.yaml: {evaluate: {confidence: 0.95}}}
`)
	if page := p.make(); strings.Contains(page, caution) {
		t.Errorf("a page of which the lock knows no output has a caution:\n%.3000s", words(t, page))
	}
	p.write("dvc.lock", `
stages:
  evaluate:
    deps: [{path: data/table.csv, md5: 00000000000000000000000000000000}]
    params: {params.yaml: {evaluate: {confidence: 0.9}}}
    outs: [{path: experiments/evaluation/metrics.json, md5: 11111111111111111111111111111111}]
`)
	p.wantText(p.make(), caution,
		"evaluate has changed in params.yaml since stage evaluate was run.",
		"experiments/evaluation/metrics.json is not what dvc.lock says that stage evaluate wrote.",
		"data/table.csv has changed since stage evaluate was run.")
}

func TestTheSameFilesMakeTheSameBytes(t *testing.T) {
	p := small(t)
	first := p.make()
	for range 3 {
		if p.make() != first {
			t.Fatal("the page differs from the one before")
		}
	}
	elsewhere := small(t)
	if elsewhere.make() != first {
		t.Error("the page depends on where the project is")
	}
}

// hostile are texts that would break out of where they are written.
var hostile = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</style></svg></desc>", "{{.}}", "\u202egnp.exe", "a\u2028b",
	"]]><!--", "'';!--\"<XSS>=&{()}", "\x00\x1b[31m", "javascript:alert(1)", "日本語のとても長いクラスの名前です本当に長い名前", strings.Repeat("long-", 100),
}

// fill writes every file that a page is made of, for classes and columns of these names.
func (p project) fill(classes, columns []string) {
	p.Helper()
	p.write("params.yaml", paramsOf(yamlTexts(classes), true))
	p.write("dvc.yaml", fmt.Sprintf("artifacts:\n  m: {path: experiments/model.safetensors, desc: %q}\n", classes[0]))
	pointers, lock := "outs:\n", "stages:\n"
	for i := range 100 {
		pointers += fmt.Sprintf("- md5: %q\n  size: 1\n  path: %q\n", classes[0], columns[0])
		lock += fmt.Sprintf("  stage%d: {outs: [{path: experiments/data/report.json, md5: other}]}\n", i)
	}
	p.write("data/x.csv.dvc", pointers)
	p.write("dvc.lock", lock)
	random := rand.New(rand.NewPCG(1, 2))
	number := func() string { return strconv.FormatFloat(random.Float64(), 'g', 17, 64) }
	jsonOf := func(name string) string { return strings.ReplaceAll(strconv.QuoteToASCII(name), `\x`, `\u00`) }
	csvOf := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

	table := func(head string) *strings.Builder {
		b := &strings.Builder{}
		b.WriteString(head + "\n")
		return b
	}

	var rows, sensitivity, intervals, curve, recall, bins, matrix []string
	means, importance := table("column,name,class,mean,mean_low,mean_high"), table("column,loss,loss_low,loss_high,accuracy,accuracy_low,accuracy_high")
	lines := table(strings.TrimSpace(columnsHead))
	crossBins := table("class,predicted,observed,predictions")
	for i, class := range classes {
		name := jsonOf(class)
		rows = append(rows, name+": 7")
		sensitivity = append(sensitivity, name+": "+number())
		intervals = append(intervals, name+`: {"low": `+number()+`, "high": null}`)
		matrix = append(matrix, fmt.Sprintf(`{"actual": %s, "predicted": %s, "rows": %d}`, name, jsonOf(classes[(i+1)%len(classes)]), i+1))
		for range min(30, 3000/len(classes)) {
			curve = append(curve, fmt.Sprintf(`{"class": %s, "fpr": %s, "tpr": %s, "threshold": null}`, name, number(), number()))
			recall = append(recall, fmt.Sprintf(`{"class": %s, "recall": %s, "precision": %s}`, name, number(), number()))
		}
		bins = append(bins, fmt.Sprintf(`{"class": %s, "predicted": %s, "observed": %s, "low": 0, "high": 1, "rows": 3}`, name, number(), number()))
		fmt.Fprintf(crossBins, "%s,%s,%s,5\n", csvOf(class), number(), number())
		for j, column := range columns[:min(250, len(columns))] {
			if i < 10 {
				fmt.Fprintf(means, "%d,%s,%s,%s,-1e308,1e308\n", j+1, csvOf(column), csvOf(class), number())
			}
		}
	}
	for j, column := range columns {
		fmt.Fprintf(lines, "%d,%s,%s,0,3,-1e308,0,1e308,0.995,%s\n", j+1, csvOf(column), []string{"number", "category"}[j%2], csvOf(inspect.Short(classes[j%len(classes)])))
		fmt.Fprintf(importance, "%s,%s,-0.5,1.5,0,,\n", csvOf(column), number())
	}
	list := func(items []string) string { return "[" + strings.Join(items, ",\n") + "]" }
	object := func(items []string) string { return "{" + strings.Join(items, ", ") + "}" }
	p.write("experiments/data/report.json", fmt.Sprintf(`{"rows": 1000000, "classes": {"number": %d, "rows": %s}, "groups": {"number": 3}, "warnings": 9, "columns": {"constant": 4}}`,
		len(classes), object(rows)))
	p.write("experiments/data/columns.csv", lines.String())
	p.write("experiments/data/plots/means.csv", means.String())
	p.write("experiments/evaluation/metrics.json", fmt.Sprintf(`{"test": {"rows": 9, "accuracy": null, "sensitivity": %s, "sensitivity_ci": %s, "class_f1": {}}}`, object(sensitivity), object(intervals)))
	p.write("experiments/evaluation/plots/roc.json", list(curve))
	p.write("experiments/evaluation/plots/precision_recall.json", list(recall))
	p.write("experiments/evaluation/plots/calibration.json", list(bins))
	p.write("experiments/evaluation/plots/confusion_matrix.json", list(matrix))
	p.write("experiments/crossvalidation/metrics.json", `{"stratified": {"accuracy": {"mean": null, "folds": 3, "low": null, "high": null}}, "other": {}}`)
	p.write("experiments/crossvalidation/plots/calibration.csv", crossBins.String())
	p.write("experiments/crossvalidation/importance.csv", importance.String())
	folds, curves := table("scheme,repeat,fold,rows,accuracy"), table("step,rows,loss,loss_low,loss_high,accuracy,accuracy_low,accuracy_high")
	for i := range 3000 {
		fmt.Fprintf(folds, "stratified,%d,%d,9,%s\n", i/10, i%10, number())
		fmt.Fprintf(curves, "%d,%s,%s,0,1,%s,0,1\n", i/2, []string{"train", "test"}[i%2], number(), number())
	}
	p.write("experiments/crossvalidation/folds.csv", folds.String())
	p.write("experiments/crossvalidation/plots/curves.csv", curves.String())
	for _, side := range curveSides {
		for _, metric := range curveMetrics {
			text := table("step\t" + metric)
			for step := range 2000 {
				fmt.Fprintf(text, "%d\t%s\n", step, number())
			}
			p.write("experiments/live/plots/metrics/"+side+"/"+metric+".tsv", text.String())
		}
	}
}

// yamlTexts are texts that params.yaml can have: those that DVC would not keep have their place taken.
func yamlTexts(texts []string) []string {
	var kept []string
	for i, text := range texts {
		if strings.ContainsAny(text, "\x00\x1b\u2028") {
			text = fmt.Sprint("no text ", i)
		}
		kept = append(kept, text)
	}
	return kept
}

func TestHostileNamesAreOnlyShown(t *testing.T) {
	p := newProject(t)
	p.fill(hostile, hostile)
	page := p.make()
	said := words(t, page) // well-formed, so no name opened or closed an element
	for _, want := range []string{"<script>alert(1)</script>", `\u202egnp.exe`, `\x1b[31m`, "{{.}}"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	elements := regexp.MustCompile(`<([a-zA-Z!][a-zA-Z0-9-]*)`)
	known := "!DOCTYPE html head meta link title style body header h1 p nav ul li a div strong code main section h2 h3 details summary dl dt dd table caption thead tbody tr th td figure figcaption svg desc path text span"
	for _, m := range elements.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(" "+known+" ", " "+m[1]+" ") {
			t.Errorf("the page has an element %s", m[1])
		}
	}
	if strings.ContainsAny(page, "\u202e\u2028\u2066\x00\x1b") {
		t.Error("the page has a character that cannot be seen")
	}
}

func TestNothingIsLoaded(t *testing.T) {
	page := small(t).make()
	if at := regexp.MustCompile(`(?i)<script|https?:|//[a-z]|@import|url\(|\son[a-z]+=|src=`).FindString(page); at != "" {
		t.Errorf("the page has %q", at)
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`) {
		t.Error("the page has no policy that forbids to load anything")
	}
}

func TestThePageStaysSmall(t *testing.T) {
	for name, test := range map[string]struct{ classes, columns int }{
		"1,000 classes":  {1000, 5},
		"20,000 columns": {2, 20000},
		"30 classes":     {30, 400}, // the largest matrix
	} {
		t.Run(name, func(t *testing.T) {
			names := func(what string, n int) []string {
				list := make([]string, n)
				for i := range list {
					list[i] = fmt.Sprintf("%s %d %s", what, i, strings.Repeat("&'<", 70))
				}
				return list
			}
			p := newProject(t)
			p.fill(names("class", test.classes), names("column", test.columns))
			page := p.make()
			t.Logf("%d bytes", len(page))
			if len(page) > MaxSize {
				t.Errorf("the page has %d bytes, want at most %d", len(page), MaxSize)
			}
			words(t, page)
		})
	}
}

func TestEveryNumberOfAPlotIsFinite(t *testing.T) {
	p := newProject(t)
	p.fill([]string{"a", "b"}, []string{"x", "y", "z"})
	page := p.make()
	for _, m := range regexp.MustCompile(` (?:d|x|y|stroke-width|viewBox)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		for number := range strings.FieldsFuncSeq(m[1], func(c rune) bool { return strings.ContainsRune("MLAZ ", c) }) {
			if v, err := strconv.ParseFloat(number, 64); err != nil || math.IsNaN(v) || math.Abs(v) > 1000 {
				t.Fatalf("a plot has the number %q in %.80q", number, m[1])
			}
		}
	}
}

func TestLabelsAreWithinTheirPlots(t *testing.T) {
	p := newProject(t)
	p.fill([]string{"a", "b"}, []string{"x", "y", "z"})
	p.write("experiments/evaluation/metrics.json", `{"test": {"rows": 500, "accuracy": 1, "accuracy_ci": {"low": 0.98, "high": 1}}}`)
	p.write("experiments/crossvalidation/importance.csv", "column,loss,loss_low,loss_high,accuracy,accuracy_low,accuracy_high\n"+
		"x,0.0002,-0.0004,0.0004,0,,\n")
	page := p.make()
	for _, last := range []string{"1.00", "-0.0004", "0.0004"} {
		if !strings.Contains(page, ">"+last+"</text>") {
			t.Errorf("no plot has the label %s", last)
		}
	}
	labels := regexp.MustCompile(`<text class="\w+ (start|middle|end)" x="([^"]+)" y="[^"]+">([^<]+)</text>`).FindAllStringSubmatch(page, -1)
	if len(labels) < 50 {
		t.Fatalf("the plots have %d labels", len(labels))
	}
	for _, m := range labels {
		at, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		width, _, _ := letters{}.Box(m[3], font.Font{Size: letter})
		left := at - float64(width)*map[string]float64{"start": 0, "middle": 0.5, "end": 1}[m[1]]
		if right := left + float64(width); left < 0 || right > chartWidth {
			t.Errorf("%s is drawn from %.1f to %.1f", m[3], left, right)
		}
	}
}

func TestEveryPlotHasATitleADescriptionAndItsOwnName(t *testing.T) {
	p := newProject(t)
	p.fill([]string{"a", "b", "c"}, []string{"x", "y", "z"})
	page := p.make()
	seen := map[string]bool{}
	plots := regexp.MustCompile(`<svg [^>]*role="img" aria-labelledby="([^" ]+)-t ([^" ]+)-d"><title id="([^" ]+)-t">[^<]+</title><desc id="([^" ]+)-d">[^<]+</desc>`).FindAllStringSubmatch(page, -1)
	for _, m := range plots {
		if seen[m[1]] || m[1] != m[2] || m[1] != m[3] || m[1] != m[4] {
			t.Errorf("a plot is named %q", m[1:])
		}
		seen[m[1]] = true
	}
	if n := strings.Count(page, "<svg"); n != len(plots) || n < 12 {
		t.Errorf("%d plots, %d of them described", n, len(plots))
	}
}

func TestWhatCannotBeReadIsOneLineThatNamesTheFile(t *testing.T) {
	for name, test := range map[string]struct{ path, text, want string }{
		"no project":    {"params.yaml", "", "params.yaml: must hold"},
		"params":        {"params.yaml", "data: 3\n", "params.yaml:1: data must be a mapping"},
		"lock":          {"dvc.lock", "stages: [", "dvc.lock: yaml: "},
		"pointer":       {"data/a.dvc", "outs: {", "data/a.dvc: not YAML: "},
		"JSON":          {"experiments/evaluation/metrics.json", "{", "experiments/evaluation/metrics.json: must be JSON"},
		"ragged":        {"experiments/data/columns.csv", "a,b\n1\n", "experiments/data/columns.csv: record on line 2"},
		"empty":         {"experiments/data/columns.csv", "", "experiments/data/columns.csv: must have a header, is empty"},
		"no column":     {"experiments/data/plots/means.csv", "column,class\n1,a\n", "experiments/data/plots/means.csv:1: must have a column mean, has none"},
		"no number":     {"experiments/live/plots/metrics/val/loss.tsv", "step\tloss\n0\tx\n", `experiments/live/plots/metrics/val/loss.tsv:2: column loss must have a number, got "x"`},
		"folds":         {"experiments/crossvalidation/folds.csv", "scheme\n", "experiments/crossvalidation/folds.csv:1: must have a column"},
		"model":         {"experiments/model.safetensors", "x", "experiments/model.safetensors: must be a safetensors file"},
		"too large":     {"experiments/data/report.json", strings.Repeat(" ", maxFile+1), "experiments/data/report.json: must be at most"},
		"no report":     {"experiments/data/report.json", "{}", "experiments/data/report.json: must have a key rows, has none"},
		"no scores":     {"experiments/live/metrics.json", `{"step": 1, "train": {}}`, "experiments/live/metrics.json: must have a key train.accuracy, has none"},
		"no test":       {"experiments/evaluation/metrics.json", "{}", "experiments/evaluation/metrics.json: must have a key test.rows, has none"},
		"no table":      {"experiments/crossvalidation/importance.csv", "null\n", "experiments/crossvalidation/importance.csv:1: must have a column column, has none"},
		"other metrics": {"experiments/crossvalidation/metrics.json", `{"stratified": 3}`, `experiments/crossvalidation/metrics.json: "stratified" must be metrics`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t)
			p.write("params.yaml", paramsOf([]string{"a", "b"}, false))
			p.write(test.path, test.text)
			_, err := Make(t.Context(), p.dir, "")
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestWithoutAnythingToCompareWithThePageSaysSo(t *testing.T) {
	p := small(t)
	made, err := Make(t.Context(), p.dir, "main")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := made.Write(&b); err != nil {
		t.Fatal(err)
	}
	p.wantText(b.String(), "Against main not compared ")
	if made.Uncompared == nil {
		t.Error("the page has no error to log")
	}
}

func TestTicksAreRoundAndWithinTheRange(t *testing.T) {
	for name, test := range map[string]struct {
		low, high float64
		whole     bool
		want      string
	}{
		"shares":        {0, 1, false, "0.0 0.2 0.4 0.6 0.8 1.0"},
		"a part of one": {0.6, 1, false, "0.6 0.7 0.8 0.9 1.0"},
		"a short part":  {0.9, 1, false, "0.90 0.92 0.94 0.96 0.98 1.00"},
		"below zero":    {-2.1, 2.1, false, "-2 -1 0 1 2"},
		"epochs":        {0, 79, true, "0 20 40 60"},
		"two repeats":   {-0.5, 1.5, true, "0 1"},
		"large":         {0, 7e8, false, "0 1e+08 2e+08 3e+08 4e+08 5e+08 6e+08 7e+08"},
		"far from zero": {1000, 1000.01, false, "1000.000 1000.002 1000.004 1000.006 1000.008 1000.010"},
		"small":         {0, 3e-7, false, "0 5e-08 1e-07 1.5e-07 2e-07 2.5e-07 3e-07"},
	} {
		t.Run(name, func(t *testing.T) {
			var labels []string
			for _, tick := range (ticks{most: 7, whole: test.whole}).Ticks(test.low, test.high) {
				labels = append(labels, tick.Label)
				if tick.Value < test.low || tick.Value > test.high {
					t.Errorf("%v is not within the range", tick.Value)
				}
			}
			if got := strings.Join(labels, " "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestCoordinatesDoNotShowTheLastBits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", -1e-17: "0", 12.5: "12.5", 0.125: "0.13", math.Nextafter(0.125, 0): "0.13", math.Nextafter(0.125, 1): "0.13",
		0.375: "0.38", math.Nextafter(0.375, 0): "0.38", 100: "100", -3.2: "-3.2",
	} {
		if got := decimals(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}
