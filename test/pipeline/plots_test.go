//go:build pipeline

package pipeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plots runs `dvc plots ARGS` and returns the rows of each figure by its title.
func (c clone) plots(args ...string) map[string][]map[string]any {
	c.Helper()
	var page struct {
		Errors []any
		Data   map[string][]struct { // the pictures of each figure
			Content struct { // Vega-Lite
				Data struct{ Values []map[string]any }
			}
		}
	}
	out := c.run(slices.Concat([]string{"dvc", "plots"}, args, []string{"--json"})...)
	if err := json.Unmarshal([]byte(out), &page); err != nil || len(page.Errors) > 0 {
		c.Fatalf("dvc plots %q: %v\n%.2000s", args, err, out)
	}
	figures := map[string][]map[string]any{}
	for title, pictures := range page.Data {
		for _, picture := range pictures {
			figures[title] = append(figures[title], picture.Content.Data.Values...)
		}
	}
	return figures
}

// plotTitles returns the titles of the figures in a dvc.yaml.
func plotTitles(t testing.TB, name string) []string {
	t.Helper()
	var file struct{ Plots []map[string]any }
	readYAML(t, name, &file)
	var titles []string
	for _, plot := range file.Plots {
		for title := range plot {
			titles = append(titles, title)
		}
	}
	if len(titles) < 2 {
		t.Errorf("%s draws only %q", name, titles)
	}
	return titles
}

// TestEveryPlotIsDrawn uses a fresh clone with nothing pulled, since git has what is drawn.
func TestEveryPlotIsDrawn(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	figures := c.plots("show")
	titles := append(plotTitles(t, "dvc.yaml"), plotTitles(t, "tuning/dvc.yaml")...)
	for _, title := range titles {
		if len(figures[title]) == 0 {
			t.Errorf("%s has no point", title)
		}
	}
	for title := range figures {
		if !slices.Contains(titles, title) {
			t.Errorf("%s is drawn, but is a figure of no dvc.yaml", title)
		}
	}
	for _, title := range []string{"Loss", "Accuracy", "Macro F1"} {
		if got := len(figures[title]); got != 2*80 {
			t.Errorf("%s has %d points, want train's and val's 80 epochs", title, got)
		}
	}
	page := c.run("dvc", "plots", "show")
	if _, err := os.Stat(filepath.Join(c.dir, "dvc_plots/index.html")); err != nil {
		t.Errorf("%v\n%s", err, page)
	}
}

// TestPlotsDiffShowsBothRevisions compares a branch with main in a fresh clone whose cache is empty.
func TestPlotsDiffShowsBothRevisions(t *testing.T) {
	t.Parallel()
	branch := pulledClone(t)
	branch.run("git", "checkout", "-q", "-b", "idea")
	branch.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.03")
	branch.repro()
	branch.run("git", "commit", "-q", "-a", "-m", "Learn faster")
	branch.run("git", "push", "-q", "origin", "HEAD:refs/heads/plots-diff")

	c := freshClone(t)
	c.run("git", "checkout", "-q", "plots-diff")
	if _, err := os.Stat(c.path(".dvc/cache")); err == nil {
		t.Fatal("the cache is there already")
	}
	figures := c.plots("diff", "main")
	for _, title := range plotTitles(t, "dvc.yaml") {
		revisions := map[any]int{}
		for _, row := range figures[title] {
			revisions[row["rev"]]++
		}
		if revisions["main"] == 0 || revisions["workspace"] == 0 {
			t.Errorf("%s has points of %v, want of main and of the workspace", title, revisions)
		}
	}
	if out := c.run("dvc", "plots", "diff", "main"); !strings.Contains(out, "index.html") {
		t.Errorf("dvc plots diff main:\n%s", out)
	}
}
