package extract

import (
	"math/rand/v2"
	"slices"
	"testing"

	"skillspace/data/taxonomy"
)

// Nearest must return what sorting all scores gives.
func TestNearestAgreesWithSorting(t *testing.T) {
	const skills, queries, dimension, k = 300, 150, 8, 7
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) Vectors {
		v := Vectors{Dimension: dimension}
		for range n * dimension {
			v.Data = append(v.Data, float32(random.IntN(3))) // few values, so that many scores are equal
		}
		return v
	}
	x := &Index{Skills: make([]taxonomy.Skill, skills), vectors: draw(skills), skill: make([]int32, skills), kind: make([]kind, skills)}
	for i := range x.skill {
		x.skill[i] = int32(i)
	}
	asked := draw(queries)
	allowed := func(query, skill int) bool { return (query+skill)%3 != 0 && (query > 0 || skill < 10) }
	got, err := x.Nearest(t.Context(), asked, k, allowed)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := x.Score(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	for q := range queries {
		var want []int
		for _, match := range Top(scores[q], skills, -1e9) {
			if allowed(q, match.Skill) && len(want) < k {
				want = append(want, match.Skill)
			}
		}
		if !slices.Equal(got[q], want) {
			t.Fatalf("query %d: %v, want %v", q, got[q], want)
		}
	}
	if len(got[0]) != 6 {
		t.Errorf("%d skills where 6 are allowed", len(got[0]))
	}
}
