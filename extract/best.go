package extract

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas32"

	"skillspace/internal/libtorch"
)

// Match is a skill with its score.
type Match struct {
	Skill int // index of the taxonomy
	Score float32
}

// Limit says which skills of a query are wanted: the K best of those at or above a score.
type Limit struct {
	K         int
	Threshold float32
}

// Best returns the wanted skills of each query, best first; equal scores in taxonomy order. They are those of [Index.Score]. An index that is held
// on a processor that multiplies bfloat16 looks for them in bfloat16 and computes only the scores of those that may be among them in fp32.
func (x *Index) Best(ctx context.Context, queries Vectors, limit func(query int) Limit) ([][]Match, error) {
	if err := x.check(queries); err != nil {
		return nil, err
	}
	if x.held != nil && x.held.device == libtorch.CPU && Precision("auto", libtorch.CPU) == libtorch.BFloat16 {
		return x.bestRoughly(ctx, queries, limit)
	}
	scorer, done, err := x.exactScorer()
	if err != nil {
		return nil, err
	}
	defer done()
	return x.bestBy(ctx, scorer, 0, queries, limit, func(_ int, _ int32, score float32) float32 { return score })
}

// roughError bounds how far a score from bfloat16 is from the score. A number's rounding errs by 2^-8 of it at most; for unit vectors that is
// twice 2^-8 for the products' sum (Cauchy and Schwarz), and once more for the rounded result. Maxima and means do not add to it. The rest is for
// vectors whose length is not quite 1, and for the sums in fp32.
const roughError = 3.0/256 + 0.0005

// bestRoughly is Best by way of the rough scorer.
func (x *Index) bestRoughly(ctx context.Context, queries Vectors, limit func(query int) Limit) ([][]Match, error) {
	scorer, err := x.roughScorer()
	if err != nil {
		return nil, err
	}
	return x.bestBy(ctx, scorer, roughError, queries, limit, func(query int, skill int32, _ float32) float32 {
		return x.scoreOf(queries.Row(query), skill)
	})
}

// bestBy finds the wanted skills among those whose scores by the scorer, which err by so much at most, say that they may be. exact turns such a score
// into the score.
func (x *Index) bestBy(ctx context.Context, scorer *scorer, err float32, queries Vectors, limit func(query int) Limit,
	exact func(query int, skill int32, score float32) float32) ([][]Match, error) {
	found := make([][]Match, queries.Len())
	failed := x.chunks(ctx, scorer, queries, func(query int, scores []float32) {
		l := limit(query)
		least := candidateScore(scores, l, err)
		var candidates []Match
		for i, score := range scores {
			if score >= least {
				candidates = append(candidates, Match{int(scorer.skills[i]), exact(query, scorer.skills[i], score)})
			}
		}
		found[query] = top(candidates, l)
	})
	return found, failed
}

// candidateScore is the score below which no skill can be wanted where scores err by so much at most: K skills have at least the K-th best of these,
// so the K-th best score is at most an error below it, and what reaches that is at most another error below in turn.
func candidateScore(scores []float32, l Limit, err float32) float32 {
	least := l.Threshold - err
	if l.K < 1 {
		return float32(math.Inf(1))
	}
	found := best(scores, l.K, func(i int) bool { return scores[i] >= least })
	if len(found) < l.K {
		return least
	}
	return max(least, scores[found[l.K-1]]-2*err)
}

// scoreOf returns a query's score with one skill.
func (x *Index) scoreOf(query []float32, skill int32) float32 {
	const absent = -2 // below any cosine
	best := [kinds]float32{absent, absent, absent}
	first, _ := slices.BinarySearch(x.skill, skill) // a skill's rows follow one another, in the skills' order
	for row := first; row < len(x.skill) && x.skill[row] == skill; row++ {
		b := &best[x.kind[row]]
		*b = max(*b, blas32.Dot(vector(query), vector(x.vectors.Row(row))))
	}
	var sum, n float32
	for _, score := range best {
		if score != absent {
			sum, n = sum+score, n+1
		}
	}
	return sum / max(n, 1)
}

// vector is how gonum takes one.
func vector(data []float32) blas32.Vector { return blas32.Vector{N: len(data), Data: data, Inc: 1} }

// Top returns the best k skills at or above threshold, best first; equal scores in taxonomy order.
func Top(scores []float32, k int, threshold float32) []Match {
	var matches []Match
	for i, score := range scores {
		if score >= threshold {
			matches = append(matches, Match{i, score})
		}
	}
	return top(matches, Limit{k, threshold})
}

// top returns the wanted ones of matches.
func top(matches []Match, l Limit) []Match {
	matches = slices.DeleteFunc(matches, func(m Match) bool { return m.Score < l.Threshold })
	slices.SortFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Skill, b.Skill))
	})
	return matches[:min(l.K, len(matches))]
}
