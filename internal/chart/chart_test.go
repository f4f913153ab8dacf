package chart

import (
	"math"
	"slices"
	"testing"
)

// TestOddNumbers: any values in the metrics give a curve, and every coordinate is inside the picture.
func TestOddNumbers(t *testing.T) {
	for _, values := range [][]float64{{0}, {0, 0, 0}, {1e16, 1e16 + 2}, {-5, 5}, {1e-300, 2e-300}, {math.MaxFloat64, -math.MaxFloat64}, {3, 3}} {
		s := Series{Title: "x", Window: 1, Best: 0, Dots: true, Last: len(values)}
		for i, v := range values {
			s.Steps, s.Values = append(s.Steps, i+1), append(s.Values, v)
		}
		c := NewCurve(s)
		for _, d := range c.Dots {
			if !(d.X >= plotLeft && d.X <= plotRight && d.Y >= plotTop-1e-6 && d.Y <= plotBottom+1e-6) {
				t.Errorf("%v: a dot at %v", values, d)
			}
		}
		if len(c.YTicks) > 8 {
			t.Errorf("%v: %d ticks", values, len(c.YTicks))
		}
	}
}

func TestSmoothAndTicks(t *testing.T) {
	got := Smooth([]float64{4, 4, 4, 0}, 2)
	if want := []float64{4, 4, 4, 4 * (0.5 + 0.25 + 0.125) / 1.875}; !slices.Equal(got, want) {
		t.Errorf("smooth: %v, want %v", got, want)
	}
	var labels []string
	for _, tick := range (scale{0.1, 1.3, 0, 1}).ticks(4, false) {
		labels = append(labels, tick.Label)
	}
	if want := []string{"0.5", "1.0"}; !slices.Equal(labels, want) {
		t.Errorf("ticks: %v, want %v", labels, want)
	}
	for v, want := range map[float64]string{5e-5: "5e-5", 1.25e-4: "1.25e-4", 0.12345: "0.123", 12.345: "12.3", 1234567: "1,234,567", 0: "0.000", -2500: "-2,500"} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %s, want %s", v, got, want)
		}
	}
}

// A histogram's bars stand side by side, are as high as their counts, and have their ticks below them.
func TestHistogram(t *testing.T) {
	h := NewHistogram("skills", "Skills", "Two columns.", []Column{{Count: 4, Label: "one: 4", Tick: "1"}, {Count: 2, Label: "two: 2"}, {Label: "none"}})
	if len(h.Bars) != 3 || h.Bars[0].X+h.Bars[0].Width > h.Bars[1].X || math.Abs(h.Bars[0].Height-2*h.Bars[1].Height) > 1e-9 || h.Bars[2].Height != 0 {
		t.Errorf("bars %+v", h.Bars)
	}
	if len(h.XTicks) != 1 || h.XTicks[0].Label != "1" || h.XTicks[0].At < h.Bars[0].X || h.XTicks[0].At > h.Bars[0].X+h.Bars[0].Width {
		t.Errorf("ticks %+v", h.XTicks)
	}
	if h = NewHistogram("none", "None", "", []Column{{}}); h.Bars[0].Height != 0 {
		t.Errorf("a column of nothing: %+v", h.Bars)
	}
}

// Two shares run from 0 to 1 over a plot's whole width and height.
func TestPlotCoordinates(t *testing.T) {
	p := NewPlot("x", "x", "x", "y")
	if low, high := p.At(0, 0), p.At(1, 1); low != (Dot{plotLeft, plotBottom}) || high != (Dot{plotRight, plotTop}) {
		t.Errorf("%v, %v", low, high)
	}
}
