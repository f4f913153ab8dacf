package extract

import (
	"math"
	"math/rand/v2"
	"testing"

	"skillspace/data/taxonomy"
	"skillspace/internal/libtorch"
)

// randomIndex has skills with different numbers of texts of each kind, and unit vectors that lie near one another, so that many scores are close.
func randomIndex(random *rand.Rand, skills, dimension int) *Index {
	x := &Index{Skills: make([]taxonomy.Skill, skills), vectors: Vectors{Dimension: dimension}}
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

// What is looked for in bfloat16 must be what the scores say, whatever the limits, in chunks and out of them.
func TestBestRoughlyIsBest(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	const dimension, queries = 48, scoreChunk + 9
	x := randomIndex(random, 700, dimension)
	q := Vectors{Dimension: dimension}
	for range queries {
		q.Data = append(q.Data, unit(random, dimension)...)
	}
	limits := []Limit{{5, 0.4}, {1, -1}, {100, -1}, {5, 0.9}, {1000, 0.3}, {0, -1}}
	limit := func(query int) Limit { return limits[query%len(limits)] }
	scores, err := x.Score(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	best, err := x.Best(t.Context(), q, limit) // by exact scores, as the index is not held
	if err != nil || len(best) != queries {
		t.Fatal(len(best), err)
	}
	x.Hold(libtorch.CPU)
	defer x.Close()
	found, err := x.bestRoughly(t.Context(), q, limit)
	if err != nil || len(found) != queries {
		t.Fatal(len(found), err)
	}
	for i := range found {
		l := limit(i)
		want := Top(scores[i], l.K, l.Threshold)
		for name, got := range map[string][]Match{"roughly": found[i], "best": best[i]} {
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
	if _, err := x.Best(t.Context(), Vectors{Dimension: 3, Data: make([]float32, 3)}, limit); err == nil {
		t.Error("queries of another dimension were accepted")
	}
}

// The bound that Best relies on, where it is hardest: vectors that are the query itself, all of whose numbers are rounded alike.
func TestRoughErrorIsABound(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	const dimension = 384
	x := randomIndex(random, 300, dimension)
	exact, err := x.Score(t.Context(), x.vectors)
	if err != nil {
		t.Fatal(err)
	}
	x.Hold(libtorch.CPU)
	defer x.Close()
	scorer, err := x.roughScorer()
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	err = x.chunks(t.Context(), scorer, x.vectors, func(query int, rough []float32) {
		for i, score := range rough {
			worst = max(worst, math.Abs(float64(score-exact[query][scorer.skills[i]])))
		}
	})
	if err != nil || worst > roughError || worst == 0 {
		t.Errorf("an error of %v, bound %v, %v", worst, roughError, err)
	}
}

// Skills' scores are those of the simple rule, whatever group they are in.
func TestScoreOfGroupsIsTheRule(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	x := randomIndex(random, 400, 32)
	q := Vectors{Dimension: 32, Data: append(unit(random, 32), unit(random, 32)...)}
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
