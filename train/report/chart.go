package report

import (
	"fmt"
	"strings"
)

// A chart's coordinates, in the units of its viewBox.
const (
	chartWidth, chartHeight = 560, 250
	plotLeft, plotRight     = 58, 544
	plotTop, plotBottom     = 30, 216
)

// samples bounds the points that a chart can name, when pointed at and in its table.
const samples = 48

// series is what a chart draws.
type series struct {
	id, title string
	unit      string // after a value, with its space; "" for none
	steps     []int
	last      int // step at which the axis ends; it begins at 0
	values    []float64
	window    int  // steps over which the drawn curve is averaged; 1: the values themselves
	dots      bool // every value is a measurement worth a dot
	best      int  // index of the value that is marked, -1 for none
}

// chart is a curve over the steps, ready for the template.
type chart struct {
	ID, Title, Description string
	Raw, Curve             string // path data; Raw is "" where the curve is the values
	Dots                   []dot
	Best                   *dot
	XTicks, YTicks         []tick
	Smoothed               string // what the curve is averaged over, "" for nothing
	Samples                []sample
}

type dot struct{ X, Y float64 }

// sample is a point that is named: From and Width are where the pointer finds it.
type sample struct {
	dot
	From, Width        float64
	Step, Value, Curve string
}

func newChart(s series) *chart {
	for i, v := range s.values { // so that differences stay finite
		s.values[i] = min(max(v, -1e300), 1e300)
	}
	curve := s.values
	if s.window > 1 {
		curve = smooth(s.values, s.window)
	}
	x := scale{0, float64(s.last), plotLeft, plotRight}
	low, high := rangeOf(s.values, curve)
	y := scale{low, high, plotBottom, plotTop}
	c := &chart{ID: s.id, Title: s.title, Curve: path(s.steps, curve, x, y), XTicks: x.ticks(6, true), YTicks: y.ticks(4, false)}
	if s.window > 1 {
		c.Raw, c.Smoothed = path(s.steps, s.values, x, y), fmt.Sprintf("averaged over about %d steps", s.window)
	}
	at := func(i int) dot { return dot{x.at(float64(s.steps[i])), y.at(curve[i])} }
	if s.dots {
		for i := range s.values {
			c.Dots = append(c.Dots, at(i))
		}
	}
	if s.best >= 0 {
		best := at(s.best)
		c.Best = &best
	}
	c.Samples = sampled(s, curve, at)
	c.Description = describe(s, curve)
	return c
}

// path joins the points; of those that share a column of pixels only the least and the largest are drawn.
func path(steps []int, values []float64, x, y scale) string {
	var b strings.Builder
	point := func(i int) {
		command := 'L'
		if b.Len() == 0 {
			command = 'M'
		}
		fmt.Fprintf(&b, "%c%.1f %.1f", command, x.at(float64(steps[i])), y.at(values[i]))
	}
	for i := 0; i < len(values); {
		column, least, largest := int(x.at(float64(steps[i]))), i, i
		for ; i < len(values) && int(x.at(float64(steps[i]))) == column; i++ {
			if values[i] < values[least] {
				least = i
			}
			if values[i] > values[largest] {
				largest = i
			}
		}
		point(min(least, largest))
		if least != largest {
			point(max(least, largest))
		}
	}
	return b.String()
}

func sampled(s series, curve []float64, at func(i int) dot) []sample {
	n := min(len(s.values), samples)
	all := make([]sample, n)
	for k := range all {
		i := (len(s.values) - 1) * k / max(n-1, 1)
		all[k] = sample{dot: at(i), Step: count(s.steps[i]), Value: number(s.values[i]) + s.unit}
		if s.window > 1 {
			all[k].Curve = number(curve[i]) + s.unit
		}
	}
	for k := range all { // each is found half-way to its neighbours
		from, to := float64(plotLeft), float64(plotRight)
		if k > 0 {
			from = (all[k-1].X + all[k].X) / 2
		}
		if k < n-1 {
			to = (all[k].X + all[k+1].X) / 2
		}
		all[k].From, all[k].Width = from, to-from
	}
	return all
}

// describe says in words what the curve shows, for those who do not see it.
func describe(s series, curve []float64) string {
	first, last := 0, len(curve)-1
	if first == last {
		return fmt.Sprintf("%s was %s at step %s.", s.title, number(curve[0])+s.unit, count(s.steps[0]))
	}
	least, largest := 0, 0
	for i, v := range curve {
		if v < curve[least] {
			least = i
		}
		if v > curve[largest] {
			largest = i
		}
	}
	at := func(i int) string { return fmt.Sprintf("%s at step %s", number(curve[i])+s.unit, count(s.steps[i])) }
	return fmt.Sprintf("%s went from %s to %s; its lowest was %s, its highest %s.", s.title, at(first), at(last), at(least), at(largest))
}
