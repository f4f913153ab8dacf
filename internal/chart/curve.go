package chart

import (
	"fmt"
	"slices"
	"strings"
)

// The borders of what a chart plots, in the units of its viewBox.
const (
	plotLeft, plotRight = 58, 544
	plotTop, plotBottom = 30, 216
)

// Samples bounds the points that a chart describes, in tooltips and in its table.
const Samples = 48

// Series is a row of values over the steps of a run.
type Series struct {
	ID, Title string
	Steps     []int
	Last      int // step at which the axis ends; it begins at 0
	Values    []float64
	Window    int  // steps over which the drawn curve is averaged; 1 for the values themselves
	Dots      bool // whether every value has a dot
	Best      int  // index of the value that is marked, -1 for none
}

// Curve is a series, ready for the template "curve".
type Curve struct {
	ID, Title, Description string
	Raw, Curve             string // path data; Raw is "" if the curve is not averaged
	Dots                   []Dot
	Best                   *Dot
	XTicks, YTicks         []Tick
	Smoothed               string // what the curve is averaged over, "" for nothing
	Samples                []sample
}

// Dot is a place in a picture.
type Dot struct{ X, Y float64 }

// sample is a point with a tooltip. From and Width give the range where the pointer shows it.
type sample struct {
	Dot
	From, Width        float64
	Step, Value, Curve string
}

// NewCurve draws a series of at least one value.
func NewCurve(s Series) *Curve {
	for i, v := range s.Values { // so that differences stay finite
		s.Values[i] = min(max(v, -1e300), 1e300)
	}
	curve := s.Values
	if s.Window > 1 {
		curve = Smooth(s.Values, s.Window)
	}
	x := scale{0, float64(s.Last), plotLeft, plotRight}
	low, high := rangeOf(s.Values, curve)
	y := scale{low, high, plotBottom, plotTop}
	c := &Curve{ID: s.ID, Title: s.Title, Curve: path(s.Steps, curve, x, y), XTicks: x.ticks(6, true), YTicks: y.ticks(4, false)}
	if s.Window > 1 {
		c.Raw, c.Smoothed = path(s.Steps, s.Values, x, y), fmt.Sprintf("averaged over about %d steps", s.Window)
	}
	at := func(i int) Dot { return Dot{x.at(float64(s.Steps[i])), y.at(curve[i])} }
	if s.Dots {
		for i := range s.Values {
			c.Dots = append(c.Dots, at(i))
		}
	}
	if s.Best >= 0 {
		best := at(s.Best)
		c.Best = &best
	}
	c.Samples = sampled(s, curve, at)
	c.Description = describe(s, curve)
	return c
}

// path joins the points. In each column of pixels it draws only the smallest and the largest one.
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

func sampled(s Series, curve []float64, at func(i int) Dot) []sample {
	n := min(len(s.Values), Samples)
	all := make([]sample, n)
	for k := range all {
		i := (len(s.Values) - 1) * k / max(n-1, 1)
		all[k] = sample{Dot: at(i), Step: Count(s.Steps[i]), Value: Number(s.Values[i])}
		if s.Window > 1 {
			all[k].Curve = Number(curve[i])
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

// describe says in words what the curve shows, for readers who do not see it.
func describe(s Series, curve []float64) string {
	first, last := 0, len(curve)-1
	if first == last {
		return fmt.Sprintf("%s was %s at step %s.", s.Title, Number(curve[0]), Count(s.Steps[0]))
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
	at := func(i int) string { return fmt.Sprintf("%s at step %s", Number(curve[i]), Count(s.Steps[i])) }
	return fmt.Sprintf("%s went from %s to %s; its lowest was %s, its highest %s.", s.Title, at(first), at(last), at(least), at(largest))
}

// Window returns the number of steps over which a curve of n steps is averaged: about n/40. A short curve is not averaged.
func Window(n int) int {
	if n < 20 {
		return 1
	}
	return max(n/40, 4)
}

// Smooth is the exponential moving average that forgets over about window values. The first values weigh no more than others.
func Smooth(values []float64, window int) []float64 {
	keep := 1 - 1/float64(window)
	out := make([]float64, len(values))
	sum, weight := 0.0, 0.0
	for i, v := range values {
		sum, weight = keep*sum+v, keep*weight+1
		out[i] = sum / weight
	}
	return out
}

// Median returns the median of values, which must not be empty.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
