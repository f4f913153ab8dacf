package chart

import (
	"fmt"
	"strings"
)

// Plot is a picture of two shares, both from 0 to 1, ready for the template "plot".
type Plot struct {
	ID, Title, Description string
	XTitle, YTitle         string
	XTicks, YTicks         []Tick
	Lines                  []Line
	Marks                  []Mark
	Head                   []string
	Rows                   [][]string
	x, y                   scale
}

// Line is a line of a plot. Class is "curve", "raw" or "ideal".
type Line struct{ Class, Path, Label string }

// Mark is a point with a tooltip.
type Mark struct {
	Class string
	Dot
	Radius float64
	Label  string
}

// NewPlot makes a plot of y against x. Both are names of axes.
func NewPlot(id, title, x, y string) *Plot {
	p := &Plot{ID: id, Title: title, XTitle: x, YTitle: y, x: scale{0, 1, plotLeft, plotRight}, y: scale{0, 1, plotBottom, plotTop}}
	p.XTicks, p.YTicks = p.x.ticks(5, false), p.y.ticks(5, false)
	return p
}

// At returns the point of two shares.
func (p *Plot) At(x, y float64) Dot { return Dot{p.x.at(x), p.y.at(y)} }

// Polyline joins points by straight lines, as path data.
func Polyline(points []Dot) string {
	var b strings.Builder
	for i, d := range points {
		command := 'L'
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, d.X, d.Y)
	}
	return b.String()
}
