// Package index holds the embeddings of a taxonomy's skills: it builds them, stores them, scores queries against all
// skills and finds the best ones. It reads no ad and measures nothing.
package index

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
)

// Views choose the texts by which a skill is found. A skill's score is the mean over the chosen kinds of text of its
// best text of the kind: its label, its best alternative label, its description.
type Views struct {
	AltLabels    bool
	Descriptions bool
}

// LabelsOnly scores a skill by its preferred label alone.
var LabelsOnly = Views{}

// ParseViews reads the setting views: "label" (the preferred label), "labels" (and the best alternative label) or "all"
// (and the description).
func ParseViews(text string) (Views, error) {
	switch text {
	case "label":
		return LabelsOnly, nil
	case "labels":
		return Views{AltLabels: true}, nil
	case "all":
		return Views{AltLabels: true, Descriptions: true}, nil
	}
	return Views{}, fmt.Errorf("views %q: want label, labels or all", text)
}

// kind tells what text a row of the index embeds.
type kind uint8

const (
	labelView kind = iota
	altLabelView
	descriptionView
	kinds
)

// equalShares make a skill's score the mean over its kinds of text.
var equalShares = [kinds]float32{1, 1, 1}

// Index holds the embeddings of a taxonomy's skills. Its methods are safe for concurrent use.
type Index struct {
	Skills  []taxonomy.Skill
	vectors embedding.Vectors
	skill   []int32        // row -> skill
	kind    []kind         // row -> view
	shares  [kinds]float32 // how much each kind of text counts in a skill's score

	mu     sync.RWMutex // searches read pinned, Pin and Close write it
	pinned *pinned      // nil before Pin
}

// Build embeds every skill's texts. progress, which may be nil, gets the number of texts that each pass completes.
func Build(ctx context.Context, e *embedding.Embedder, skills []taxonomy.Skill, views Views, progress func(n int)) (*Index, error) {
	texts, x := indexTexts(skills, views)
	var err error
	if x.vectors, err = e.Embed(ctx, texts, progress); err != nil {
		return nil, fmt.Errorf("build skill index: %w", err)
	}
	return x, nil
}

// warnOfCuts logs how many texts of skills are longer than the model reads. Their ends are not in the index.
func warnOfCuts(ctx context.Context, e *embedding.Embedder, skills []taxonomy.Skill, views Views) error {
	texts, _ := indexTexts(skills, views)
	ids, err := e.Tokens(ctx, texts)
	if err != nil {
		return fmt.Errorf("build skill index: %w", err)
	}
	cut := 0
	for i, text := range texts {
		if !e.Whole(text, ids[i]) {
			cut++
		}
	}
	if cut > 0 {
		slog.Warn("texts of skills are longer than the model reads: their ends are left out", "texts", len(texts), "cut", cut, "tokens", e.MaxLength)
	}
	return nil
}

// TextCount returns how many texts [Build] embeds.
func TextCount(skills []taxonomy.Skill, views Views) int {
	texts, _ := indexTexts(skills, views)
	return len(texts)
}

// indexTexts returns the texts of an index and the index without its vectors.
func indexTexts(skills []taxonomy.Skill, views Views) ([]string, *Index) {
	x := &Index{Skills: skills, shares: equalShares}
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

// Rows returns the embeddings of the indexed texts, in their order. Row i of an index of labels only is skill i's.
func (x *Index) Rows() embedding.Vectors { return x.vectors }

// scoreChunk bounds the queries that are scored at once, and with them the score matrix in memory. It should not be
// small: each chunk reads the whole index from memory.
const scoreChunk = 256

// Score returns each query's cosine score with every skill, [queries][skills]. A skill without a text scores 0.
func (x *Index) Score(ctx context.Context, queries embedding.Vectors) ([][]float32, error) {
	if err := x.check(queries); err != nil {
		return nil, err
	}
	scorer, release, err := x.exactScorer()
	if err != nil {
		return nil, err
	}
	defer release()
	all := make([][]float32, 0, queries.Len())
	err = scorer.each(ctx, queries, func(_ int, grouped []float32) {
		scores := make([]float32, len(x.Skills))
		for i, skill := range scorer.skills {
			scores[skill] = grouped[i]
		}
		all = append(all, scores)
	})
	return all, err
}

// check refuses queries of another dimension.
func (x *Index) check(queries embedding.Vectors) error {
	if queries.Dimension != x.vectors.Dimension {
		return fmt.Errorf("score: queries of dimension %d against an index of %d", queries.Dimension, x.vectors.Dimension)
	}
	return nil
}
