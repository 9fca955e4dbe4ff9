package compare

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"example.com/sonar/internal/foldfile"
	"example.com/sonar/internal/params"
)

// checkPairable checks that each fold and row of one side has its counterpart on the other.
func checkPairable(base, head *Side) error {
	if err := checkDistinct(base.Revision, head.Revision, base.digest == head.digest, "params.yaml and results alike"); err != nil {
		return err
	}
	if !maps.Equal(base.data, head.data) {
		return fmt.Errorf("the raw data of %s and %s differ (md5 in %s/*.dvc): their scores cannot be paired; commit new data first, and compare with that commit", base.Name, head.Name, dataFolder)
	}
	if err := checkSettings(base, head); err != nil {
		return err
	}
	if err := checkFolds(base, head); err != nil {
		return err
	}
	return checkRows(base, head)
}

// checkDistinct refuses a comparison that could only ever find everything the same. Equal says whether
// all files that were read are the same, and what is how the message refers to them.
func checkDistinct(base, head Revision, equal bool, what string) error {
	if base.Commit == "" || base.Commit != head.Commit {
		return nil
	}
	if !base.Workspace && !head.Workspace {
		return fmt.Errorf("%s and %s are one commit, %.12s: nothing is compared with itself", base.Name, head.Name, base.Commit)
	}
	if equal {
		return fmt.Errorf("the workspace is %s unchanged, %s: nothing is compared with itself", base.Name, what)
	}
	return nil
}

// mayDiffer lists the keys of the data section that determine what a model sees of a row, which may be
// what is compared. All other keys of data determine which rows there are, and how they are dealt to folds.
var mayDiffer = []string{"data.drop", "data.categorical", "data.missing", "data.id"}

// checkSettings checks that the settings by which rows are dealt to folds agree: the whole section
// crossvalidate, and data except for the keys that may differ. A key that an older params.yaml does
// not have counts as its default.
func checkSettings(base, head *Side) error {
	for _, section := range []struct {
		name       string
		base, head any
	}{
		{params.SectionData, base.params.Data, head.params.Data},
		{params.SectionCrossvalidate, base.params.Crossvalidate, head.params.Crossvalidate},
	} {
		b, h := reflect.ValueOf(section.base), reflect.ValueOf(section.head)
		for i := range b.NumField() {
			key := section.name + "." + keyOf(b.Type().Field(i).Name)
			b, h := b.Field(i).Interface(), h.Field(i).Interface()
			if !slices.Contains(mayDiffer, key) && !reflect.DeepEqual(b, h) {
				return fmt.Errorf("%s is %.40q in %s but %.40q in %s: their folds cannot be paired",
					key, fmt.Sprint(b), base.Name, fmt.Sprint(h), head.Name)
			}
		}
	}
	return nil
}

// keyOf returns the key in params.yaml of a field of params: random_state of RandomState.
func keyOf(field string) string {
	var key strings.Builder
	for i, c := range field {
		if i > 0 && unicode.IsUpper(c) && unicode.IsLower(rune(field[i-1])) {
			key.WriteByte('_')
		}
		key.WriteRune(unicode.ToLower(c))
	}
	return key.String()
}

// checkFolds checks that each fold has the same number of rows on both sides. As the settings are the
// same, it differs only in edited or outdated results.
func checkFolds(base, head *Side) error {
	for _, scheme := range base.schemeNames() {
		b, h := base.schemes[scheme], head.schemes[scheme]
		for i := range min(len(b), len(h)) {
			if b[i].Rows != h[i].Rows {
				return fmt.Errorf("fold %d of repeat %d of scheme %s has %d rows in %s but %d in %s: the folds are not the same",
					b[i].Fold, b[i].Repeat, scheme, b[i].Rows, base.Name, h[i].Rows, head.Name)
			}
		}
	}
	return nil
}

// checkRows checks that the predictions are of the same rows.
func checkRows(base, head *Side) error {
	b, h := base.predictions, head.predictions
	if len(b.Rows) != len(h.Rows) {
		return fmt.Errorf("%s has predictions of %d rows but %s of %d: the data are not the same", base.Name, len(b.Rows), head.Name, len(h.Rows))
	}
	for i := range b.Rows {
		if b.Rows[i] != h.Rows[i] || b.Labels[i] != h.Labels[i] {
			return fmt.Errorf("row %d of %s is not row %d of %s: the data are not the same", b.Rows[i], base.Name, h.Rows[i], head.Name)
		}
		if b.Groups != nil && h.Groups != nil && b.Groups[i] != h.Groups[i] {
			return fmt.Errorf("row %d is of group %.40q in %s but %.40q in %s: the data are not the same", b.Rows[i], b.Groups[i], base.Name, h.Groups[i], head.Name)
		}
	}
	return nil
}

// checkHas checks that both sides have scores of the metric that decides.
func checkHas(m int, sides ...*Side) error {
	for _, side := range sides {
		if !side.folds.Has[m] {
			return fmt.Errorf("%s has no column %s in %s: nothing can be compared by this metric", side.Name, foldfile.MetricNames()[m], foldsPath)
		}
	}
	return nil
}
