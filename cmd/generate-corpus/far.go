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

// openFar opens a pretrained encoder that tells whether each of a sentence's skills is among the nearest share of the taxonomy's labels, and
// names the first that is not.
func openFar(ctx context.Context, encoder string, share float64, tax *taxonomy.Taxonomy) (far func(string, []int) (string, error), closeModel func(), err error) {
	ranker, err := index.OpenStock(ctx, encoder, tax.Skills(), index.OpenOptions{Device: libtorch.CPU,
		Progress: progress.Counting("embedding skills", "texts")})
	if err != nil {
		return nil, nil, err
	}
	allowed := int(math.Ceil(share * float64(len(tax.Skills()))))
	return func(text string, skills []int) (string, error) {
		rows, err := ranker.Score(ctx, corpus.Alone(text))
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
			if nearer >= allowed {
				return tax.Skills()[skill].PreferredLabel, nil
			}
		}
		return "", nil
	}, ranker.Close, nil
}
