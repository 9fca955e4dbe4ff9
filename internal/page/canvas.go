package page

import (
	"fmt"
	"html"
	"image"
	"image/color"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// An ink is a colour by what it is for. The style sheet says what it looks like, by day and by night.
type ink string

// The inks; those of series are inks too.
const (
	inkText  ink = "text"  // labels
	inkAxis  ink = "axis"  // axes
	inkGrid  ink = "grid"  // lines across the plot
	inkGuide ink = "guide" // what to compare with, such as chance
	inkCell  ink = "cell"  // of a matrix, from shade 0 to maxShade
	inkCount ink = "count" // numbers on pale cells
	inkLit   ink = "lit"   // numbers on dark cells
)

const (
	seriesInks = 8
	maxShade   = 8
)

// series returns the ink of the i-th line of a plot.
func series(i int) ink { return ink("s" + strconv.Itoa(i%seriesInks)) }

// band returns the ink of what surrounds the i-th line.
func band(i int) ink { return ink("b" + strconv.Itoa(i%seriesInks)) }

// shade returns the ink of a cell, of which the share of its row is in [0, 1].
func shade(share float64) ink {
	return inkCell + ink(strconv.Itoa(int(share*maxShade+0.5)))
}

// RGBA is what color.Color asks for; no plot is drawn with it.
func (ink) RGBA() (r, g, b, a uint32) { return 0, 0, 0, 0xffff }

// A canvas is where gonum's plots are drawn to become SVG. What is drawn has classes in place of colours. Plots
// are drawn upwards from the bottom left corner, SVG downwards from the top left one.
type canvas struct {
	svg    strings.Builder
	height vg.Length
	ink    ink
	width  vg.Length
	dashed bool
}

var _ vg.Canvas = (*canvas)(nil)

func (c *canvas) SetLineWidth(w vg.Length)                     { c.width = w }
func (c *canvas) SetLineDash(pattern []vg.Length, _ vg.Length) { c.dashed = len(pattern) > 0 }
func (c *canvas) SetColor(v color.Color)                       { c.ink, _ = v.(ink) }

// Stroke draws a line.
func (c *canvas) Stroke(p vg.Path) {
	class := string(c.ink)
	if c.dashed {
		class += " dash"
	}
	if c.width > 0 {
		fmt.Fprintf(&c.svg, `<path class="l %s" stroke-width="%s" d="%s"/>`, class, decimals(float64(c.width)), c.path(p))
	}
}

// Fill draws an area.
func (c *canvas) Fill(p vg.Path) {
	fmt.Fprintf(&c.svg, `<path class="f %s" d="%s"/>`, c.ink, c.path(p))
}

func (c *canvas) path(p vg.Path) string {
	var b strings.Builder
	for _, step := range p {
		switch step.Type {
		case vg.MoveComp:
			b.WriteString("M" + c.point(step.Pos))
		case vg.LineComp:
			b.WriteString("L" + c.point(step.Pos))
		case vg.CloseComp:
			b.WriteString("Z")
		default:
			panic("page: a path has curves")
		}
	}
	return b.String()
}

func (c *canvas) point(p vg.Point) string {
	return decimals(float64(p.X)) + " " + decimals(float64(c.height-p.Y))
}

// decimals writes a coordinate. Machines that fuse multiplications and additions differ in its last bits. A
// quarter of a unit, where many coordinates are, is moved off the border between two roundings first.
func decimals(v float64) string {
	text := strconv.FormatFloat(v+1e-5, 'f', 2, 64)
	text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

// words draws a text, which may be turned by a quarter of a circle to the left.
func (c *canvas) words(s string, sty text.Style, pt vg.Point) {
	if s == "" {
		return
	}
	anchor := "start"
	switch {
	case sty.XAlign < -0.75:
		anchor = "end"
	case sty.XAlign < -0.25:
		anchor = "middle"
	}
	x, y := decimals(float64(pt.X)), decimals(float64(c.height-pt.Y))
	more := ""
	if sty.Rotation != 0 {
		more = fmt.Sprintf(` transform="rotate(-90 %s %s)"`, x, y)
	}
	if sty.Font.Size != letter {
		more += fmt.Sprintf(` style="font-size:%spx"`, decimals(float64(sty.Font.Size)))
	}
	class, _ := sty.Color.(ink)
	fmt.Fprintf(&c.svg, `<text class="%s %s" x="%s" y="%s"%s>%s</text>`, class, anchor, x, y, more, html.EscapeString(s))
}

// What follows is part of the interface, and no plot of this package uses it.

func (c *canvas) Push()                                  {}
func (c *canvas) Pop()                                   {}
func (c *canvas) Rotate(float64)                         { panic("page: a plot is rotated") }
func (c *canvas) Translate(vg.Point)                     { panic("page: a plot is moved") }
func (c *canvas) Scale(float64, float64)                 { panic("page: a plot is scaled") }
func (c *canvas) FillString(font.Face, vg.Point, string) { panic("page: a text has a font") }
func (c *canvas) DrawImage(vg.Rectangle, image.Image)    { panic("page: a plot has an image") }
