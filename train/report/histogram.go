package report

import (
	"fmt"
	"slices"
)

// histogram is how long the training sentences are, ready for the template.
type histogram struct {
	Bars           []bar
	XTicks, YTicks []tick
	Description    string
}

type bar struct {
	X, Y, Width, Height float64
	Label               string
}

// barsWanted bounds a histogram's bars from above by twice as many.
const barsWanted = 40

// newHistogram shows how many sentences have which length, in bars of a round width; nil where there is no sentence. limit is the
// length at which sentences are cut.
func newHistogram(byLength []int, limit int) *histogram {
	longest, total := -1, 0
	for n, sentences := range byLength {
		if total += sentences; sentences > 0 {
			longest = n
		}
	}
	if longest < 0 {
		return nil
	}
	width := int(max(1, roundStep(float64(longest+1)/barsWanted)))
	counts := make([]int, longest/width+1)
	for n, sentences := range byLength[:longest+1] {
		counts[n/width] += sentences
	}
	x := scale{0, float64(len(counts) * width), plotLeft, plotRight}
	y := scale{0, float64(slices.Max(counts)) * 1.05, plotBottom, plotTop}
	h := &histogram{XTicks: x.ticks(6, true), YTicks: y.ticks(4, true)}
	for i, n := range counts {
		from, to := x.at(float64(i*width)), x.at(float64((i+1)*width))
		label := fmt.Sprintf("%d to %d tokens: %s sentences", i*width, (i+1)*width-1, count(n))
		if width == 1 {
			label = fmt.Sprintf("%d tokens: %s sentences", i, count(n))
		}
		h.Bars = append(h.Bars, bar{from + 0.75, y.at(float64(n)), max(to-from-1.5, 0.5), plotBottom - y.at(float64(n)), label})
	}
	h.Description = fmt.Sprintf("Half of the training sentences have at most %d tokens, 95%% at most %d, the longest %d.",
		quantile(byLength, total, 0.5), quantile(byLength, total, 0.95), longest)
	if longest >= limit {
		h.Description += fmt.Sprintf(" %s reach the limit of %d tokens; longer ones are cut there.", count(byLength[limit]), limit)
	}
	return h
}

// quantile returns the least length that the share q of the sentences does not exceed.
func quantile(byLength []int, total int, q float64) int {
	sum := 0
	for n, sentences := range byLength {
		if sum += sentences; float64(sum) >= q*float64(total) {
			return n
		}
	}
	return len(byLength) - 1
}
