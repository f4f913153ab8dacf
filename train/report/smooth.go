package report

import "slices"

// smoothing returns the steps over which a curve of n is averaged: a fortieth of it, and none for a few points.
func smoothing(n int) int {
	if n < 20 {
		return 1
	}
	return max(n/40, 4)
}

// smooth is the exponential moving average that forgets over about window values. The first values weigh no more than others.
func smooth(values []float64, window int) []float64 {
	keep := 1 - 1/float64(window)
	out := make([]float64, len(values))
	sum, weight := 0.0, 0.0
	for i, v := range values {
		sum, weight = keep*sum+v, keep*weight+1
		out[i] = sum / weight
	}
	return out
}

// median of values, which must not be empty.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
