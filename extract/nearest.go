package extract

import (
	"context"
	"fmt"
	"slices"
)

// Rows returns the embeddings of the indexed texts, in their order; of an index of labels only, row i is skill i's.
func (x *Index) Rows() Vectors { return x.vectors }

// Nearest returns for each query the k skills of highest score, or fewer, among those that allowed accepts: best first, equal
// scores in taxonomy order. An index that is searched often is better held ([Index.Hold]).
func (x *Index) Nearest(ctx context.Context, queries Vectors, k int, allowed func(query, skill int) bool) ([][]int, error) {
	nearest := make([][]int, 0, queries.Len())
	for from := 0; from < queries.Len(); from += scoreChunk {
		to := min(from+scoreChunk, queries.Len())
		part := Vectors{Dimension: queries.Dimension, Data: queries.Data[from*queries.Dimension : to*queries.Dimension]}
		scores, err := x.Score(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("nearest skills: %w", err)
		}
		for i := range scores {
			nearest = append(nearest, best(scores[i], k, func(skill int) bool { return allowed(from+i, skill) }))
		}
	}
	return nearest, nil
}

// best returns the indices of the k highest scores among those allowed, in order.
func best(scores []float32, k int, allowed func(int) bool) []int {
	found := make([]int, 0, k+1)
	for i, score := range scores {
		if len(found) == k && !(score > scores[found[k-1]]) || !allowed(i) {
			continue
		}
		place := len(found)
		for place > 0 && score > scores[found[place-1]] {
			place--
		}
		found = slices.Insert(found, place, i)
		found = found[:min(len(found), k)]
	}
	return found
}
