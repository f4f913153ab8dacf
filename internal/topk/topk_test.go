package topk

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestIndicesAgreeWithSorting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		scores := make([]float32, random.IntN(60))
		for i := range scores {
			scores[i] = float32(random.IntN(5)) // few values, so that many scores are equal
		}
		third := random.IntN(3)
		allowed := func(i int) bool { return i%3 != third }
		var want []int
		for i := range scores {
			if allowed(i) {
				want = append(want, i)
			}
		}
		slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
		k := random.IntN(12) - 1
		want = want[:min(max(k, 0), len(want))]
		if got := Indices(scores, k, allowed); !slices.Equal(got, want) {
			t.Fatalf("%d best of %v: %v, want %v", k, scores, got, want)
		}
	}
}
