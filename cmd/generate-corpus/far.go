package main

import (
	"context"
	"math"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/internal/progress"
)

// farCheck finds sentences that are far from a skill they name, by a pretrained encoder.
type farCheck struct {
	ranker   *index.Ranker
	taxonomy *taxonomy.Taxonomy
	allowed  int // how many skills may be nearer
}

// openFarCheck loads the encoder. A skill is far if it is not among the nearest share (0 to 1) of the taxonomy's labels.
func openFarCheck(ctx context.Context, encoder string, share float64, tax *taxonomy.Taxonomy) (*farCheck, error) {
	ranker, err := index.OpenStock(ctx, encoder, tax.Skills(), index.OpenOptions{Device: libtorch.CPU,
		Progress: progress.Counting("embedding skills", "texts")})
	if err != nil {
		return nil, err
	}
	return &farCheck{ranker: ranker, taxonomy: tax, allowed: int(math.Ceil(share * float64(len(tax.Skills()))))}, nil
}

// Close frees the encoder.
func (c *farCheck) Close() { c.ranker.Close() }

// find returns the label of the first of the skills that is far from the text, "" if none is.
func (c *farCheck) find(ctx context.Context, text string, skills []int) (label string, err error) {
	rows, err := c.ranker.Score(ctx, corpus.Alone(text))
	if err != nil {
		return "", err
	}
	for _, skill := range skills {
		nearer := 0
		for _, score := range rows[0] {
			if score > rows[0][skill] {
				nearer++
			}
		}
		if nearer >= c.allowed {
			return c.taxonomy.Skills()[skill].PreferredLabel, nil
		}
	}
	return "", nil
}
