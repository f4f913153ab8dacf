package index

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas32"

	"skillspace/embedding"
	"skillspace/internal/topk"
)

// Match is a skill with its score.
type Match struct {
	Skill int // index in the taxonomy
	Score float32
	Label string // of the skill that the text contains; set by [Ranker.Search] only
}

// Why returns the reason for the match in words: `label "SQL"`. It is empty if the text contains no label of
// the skill.
func (m Match) Why() string {
	if m.Label == "" {
		return ""
	}
	return `label "` + m.Label + `"`
}

// Limit says which skills of a query are wanted: the K best of those with a score of at least Threshold.
type Limit struct {
	K         int
	Threshold float32
	Added     []float32 // to each skill's cosine score; nil: nothing. Search reads it until it asks for the next query's limit.
}

// Search returns the wanted skills of each query, best first; equal scores are in taxonomy order. The scores are those
// of [Index.Score], and what the limit adds to them. An index that is pinned on a CPU that multiplies bfloat16 natively finds candidates in bfloat16 and
// computes only their scores in fp32.
func (x *Index) Search(ctx context.Context, queries embedding.Vectors, limit func(query int) Limit) ([][]Match, error) {
	if err := x.check(queries); err != nil {
		return nil, err
	}
	approximate, release, err := x.approximateScorer()
	if err != nil {
		return nil, err
	}
	defer release()
	if approximate != nil {
		return x.searchApproximately(ctx, approximate, queries, limit)
	}
	exact, release, err := x.exactScorer()
	if err != nil {
		return nil, err
	}
	defer release()
	return searchBy(ctx, exact, 0, queries, limit, func(_ int, _ int32, _ []float32, score float32) float32 { return score })
}

// approximationError bounds the difference between a score and its approximation in bfloat16. Rounding changes a number
// by at most 2^-8 of it. For unit vectors that is at most twice 2^-8 for the sum of the products (Cauchy-Schwarz), and
// once more for the rounded result. Maxima and means do not add to it. The rest allows for vectors of a length that is
// not quite 1 and for the sums in fp32.
const approximationError = 3.0/256 + 0.0005

// searchApproximately finds candidates by approximate scores and ranks them by their scores in fp32.
func (x *Index) searchApproximately(ctx context.Context, s *scorer, queries embedding.Vectors, limit func(query int) Limit) ([][]Match, error) {
	return searchBy(ctx, s, approximationError, queries, limit, func(query int, skill int32, added []float32, _ float32) float32 {
		score := x.scoreOf(queries.Row(query), skill)
		if added != nil {
			score += added[skill]
		}
		return score
	})
}

// searchBy ranks each query's candidates by their exact scores. The scorer's scores differ from the exact ones by at
// most maxError.
func searchBy(ctx context.Context, s *scorer, maxError float32, queries embedding.Vectors, limit func(query int) Limit,
	exact func(query int, skill int32, added []float32, score float32) float32) ([][]Match, error) {
	found := make([][]Match, queries.Len())
	err := s.each(ctx, queries, func(query int, scores []float32) {
		l := limit(query)
		if l.Added != nil {
			for i := range scores {
				scores[i] += l.Added[s.skills[i]]
			}
		}
		lowest := candidateScore(scores, l, maxError)
		var candidates []Match
		for i, score := range scores {
			if score >= lowest {
				candidates = append(candidates, Match{Skill: int(s.skills[i]), Score: exact(query, s.skills[i], l.Added, score)})
			}
		}
		found[query] = wanted(candidates, l)
	})
	return found, err
}

// candidateScore returns the lowest score that a wanted skill can have where scores have an error of at most maxError.
// K skills reach the K-th best of the given scores, so the exact K-th best is at most maxError below it; the scores of
// skills that reach that are at most another maxError lower.
func candidateScore(scores []float32, l Limit, maxError float32) float32 {
	lowest := l.Threshold - maxError
	if l.K < 1 {
		return float32(math.Inf(1))
	}
	best := topk.Indices(scores, l.K, func(i int) bool { return scores[i] >= lowest })
	if len(best) < l.K {
		return lowest
	}
	return max(lowest, scores[best[l.K-1]]-2*maxError)
}

// scoreOf returns a query's score with one skill.
func (x *Index) scoreOf(query []float32, skill int32) float32 {
	const absent = -2 // below any cosine
	best := [kinds]float32{absent, absent, absent}
	first, _ := slices.BinarySearch(x.skill, skill) // the rows are in the skills' order
	for row := first; row < len(x.skill) && x.skill[row] == skill; row++ {
		b := &best[x.kind[row]]
		*b = max(*b, blas32.Dot(vector(query), vector(x.vectors.Row(row))))
	}
	var sum, total float32
	for k, score := range best {
		if score != absent {
			sum, total = sum+x.shares[k]*score, total+x.shares[k]
		}
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// vector is data as gonum takes it.
func vector(data []float32) blas32.Vector { return blas32.Vector{N: len(data), Data: data, Inc: 1} }

// wanted returns the matches within a limit, best first. It reorders matches, and its result does not keep their
// memory.
func wanted(matches []Match, l Limit) []Match {
	matches = slices.DeleteFunc(matches, func(m Match) bool { return m.Score < l.Threshold })
	slices.SortFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Skill, b.Skill))
	})
	return slices.Clone(matches[:min(l.K, len(matches))])
}

// Nearest returns for each query the k allowed skills of the highest score, or fewer where fewer are allowed: best
// first, equal scores in taxonomy order. Pin an index that is searched often.
func (x *Index) Nearest(ctx context.Context, queries embedding.Vectors, k int, allowed func(query, skill int) bool) ([][]int, error) {
	nearest := make([][]int, 0, queries.Len())
	for from := 0; from < queries.Len(); from += scoreChunk {
		scores, err := x.Score(ctx, queries.Slice(from, min(from+scoreChunk, queries.Len())))
		if err != nil {
			return nil, fmt.Errorf("nearest skills: %w", err)
		}
		for i := range scores {
			nearest = append(nearest, topk.Indices(scores[i], k, func(skill int) bool { return allowed(from+i, skill) }))
		}
	}
	return nearest, nil
}
