// Package topk finds the highest scores of a list, for packages index and evaluate. It sorts only what it keeps.
package topk

import "slices"

// Indices returns the indices of the k highest scores that allowed accepts, or fewer where it accepts fewer: highest
// first, equal scores in the order of their indices. The scores must not be NaN. allowed is only called for scores that
// may be among the highest.
func Indices(scores []float32, k int, allowed func(i int) bool) []int {
	if k < 1 {
		return nil
	}
	found := make([]int, 0, k+1)
	for i, score := range scores {
		if len(found) == k && score <= scores[found[k-1]] || !allowed(i) {
			continue
		}
		place, _ := slices.BinarySearchFunc(found, score, func(other int, score float32) int {
			if scores[other] >= score {
				return -1
			}
			return 1
		})
		found = slices.Insert(found, place, i)
		found = found[:min(len(found), k)]
	}
	return found
}
