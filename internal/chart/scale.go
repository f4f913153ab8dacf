package chart

import (
	"math"
	"slices"
	"strconv"
)

// scale maps values to a chart's coordinates.
type scale struct {
	low, high float64 // values
	from, to  float64 // coordinates
}

func (s scale) at(v float64) float64 {
	return s.from + (min(max(v, s.low), s.high)-s.low)/(s.high-s.low)*(s.to-s.from)
}

// Tick is a labelled line of a chart's grid.
type Tick struct {
	At    float64
	Label string
}

// ticks returns about wanted round values within the scale. With whole set they are integers.
func (s scale) ticks(wanted int, whole bool) []Tick {
	step := roundStep((s.high - s.low) / float64(wanted))
	if whole {
		step = max(step, 1)
	}
	var all []Tick
	first := math.Ceil(s.low/step - 1e-9)
	for i := range wanted + 2 {
		v := (first + float64(i)) * step
		if v > s.high+step*1e-9 {
			break
		}
		all = append(all, Tick{s.at(v), tickLabel(v, step)})
	}
	return all
}

// roundStep is the least of 1, 2 and 5 times a power of ten that is not below step.
func roundStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= step*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

func tickLabel(v, step float64) string {
	decimals := int(max(0, -math.Floor(math.Log10(step)+1e-9)))
	switch {
	case v == 0:
		return "0"
	case decimals > 3 || math.Abs(v) >= 1e9:
		return Number(v)
	case decimals == 0:
		return Count(int(math.Round(v)))
	default:
		return strconv.FormatFloat(v, 'f', decimals, 64)
	}
}

// rangeOf returns the range that a chart shows: all values of solid, and those of raw without the lowest and the highest 1%, so
// that one spike does not flatten a curve.
func rangeOf(raw, solid []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(raw))
	cut := len(sorted) / 100
	low, high = sorted[cut], sorted[len(sorted)-1-cut]
	for _, v := range solid {
		low, high = min(low, v), max(high, v)
	}
	pad := 0.05 * (high - low)
	if pad == 0 {
		pad = max(math.Abs(high)*0.05, 1e-12)
	}
	if low >= 0 && low-pad < 0 { // what cannot be negative has no axis below zero
		return 0, high + pad
	}
	return low - pad, high + pad
}
