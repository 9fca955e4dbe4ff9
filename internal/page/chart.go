package page

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"

	"github.com/rivo/uniseg"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"example.com/sonar/internal/plaintext"
)

// The size of a plot and of its letters, in units of its view box. It is scaled to its place on the page: about
// 350 pixels on a telephone, so that a unit is never much less than a pixel.
const (
	chartWidth  = 420
	chartHeight = 280
	letter      = 12
)

// How far letters reach above and below their line, by their size, with the room that they need beside an axis.
const (
	ascent  = 1.0
	descent = 0.3
)

// letters measures and draws texts without a font, as the reader's machine chooses it. Widths are estimates.
type letters struct{ canvas *canvas }

var _ text.Handler = letters{}

func (letters) Cache() *font.Cache        { return nil }
func (letters) Lines(txt string) []string { return []string{txt} }

func (letters) Extents(f font.Font) font.Extents {
	return font.Extents{Ascent: ascent * f.Size, Descent: descent * f.Size, Height: (ascent + descent) * f.Size}
}

func (letters) Box(txt string, f font.Font) (width, height, depth vg.Length) {
	return 0.65 * f.Size * vg.Length(uniseg.StringWidth(txt)), ascent * f.Size, descent * f.Size
}

func (l letters) Draw(_ vg.Canvas, txt string, sty text.Style, pt vg.Point) {
	pt.Y += vg.Length(sty.YAlign) * (ascent + descent) * sty.Font.Size
	l.canvas.words(txt, sty, pt)
}

// short makes a text from elsewhere safe to show, and cuts it after so many letters of usual width.
func short(txt string, most int) string {
	txt = plaintext.Line(txt)
	if uniseg.StringWidth(txt) <= most {
		return txt
	}
	kept, width := "", 0
	for clusters := uniseg.NewGraphemes(txt); clusters.Next(); {
		if width += clusters.Width(); width >= most {
			break
		}
		kept += clusters.Str()
	}
	return kept + "…"
}

// A chart is a plot under construction.
type chart struct {
	*plot.Plot
	canvas *canvas
	height vg.Length
}

// newChart returns a chart of values that are read against lines across it.
func newChart(x, y string) *chart {
	c := bareChart(x, y)
	c.grid(true)
	return c
}

func bareChart(x, y string) *chart {
	c := &chart{plot.New(), &canvas{height: chartHeight}, chartHeight}
	c.BackgroundColor = nil
	c.X.Label.Text, c.Y.Label.Text = x, y
	for _, axis := range []*plot.Axis{&c.X, &c.Y} {
		axis.Tick.Length, axis.Padding, axis.Label.Padding = 0, 4, 4
		axis.LineStyle = draw.LineStyle{Color: inkAxis, Width: 1}
		axis.Tick.Marker = ticks{most: 7}
		for _, style := range []*text.Style{&axis.Label.TextStyle, &axis.Tick.Label} {
			style.Handler, style.Color, style.Font.Size = letters{c.canvas}, inkText, letter
		}
	}
	c.Y.Width = 0
	return c
}

// grid draws lines at the ticks of one axis, below what follows.
func (c *chart) grid(horizontal bool) {
	g := plotter.NewGrid()
	line := draw.LineStyle{Color: inkGrid, Width: 1}
	g.Horizontal, g.Vertical = line, line
	if horizontal {
		g.Vertical.Width = 0
	}
	c.Add(g)
}

// A dot is where a value is.
type dot = plotter.XY

// drawable returns the points that have a place: both coordinates finite, and so far from the largest float64 that
// differences are too.
func drawable(points []dot) plotter.XYs {
	var kept plotter.XYs
	for _, p := range points {
		if math.Abs(p.X) < 1e300 && math.Abs(p.Y) < 1e300 {
			kept = append(kept, p)
		}
	}
	return kept
}

// line draws the points in their order, joined.
func (c *chart) line(points []dot, color ink, dashed bool) {
	style := draw.LineStyle{Color: color, Width: 1.75}
	if dashed {
		style.Dashes = []vg.Length{4, 3}
	}
	if kept := drawable(points); len(kept) > 0 {
		c.Add(&plotter.Line{XYs: kept, LineStyle: style})
	}
}

// area fills what is between two lines of equally many points.
func (c *chart) area(low, high []dot, color ink) {
	ring := drawable(low)
	for i := len(high) - 1; i >= 0; i-- {
		ring = append(ring, drawable(high[i:i+1])...)
	}
	if len(ring) > 0 {
		c.Add(&plotter.Polygon{XYs: []plotter.XYs{ring}, Color: color})
	}
}

// dots draws the points.
func (c *chart) dots(points []dot, color ink, size vg.Length) {
	if kept := drawable(points); len(kept) > 0 {
		c.Add(dots{kept, color, size})
	}
}

// dots is a plotter of points as lines of no length with round ends: one path, a few bytes a point.
type dots struct {
	plotter.XYs
	ink  ink
	size vg.Length
}

func (d dots) DataRange() (xmin, xmax, ymin, ymax float64) { return plotter.XYRange(d) }

func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for _, v := range d.XYs {
		if at := (vg.Point{X: x(v.X), Y: y(v.Y)}); c.Contains(at) {
			path.Move(at)
			path.Line(at)
		}
	}
	c.SetLineStyle(draw.LineStyle{Color: d.ink, Width: d.size})
	c.Stroke(path)
}

