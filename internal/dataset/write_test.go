package dataset

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The files of the earlier project, byte for byte.
func TestSplitOfSonarHasTheKnownBytes(t *testing.T) {
	table := sonar(t)
	train, test, err := StratifiedSplit(table.Labels, twoClasses.Classes, 0.25, 42)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name             string
		rows             []int
		features, labels string
	}{
		{"train", train, "a2dc79edb235b82546c66caffc10519d", "b7a11251a54ab4211b888c8d93a778e9"},
		{"test", test, "c66a1fe590fe7c8064e6bcd742638360", "e02533abf983f9c00137f65a119905e9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, y := write(t, table, c.rows)
			if got := fmt.Sprintf("%x", md5.Sum([]byte(x))); got != c.features {
				t.Errorf("X has md5 %s, want %s", got, c.features)
			}
			if got := fmt.Sprintf("%x", md5.Sum([]byte(y))); got != c.labels {
				t.Errorf("y has md5 %s, want %s", got, c.labels)
			}
		})
	}
}

func write(t *testing.T, table *Table, rows []int) (x, y string) {
	t.Helper()
	var features, labels bytes.Buffer
	if err := WriteFeatures(t.Context(), &features, table, rows); err != nil {
		t.Fatal(err)
	}
	if err := WriteLabels(t.Context(), &labels, table, rows, table.Schema.Data.Classes); err != nil {
		t.Fatal(err)
	}
	return features.String(), labels.String()
}

// checkRoundTrip writes a table and reads it back.
func checkRoundTrip(t *testing.T, table *Table) {
	t.Helper()
	x, y := write(t, table, ascending(table.Rows()))
	back, err := ReadSplit(t.Context(), file("X.csv", x), file("y.csv", y), table.Schema.Data)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := shown(back), shown(table); got != want {
		t.Errorf("read back\n%s, want\n%s", got, want)
	}
	if err := table.Schema.Check(back.Schema); err != nil {
		t.Error(err)
	}
}

func ascending(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestLabelsThatNeedQuotesGetThem(t *testing.T) {
	table := NewTable(numberColumns(1))
	table.Append([]float64{0}, nil, 0)
	table.Append([]float64{0}, nil, 1)
	classes := []string{`a,b`, `"c"`}
	var y bytes.Buffer
	if err := WriteLabels(t.Context(), &y, table, []int{1, 0}, classes); err != nil {
		t.Fatal(err)
	}
	if want := "\"\"\"c\"\"\"\n\"a,b\"\n"; y.String() != want {
		t.Errorf("got %q, want %q", y.String(), want)
	}
	labels, err := readLabels(t.Context(), file("y.csv", y.String()), classes)
	if err != nil || !slices.Equal(labels, []int{1, 0}) {
		t.Errorf("read back %v, %v", labels, err)
	}
}

func TestWritingGivesTheWritersError(t *testing.T) {
	table := sonar(t)
	full := errors.New("no space left")
	rows := ascending(table.Rows())
	if err := WriteFeatures(t.Context(), failing{full}, table, rows); err != full {
		t.Errorf("WriteFeatures gave %v", err)
	}
	if err := WriteLabels(t.Context(), failing{full}, table, rows, twoClasses.Classes); err != full {
		t.Errorf("WriteLabels gave %v", err)
	}
}

type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

func TestWritingStopsWithItsContext(t *testing.T) {
	cause := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	var out strings.Builder
	if err := WriteFeatures(ctx, &out, sonar(t), []int{0}); err != cause || out.Len() > 0 {
		t.Errorf("got error %v after %d bytes", err, out.Len())
	}
}
