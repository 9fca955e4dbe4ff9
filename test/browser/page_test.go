//go:build browser

package browser

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/sonar/internal/page"
)

// made makes the page of this work tree and returns its address.
func made(t *testing.T) string {
	t.Helper()
	p, err := page.Make(t.Context(), "../..", "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := p.Write(f); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

var looks = []struct {
	width  int
	scheme string
}{{390, "light"}, {390, "dark"}, {1440, "light"}, {1440, "dark"}}

func TestThePageLoadsNothingAndFitsTheWindow(t *testing.T) {
	address := made(t)
	b := open(t)
	for _, look := range looks {
		t.Run(fmt.Sprint(look.width, " pixels, ", look.scheme), func(t *testing.T) {
			defer func(outer *testing.T) { b.T = outer }(b.T)
			b.T = t
			b.look(look.width, look.scheme)
			b.visit(address)
			b.checkQuiet(address)
			var width int
			b.evaluate("document.documentElement.scrollWidth", &width)
			if width > look.width {
				t.Errorf("the page is %d pixels wide", width)
			}
			var clipped []string
			b.evaluate(outside, &clipped)
			if len(clipped) > 0 {
				t.Errorf("labels reach out of their plots: %q", clipped)
			}
			var folded int
			b.evaluate(`[...document.querySelectorAll("details")].map(d => d.open = true).length && document.documentElement.scrollWidth`, &folded)
			if folded > look.width {
				t.Errorf("unfolded, the page is %d pixels wide", folded)
			}
		})
	}
}

// outside are the labels of plots that are not within them, to the pixel.
const outside = `[...document.querySelectorAll("svg")].flatMap(svg => {
	const s = svg.getBoundingClientRect()
	return [...svg.querySelectorAll("text")].filter(text => {
		const t = text.getBoundingClientRect()
		return t.left < s.left - 1 || t.right > s.right + 1 || t.top < s.top - 1 || t.bottom > s.bottom + 1
	}).map(text => text.textContent)
})`

// checkQuiet checks that nothing but the page was asked for, and that the browser has nothing to complain of.
func (b *browser) checkQuiet(address string) {
	b.Helper()
	requests := b.eventsOf("Network.requestWillBeSent")
	if len(requests) == 0 {
		b.Error("not even the page was asked for: requests are not seen")
	}
	for _, params := range requests {
		var event struct{ Request struct{ URL string } }
		if err := json.Unmarshal([]byte(params), &event); err != nil {
			b.Fatal(err)
		}
		if event.Request.URL != address && !strings.HasPrefix(event.Request.URL, "data:,") {
			b.Errorf("the page asks for %s", event.Request.URL)
		}
	}
	for _, method := range []string{"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"} {
		for _, params := range b.eventsOf(method) {
			b.Errorf("%s: %s", method, params)
		}
	}
}

// contrasts returns the luminance of the paper, and the lowest contrasts to it: that of texts, and that of lines in plots.
const contrasts = `(() => {
	const luminance = color => {
		const [r, g, b] = color.match(/[\d.]+/g).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		return 0.2126 * r + 0.7152 * g + 0.0722 * b
	}
	const paper = luminance(getComputedStyle(document.body).backgroundColor)
	const lowest = (elements, property) => Math.min(...[...document.querySelectorAll(elements)].map(element => {
		const l = luminance(getComputedStyle(element)[property])
		return (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05)
	}), 21)
	const solid = [0, 1, 2, 3, 4, 5, 6, 7].map(i => "svg .l.s" + i).join()
	return {
		paper, line: lowest(solid, "stroke"),
		text: Math.min(lowest("h1, h2, h3, p, li, a, dt, dd, th, td, caption, figcaption, summary", "color"), lowest("svg .text", "fill")),
	}
})()`

func TestContrastIsHighByDayAndByNight(t *testing.T) {
	address := made(t)
	b := open(t)
	for _, scheme := range []string{"light", "dark"} {
		b.look(390, scheme)
		b.visit(address)
		var c struct{ Paper, Text, Line float64 }
		b.evaluate(contrasts, &c)
		if (c.Paper < 0.5) != (scheme == "dark") {
			t.Errorf("%s: the paper has a luminance of %.2f", scheme, c.Paper)
		}
		if c.Text < 4.5 || c.Line < 3 { // the least that WCAG 2 asks for, at level AA
			t.Errorf("%s: the contrasts are %+v", scheme, c)
		}
	}
}

func TestThePageIsPrinted(t *testing.T) {
	b := open(t)
	b.look(1440, "light")
	b.visit(made(t))
	var printed struct{ Data string }
	b.call("Page.printToPDF", map[string]any{}, &printed)
	file, err := base64.StdEncoding.DecodeString(printed.Data)
	if err != nil || !strings.HasPrefix(string(file), "%PDF-") {
		t.Errorf("%v, begins %.20q", err, file)
	}
}

func TestTheChecksSeeWhatTheyLookFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bad.html")
	text := `<!DOCTYPE html><img src="http://127.0.0.1:1/x.png"><div style="width: 900px">wide</div>
<svg viewBox="0 0 100 20" width="100" height="20"><text x="90" y="10">clipped label</text></svg>`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	b := open(t)
	b.look(390, "light")
	b.visit("file://" + path)
	if n := len(b.eventsOf("Network.requestWillBeSent")); n != 2 {
		t.Errorf("%d requests are seen, want that of the page and that of the image", n)
	}
	if !b.had("Log.entryAdded") {
		t.Error("the missing image is not on the console")
	}
	var width int
	b.evaluate("document.documentElement.scrollWidth", &width)
	var clipped []string
	b.evaluate(outside, &clipped)
	if width <= 390 || len(clipped) != 1 {
		t.Errorf("%d pixels wide, clipped %q", width, clipped)
	}
}
