package main

import (
	"slices"

	"skillspace/model"
)

// flopsAnExample returns the floating-point operations of the matrix products that one pair costs on average, forward and backward:
// 6 for each weight of a linear layer and token (2 forward, 4 backward), and attention's two products of every two tokens of a
// sequence. Only real tokens count, no padding, and a skill text that a batch holds twice is encoded once. What is computed again
// in the backward pass does not count as work done.
func flopsAnExample(pairs []pair, batch int, c model.EncoderConfig, tokens func(text string) int) float64 {
	h, layers := float64(c.HiddenSize), float64(c.Layers)
	linear := layers * (4*h*h + 2*h*float64(c.IntermediateSize))
	sequence := func(n int) float64 {
		length := float64(n)
		return 6*linear*length + 12*layers*h*length*length
	}
	total := 0.0
	often := map[string]int{}
	for _, p := range pairs {
		total += sequence(tokens(p.Anchor))
		often[p.Positive]++
	}
	n := float64(len(pairs))
	batches := n / float64(batch)
	for text, count := range often {
		total += sequence(tokens(text)) * (1 - absent(len(pairs), count, batch)) * batches
	}
	return total / n
}

// absent is how likely none of count special pairs among all is in a batch that is drawn from all.
func absent(all, count, batch int) float64 {
	p := 1.0
	for drawn := range min(batch, all) {
		p *= float64(max(all-count-drawn, 0)) / float64(all-drawn)
	}
	return p
}

// tokenShare returns the mean tokens of a pair, both texts together, and their share of the places of batches that are cut in the
// pairs' order and padded to their longest text: the rest is padding.
func tokenShare(pairs []pair, batch int, tokens func(text string) int) (mean, share float64) {
	used, padded := 0, 0
	for part := range slices.Chunk(pairs, batch) {
		anchor, positive := 0, 0
		for _, p := range part {
			a, b := tokens(p.Anchor), tokens(p.Positive)
			used += a + b
			anchor, positive = max(anchor, a), max(positive, b)
		}
		padded += len(part) * (anchor + positive)
	}
	return float64(used) / float64(len(pairs)), float64(used) / float64(padded)
}

// shareOfPeak is how much of the machine's fp32 matrix-multiply rate our fp32 training reaches, round by round.
func shareOfPeak(rows []Measured, data []roundData) Ratio {
	trained, peak := find(rows, oursFP32).Rate.Values, find(rows, multiplication).Rate.Values
	shares := make([]float64, len(trained))
	for i := range shares {
		shares[i] = trained[i] * data[i].flops / (peak[i] * 1e9)
	}
	return Ratio{What: "share of the fp32 matrix-multiply peak", Of: oursFP32, To: multiplication, Wanted: 0.6, Spread: spread(shares)}
}
