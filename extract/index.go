package extract

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"skillspace/data/taxonomy"
	"skillspace/internal/libtorch"
)

// Views choose the texts by which a skill is found. A skill's score is the mean over the kinds chosen, of its best text
// of the kind: its label's, its best alternative label's, its description's.
type Views struct {
	AltLabels    bool
	Descriptions bool
}

// LabelsOnly scores a skill by its preferred label alone.
var LabelsOnly = Views{}

// kind tells what a row of the index is.
type kind uint8

const (
	labelView kind = iota
	altLabelView
	descriptionView
	kinds
)

// Index holds the embeddings of a taxonomy's skills.
type Index struct {
	Skills  []taxonomy.Skill
	vectors Vectors
	skill   []int32 // row -> skill
	kind    []kind  // row -> view
	held    *held   // nil before Hold
}

// BuildIndex embeds every skill's texts.
func BuildIndex(ctx context.Context, e *Embedder, skills []taxonomy.Skill, views Views, progress func(n int)) (*Index, error) {
	texts, x := indexTexts(skills, views)
	var err error
	if x.vectors, err = e.Embed(ctx, texts, progress); err != nil {
		return nil, fmt.Errorf("build skill index: %w", err)
	}
	return x, nil
}

// IndexTexts returns how many texts BuildIndex embeds.
func IndexTexts(skills []taxonomy.Skill, views Views) int {
	texts, _ := indexTexts(skills, views)
	return len(texts)
}

func indexTexts(skills []taxonomy.Skill, views Views) ([]string, *Index) {
	x := &Index{Skills: skills}
	var texts []string
	add := func(skill int, text string, k kind) {
		if text != "" {
			texts = append(texts, text)
			x.skill, x.kind = append(x.skill, int32(skill)), append(x.kind, k)
		}
	}
	for i, s := range skills {
		add(i, s.PreferredLabel, labelView)
		if views.AltLabels {
			for _, label := range s.AltLabels {
				add(i, label, altLabelView)
			}
		}
		if views.Descriptions {
			add(i, s.Description, descriptionView)
		}
	}
	return texts, x
}

// scoreChunk bounds the queries scored at once, and with them the score matrix in memory.
const scoreChunk = 64

// Score returns each query's cosine score with every skill, [queries][skills].
func (x *Index) Score(ctx context.Context, queries Vectors) ([][]float32, error) {
	if queries.Dimension != x.vectors.Dimension {
		return nil, fmt.Errorf("score: queries of dimension %d against an index of %d", queries.Dimension, x.vectors.Dimension)
	}
	all := make([][]float32, 0, queries.Len())
	err := libtorch.Do(func(s *libtorch.Scope) error {
		device, rowsDV := libtorch.CPU, libtorch.Tensor{}
		if x.held != nil {
			device, rowsDV = x.held.device, x.held.rowsDV
		} else {
			rowsDV = x.matrix(s, device)
		}
		for start := 0; start < queries.Len(); start += scoreChunk {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(scoreChunk, queries.Len()-start)
			part := queries.Data[start*queries.Dimension : (start+n)*queries.Dimension]
			var scores []float32
			s.Within(func(in *libtorch.Scope) {
				queriesQD := in.ToDevice(in.Float32s(part, int64(n), int64(queries.Dimension)), device)
				product := in.MatMul(queriesQD, rowsDV)
				if in.Err() == nil {
					var err error
					scores, err = product.Float32s()
					in.Fail(err)
				}
			})
			if err := s.Err(); err != nil {
				return err
			}
			for q := range n {
				all = append(all, x.reduce(scores[q*len(x.skill):(q+1)*len(x.skill)]))
			}
		}
		return nil
	})
	return all, err
}

// reduce turns the rows' scores into the skills'.
func (x *Index) reduce(rows []float32) []float32 {
	const absent = -2 // below any cosine
	best := make([][kinds]float32, len(x.Skills))
	for i := range best {
		best[i] = [kinds]float32{absent, absent, absent}
	}
	for row, score := range rows {
		b := &best[x.skill[row]][x.kind[row]]
		*b = max(*b, score)
	}
	scores := make([]float32, len(x.Skills))
	for i, views := range best {
		var sum, n float32
		for _, score := range views {
			if score != absent {
				sum, n = sum+score, n+1
			}
		}
		scores[i] = sum / max(n, 1)
	}
	return scores
}

// Match is a skill with its score.
type Match struct {
	Skill int // index of the taxonomy
	Score float32
}

// Top returns the best k skills at or above threshold, best first; equal scores in taxonomy order.
func Top(scores []float32, k int, threshold float32) []Match {
	var matches []Match
	for i, score := range scores {
		if score >= threshold {
			matches = append(matches, Match{i, score})
		}
	}
	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	return matches[:min(k, len(matches))]
}
