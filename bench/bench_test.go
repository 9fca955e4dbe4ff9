package main

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
)

func TestContendersTakeTurnsAndMediansAreTaken(t *testing.T) {
	count := t.TempDir() + "/count"
	script := `echo >>"$0"; printf '{"results": {"work": %d}, "about": "sh"}' $(wc -l <"$0")`
	medians, err := compete(3, []contender{{name: "sh", threads: 1, command: []string{"sh", "-c", script, count}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := medians["sh, 1 threads"]; got.Results["work"] != 2 || got.About != "sh" {
		t.Errorf("three rounds of 1, 2 and 3 seconds give %+v", got)
	}
}

func TestAContenderThatFailsIsNamed(t *testing.T) {
	_, err := compete(1, []contender{{name: "nobody", threads: 2, command: []string{"false"}}})
	if err == nil || !strings.Contains(err.Error(), "nobody, 2 threads") {
		t.Errorf("got %v", err)
	}
}

func TestTimesAndRatiosAreReadable(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{duration(0.0002345), "234 us"}, {duration(0.01234), "12.34 ms"}, {duration(2.5), "2.50 s"}, {duration(0), ""},
		{ratio(3, 2), "1.50"}, {ratio(0, 2), ""},
		{netName([]int{256, 256}), "60-256-256-2"},
		{fmt.Sprint(median([]float64{3, 1, 2, 10})), "2.5"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAStepAndAPeakTakeTime(t *testing.T) {
	if s := stepTime([]int{3}, 2, 16); s <= 0 {
		t.Errorf("a step takes %v seconds", s)
	}
	for _, w := range workloads() {
		if s := w.floor(1); s <= 0 {
			t.Errorf("%s takes %v seconds at the FMA peak", w.name, s)
		}
	}
	if _, flops := flopsPerRow([]int{40}); flops != 2*(2*60*40+3*40*2) {
		t.Errorf("a row of 60-40-2 takes %v operations", flops)
	}
	if flops := fmaPeak(10); flops < 160 {
		t.Errorf("ten rounds are %v operations", flops)
	}
}

// TestProductsAreThoseOfAStep checks that the products measured have as many operations as a step of
// their net on a chunk.
func TestProductsAreThoseOfAStep(t *testing.T) {
	flops := map[string]float64{}
	for _, p := range products() {
		net, _, _ := strings.Cut(p.name, ",")
		flops[net] += 2 * float64(p.m) * float64(p.n) * float64(p.k)
		p.compute()
	}
	for _, hidden := range nets {
		_, perRow := flopsPerRow(hidden)
		if got, want := flops[netName(hidden)], perRow*float64(chunkRows(hidden)); got != want {
			t.Errorf("the products of %s have %v operations, want %v", netName(hidden), got, want)
		}
	}
}

func TestExponentsAreThoseOfPowers(t *testing.T) {
	sizes := []float64{10, 100, 1000}
	for _, p := range []float64{0, 1, 1.5} {
		var costs []float64
		for _, size := range sizes {
			costs = append(costs, 3*math.Pow(size, p))
		}
		if got := exponent(sizes, costs); math.Abs(got-p) > 1e-12 {
			t.Errorf("got %v, want %v", got, p)
		}
	}
}

func TestTablesAreOfTheSizeAskedFor(t *testing.T) {
	var text strings.Builder
	if err := writeTable(&text, tableSize{rows: 7, columns: 3, classes: 2}); err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`^(0\.\d{4},){3}c[01]$`)
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 7 {
		t.Errorf("%d rows", len(lines))
	}
	for _, line := range lines {
		if !row.MatchString(line) {
			t.Errorf("row %q", line)
		}
	}
}
