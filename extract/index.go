package extract

import (
	"context"
	"fmt"

	"skillspace/data/taxonomy"
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

// scoreChunk bounds the queries scored at once, and with them the score matrix in memory. The index is read from memory whole for each chunk,
// so it should not be small.
const scoreChunk = 256

// Score returns each query's cosine score with every skill, [queries][skills]. A skill without a text scores 0.
func (x *Index) Score(ctx context.Context, queries Vectors) ([][]float32, error) {
	if err := x.check(queries); err != nil {
		return nil, err
	}
	scorer, done, err := x.exactScorer()
	if err != nil {
		return nil, err
	}
	defer done()
	all := make([][]float32, 0, queries.Len())
	err = x.chunks(ctx, scorer, queries, func(_ int, grouped []float32) {
		scores := make([]float32, len(x.Skills))
		for i, skill := range scorer.skills {
			scores[skill] = grouped[i]
		}
		all = append(all, scores)
	})
	return all, err
}

func (x *Index) check(queries Vectors) error {
	if queries.Dimension != x.vectors.Dimension {
		return fmt.Errorf("score: queries of dimension %d against an index of %d", queries.Dimension, x.vectors.Dimension)
	}
	return nil
}

// chunks hands on each query's scores with the scorer's skills, in their order; they are only valid during the call.
func (x *Index) chunks(ctx context.Context, r *scorer, queries Vectors, use func(query int, scores []float32)) error {
	for start := 0; start < queries.Len(); start += scoreChunk {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(start+scoreChunk, queries.Len())
		scores, err := r.score(queries.Data[start*queries.Dimension:end*queries.Dimension], queries.Dimension)
		if err != nil {
			return fmt.Errorf("score: %w", err)
		}
		for query := start; query < end; query++ {
			use(query, scores[:len(r.skills)])
			scores = scores[len(r.skills):]
		}
	}
	return nil
}
