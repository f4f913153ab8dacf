package index

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
)

// randomIndex has skills with different numbers of texts of each kind, and unit vectors that lie near one another, so
// that many scores are close.
func randomIndex(random *rand.Rand, skills, dimension int) *Index {
	x := &Index{Skills: make([]taxonomy.Skill, skills), shares: equalShares, vectors: embedding.Vectors{Dimension: dimension}}
	for skill := range skills {
		add := func(n int, k kind) {
			for range n {
				x.skill, x.kind = append(x.skill, int32(skill)), append(x.kind, k)
				x.vectors.Data = append(x.vectors.Data, unit(random, dimension)...)
			}
		}
		add(1, labelView)
		add(random.IntN(4), altLabelView)
		add(random.IntN(2), descriptionView)
	}
	return x
}

func unit(random *rand.Rand, dimension int) []float32 {
	v := make([]float32, dimension)
	var squares float64
	for i := range v {
		v[i] = 0.6 + float32(random.NormFloat64())
		squares += float64(v[i] * v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(squares))
	}
	return v
}

// sorted returns the wanted skills of a query by sorting all of them.
func sorted(scores []float32, l Limit) []Match {
	matches := make([]Match, len(scores))
	for i, score := range scores {
		matches[i] = Match{Skill: i, Score: score}
	}
	return wanted(matches, l)
}

// A search in bfloat16 finds what the exact scores say, for all limits, within a chunk and across chunks.
func TestApproximateSearchFindsTheBest(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	const dimension, queries = 48, scoreChunk + 9
	x := randomIndex(random, 700, dimension)
	q := embedding.Vectors{Dimension: dimension}
	for range queries {
		q.Data = append(q.Data, unit(random, dimension)...)
	}
	added := make([]float32, len(x.Skills))
	for i := range added {
		added[i] = max(random.Float32()-0.7, 0)
	}
	limits := []Limit{{5, 0.4, nil}, {1, -1, nil}, {100, -1, nil}, {5, 0.9, nil}, {1000, 0.3, nil}, {0, -1, nil}, {5, 0.4, added}, {20, -1, added}}
	limit := func(query int) Limit { return limits[query%len(limits)] }
	scores, err := x.Score(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for i := range scores {
		for skill, score := range limit(i).Added {
			scores[i][skill] += score
		}
	}
	best, err := x.Search(t.Context(), q, limit) // by exact scores, as the index is not pinned
	if err != nil || len(best) != queries {
		t.Fatal(len(best), err)
	}
	approximate, err := newScorer(x, libtorch.CPU, libtorch.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	defer approximate.close()
	found, err := x.searchApproximately(t.Context(), approximate, q, limit)
	if err != nil || len(found) != queries {
		t.Fatal(len(found), err)
	}
	for i := range found {
		l := limit(i)
		want := sorted(scores[i], l)
		for name, got := range map[string][]Match{"approximate": found[i], "exact": best[i]} {
			if len(got) != len(want) {
				t.Fatalf("%s: query %d: %d skills, want %d", name, i, len(got), len(want))
			}
			for k := range got { // two scores that differ in their last digit may change places
				if math.Abs(float64(got[k].Score-want[k].Score)) > 1e-5 || math.Abs(float64(scores[i][got[k].Skill]-got[k].Score)) > 1e-5 {
					t.Errorf("%s: query %d: %+v at %d, want %+v", name, i, got[k], k, want[k])
				}
			}
		}
	}
	if _, err := x.Search(t.Context(), embedding.Vectors{Dimension: 3, Data: make([]float32, 3)}, limit); err == nil {
		t.Error("queries of another dimension were accepted")
	}
}

// The bound holds in the hardest case: vectors equal to the query, whose numbers are all rounded in the same way.
func TestApproximationErrorIsABound(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	const dimension = 384
	x := randomIndex(random, 300, dimension)
	exact, err := x.Score(t.Context(), x.vectors)
	if err != nil {
		t.Fatal(err)
	}
	scorer, err := newScorer(x, libtorch.CPU, libtorch.BFloat16)
	if err != nil {
		t.Fatal(err)
	}
	defer scorer.close()
	worst := 0.0
	err = scorer.each(t.Context(), x.vectors, func(query int, approximate []float32) {
		for i, score := range approximate {
			worst = max(worst, math.Abs(float64(score-exact[query][scorer.skills[i]])))
		}
	})
	if err != nil || worst > approximationError || worst == 0 {
		t.Errorf("an error of %v, bound %v, %v", worst, approximationError, err)
	}
}

// Skills' scores are those of the simple rule, whatever group they are in.
func TestScoreOfGroupsIsTheRule(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	x := randomIndex(random, 400, 32)
	q := embedding.Vectors{Dimension: 32, Data: append(unit(random, 32), unit(random, 32)...)}
	scores, err := x.Score(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for query, row := range scores {
		for skill, score := range row {
			if want := x.scoreOf(q.Row(query), int32(skill)); math.Abs(float64(score-want)) > 1e-5 {
				t.Fatalf("skill %d scores %v, want %v", skill, score, want)
			}
		}
	}
}

// Nearest must return what sorting all scores gives.
func TestNearestAgreesWithSorting(t *testing.T) {
	const skills, queries, dimension, k = 300, 150, 8, 7
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) embedding.Vectors {
		v := embedding.Vectors{Dimension: dimension}
		for range n * dimension {
			v.Data = append(v.Data, float32(random.IntN(3))) // few values, so that many scores are equal
		}
		return v
	}
	x := &Index{Skills: make([]taxonomy.Skill, skills), shares: equalShares, vectors: draw(skills), skill: make([]int32, skills), kind: make([]kind, skills)}
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
		for _, match := range sorted(scores[q], Limit{K: skills, Threshold: -1e9}) {
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

func TestWanted(t *testing.T) {
	got := sorted([]float32{0.5, 0.9, 0.5, 0.1}, Limit{K: 3, Threshold: 0.5})
	if want := []Match{{Skill: 1, Score: 0.9}, {Skill: 0, Score: 0.5}, {Skill: 2, Score: 0.5}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := sorted([]float32{0.5}, Limit{K: 3, Threshold: 0.6}); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// Pin and Close may be called while the index is searched, and Close twice.
func TestPinBesideSearches(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	x := randomIndex(random, 60, 16)
	q := embedding.Vectors{Dimension: 16, Data: unit(random, 16)}
	want, err := x.Score(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var searches sync.WaitGroup
	for range 4 {
		searches.Go(func() {
			for range 50 {
				got, err := x.Score(t.Context(), q)
				if err != nil || !slices.Equal(got[0], want[0]) {
					t.Errorf("%v, %v, want %v", got, err, want)
				}
				if _, err := x.Search(t.Context(), q, func(int) Limit { return Limit{K: 3, Threshold: -1} }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		x.Pin(libtorch.CPU)
		x.Close()
		x.Close()
	}
	searches.Wait()
}
