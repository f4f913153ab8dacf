package report

import (
	"fmt"

	"skillspace/internal/chart"
)

// lengthHistogram shows the number of sentences by length; nil if there is no sentence. limit is the length at which sentences
// are cut.
func lengthHistogram(byLength []int, limit int) *chart.Histogram {
	longest, total := -1, 0
	for n, sentences := range byLength {
		if total += sentences; sentences > 0 {
			longest = n
		}
	}
	if longest < 0 {
		return nil
	}
	width := chart.BarWidth(longest + 1)
	columns := make([]chart.Column, longest/width+1)
	for n, sentences := range byLength[:longest+1] {
		columns[n/width].Count += sentences
	}
	for i := range columns {
		columns[i].Label = fmt.Sprintf("%d to %d tokens: %s sentences", i*width, (i+1)*width-1, chart.Count(columns[i].Count))
		if width == 1 {
			columns[i].Label = fmt.Sprintf("%d tokens: %s sentences", i, chart.Count(columns[i].Count))
		}
	}
	description := fmt.Sprintf("Half of the training sentences have at most %d tokens, 95%% at most %d, the longest %d.",
		quantile(byLength, total, 0.5), quantile(byLength, total, 0.95), longest)
	if longest >= limit {
		description += fmt.Sprintf(" %s reach the limit of %d tokens; longer ones are cut there.", chart.Count(byLength[limit]), limit)
	}
	h := chart.NewHistogram("lengths", "Training sentences by length in tokens", description, columns)
	h.Axis(len(columns) * width)
	return h
}

// quantile returns the smallest length such that a share q of the sentences is not longer.
func quantile(byLength []int, total int, q float64) int {
	sum := 0
	for n, sentences := range byLength {
		if sum += sentences; float64(sum) >= q*float64(total) {
			return n
		}
	}
	return len(byLength) - 1
}