// A span is a value and the interval that it is uncertain by.
type span struct{ Value, Low, High float64 }

// bounded reports whether there is an interval.
func (s span) bounded() bool { return !math.IsNaN(s.Low) && !math.IsNaN(s.High) }

// lying draws intervals from left to right, the first one on top, and names them.
func (c *chart) lying(names []string, spans []span, color ink) {
	marks := make(plot.ConstantTicks, len(names))
	for i, s := range spans {
		y := float64(len(spans) - 1 - i)
		marks[i] = plot.Tick{Value: y, Label: short(names[i], 20)}
		c.line([]dot{{X: s.Low, Y: y}, {X: s.High, Y: y}}, color, false)
		c.dots([]dot{{X: s.Value, Y: y}}, color, 7)
	}
	c.Y.Tick.Marker = marks
	c.Y.Min, c.Y.Max = -0.6, float64(len(spans))-0.4
	c.height = vg.Length(60 + 22*len(spans))
	c.canvas.height = c.height
}

// shares makes both axes those of shares.
func (c *chart) shares() {
	c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = 0, 1, 0, 1
}

// loosen leaves room around values that are all the same, or differ by less than the labels of an axis can show.
func loosen(axis *plot.Axis) {
	if axis.Max < axis.Min { // there are none
		axis.Min, axis.Max = 0, 1
	}
	size := math.Max(math.Abs(axis.Min), math.Abs(axis.Max))
	if axis.Max-axis.Min > 1e-6*size {
		return
	}
	if size == 0 {
		size = 1
	}
	axis.Min, axis.Max = axis.Min-float64(0.1*size), axis.Max+float64(0.1*size)
}

// render returns the chart as SVG for an element of a page, with a title and a description for those who do not
// see it. The id is that of no other element.
func (c *chart) render(id, title, description string) template.HTML {
	loosen(&c.X)
	loosen(&c.Y)
	if marks, ok := c.Y.Tick.Marker.(ticks); ok {
		c.Y.Min, c.Y.Max = marks.around(c.Y.Min, c.Y.Max)
	}
	area := draw.NewCanvas(c.canvas, chartWidth, c.height)
	c.Draw(draw.Crop(area, 2+c.overhang(), -8, 2, -8))
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %s" role="img" aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>%s</svg>`,
		chartWidth, decimals(float64(c.height)), id, id, id, html.EscapeString(title), id, html.EscapeString(description), c.canvas.svg.String()))
}

// overhang returns how far the labels below the plot reach to the left of those beside it, which is all that the library makes
// room for on that side.
func (c *chart) overhang() vg.Length {
	var beside vg.Length
	for _, tick := range c.Y.Tick.Marker.Ticks(c.Y.Min, c.Y.Max) {
		beside = max(beside, c.Y.Tick.Label.Width(tick.Label))
	}
	beside += c.Y.Label.TextStyle.Width(" ") + c.Y.Padding
	if c.Y.Label.Text != "" {
		beside += c.Y.Label.TextStyle.Height(c.Y.Label.Text) + c.Y.Label.Padding
	}
	var over vg.Length
	for _, tick := range c.X.Tick.Marker.Ticks(c.X.Min, c.X.Max) {
		const narrowest = chartWidth / 2 // of plots
		at := beside + vg.Length(c.X.Norm(tick.Value)*narrowest)
		over = max(over, c.X.Tick.Label.Width(tick.Label)/2-at)
	}
	return over
}

// ticks are at most so many round numbers, apart by 1, 2 or 5 times a power of ten. The library's own depend on
// logarithms that differ between machines.
type ticks struct {
	most  int
	whole bool // of a count
}

func (t ticks) Ticks(low, high float64) []plot.Tick {
	step, places := t.step(high - low)
	if t.whole && step < 1 {
		step, places = 1, 0
	}
	const slack = 1e-9 // of a step: multiples of a tenth are not exact
	first := math.Ceil(low/step - slack)
	var marks []plot.Tick
	for i := range t.most + 1 {
		v := (first + float64(i)) * step
		if v > high+float64(slack*step) {
			break
		}
		within := min(max(v, low), high) // the library draws no others
		marks = append(marks, plot.Tick{Value: within, Label: tickLabel(v+0, step, places)})
	}
	return marks
}

// around returns the ticks that enclose a range.
func (t ticks) around(low, high float64) (float64, float64) {
	step, _ := t.step(high - low)
	return step * math.Floor(low/step), step * math.Ceil(high/step)
}

// step returns the distance of ticks over a length, and how many decimals tell them apart.
func (t ticks) step(length float64) (step float64, places int) {
	power := 1.0
	for power*float64(t.most) < length {
		power *= 10
		places--
	}
	for power*float64(t.most) >= 10*length {
		power /= 10
		places++
	}
	for _, factor := range []float64{0.1, 0.2, 0.5} {
		if factor*power*float64(t.most) >= length {
			return factor * power, max(0, places+1)
		}
	}
	return power, max(0, places)
}

func tickLabel(v, step float64, places int) string {
	if places > 5 || step >= 1e6 || math.Abs(v) >= 1e9 {
		return strconv.FormatFloat(v, 'g', 8, 64)
	}
	return strconv.FormatFloat(v, 'f', places, 64)
}
