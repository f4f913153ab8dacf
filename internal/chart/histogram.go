package chart

import "slices"

// Histogram is a row of bars, ready for the template "histogram".
type Histogram struct {
	ID, Title, Description string
	Bars                   []bar
	XTicks, YTicks         []Tick
}

type bar struct {
	X, Y, Width, Height float64
	Label               string
}

// Column is a bar of a histogram.
type Column struct {
	Count int
	Label string // the bar's text in its tooltip and in the list of numbers
	Tick  string // below the bar; "" for none
}

// NewHistogram draws columns, at least one.
func NewHistogram(id, title, description string, columns []Column) *Histogram {
	most := slices.MaxFunc(columns, func(a, b Column) int { return a.Count - b.Count }).Count
	x := scale{0, float64(len(columns)), plotLeft, plotRight}
	y := scale{0, float64(max(most, 1)) * 1.05, plotBottom, plotTop}
	h := &Histogram{ID: id, Title: title, Description: description, YTicks: y.ticks(4, true)}
	for i, c := range columns {
		from, to := x.at(float64(i)), x.at(float64(i+1))
		h.Bars = append(h.Bars, bar{from + 0.75, y.at(float64(c.Count)), max(to-from-1.5, 0.5), plotBottom - y.at(float64(c.Count)), c.Label})
		if c.Tick != "" {
			h.XTicks = append(h.XTicks, Tick{(from + to) / 2, c.Tick})
		}
	}
	return h
}

// Axis puts round numbers below the bars, which together cover the values from 0 to end.
func (h *Histogram) Axis(end int) {
	h.XTicks = scale{0, float64(end), plotLeft, plotRight}.ticks(6, true)
}

// BarWidth returns a round number of values for each bar, so that a histogram of the given number of values has at most 80 bars.
func BarWidth(values int) int { return int(max(1, roundStep(float64(values)/40))) }
