//go:build pipeline

package pipeline

import (
	"strings"
	"testing"
)

func TestThePageIsMadeOfAFreshClone(t *testing.T) {
	t.Parallel()
	c := freshClone(t)
	c.run(makeHere("page")...)
	for _, want := range []string{"Tells mines from rocks", "experiments/model.safetensors is not here", "id=\"confusion-t\""} {
		if !strings.Contains(c.read("bin/page.html"), want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if status := c.run("git", "status", "--porcelain"); status != "" {
		t.Errorf("git status:\n%s", status)
	}
}

func TestThePageHasTheModelAndTheVerdict(t *testing.T) {
	t.Parallel()
	c := pulledClone(t)
	c.run(makeHere("page")...)
	first := c.read("bin/page.html")
	if !strings.Contains(first, "one hidden layer of 40 units (relu)") || strings.Contains(first, "Against ") || strings.Contains(first, "as it is now") {
		t.Error("the page lacks the network, or has a verdict or a caution")
	}
	c.branch("docs", func() { c.write("NOTES.md", "A remark.\n") })
	for base, want := range map[string]string{
		"main":    `<p class="badge">identical</p>`,
		"nowhere": `<p class="badge">not compared</p>`,
		"-h":      `<p class="badge">not compared</p>`,
		"":        first,
	} {
		c.run(makeAs("page", "BASE="+base)...)
		if got := c.read("bin/page.html"); !strings.Contains(got, want) {
			t.Errorf("with the base %q the page does not have %.50q", base, want)
		}
	}
	c.edit("params.yaml", "learning_rate: 0.01", "learning_rate: 0.02")
	c.run(makeHere("page")...)
	if !strings.Contains(c.read("bin/page.html"), "train has changed in params.yaml since stage train was run.") {
		t.Error("the page of other params has no caution")
	}
}
