package index

import (
	"context"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/lexical"
)

// fusedShares are used with lexical scores: the preferred label counts 0.6 and the best alternative label 0.4. They
// were chosen together with [lexical.DefaultWeights].
var fusedShares = [kinds]float32{1.2, 0.8, 1}

// fuse adds lexical scores to the ranker's, from its first search on.
func (r *Ranker) fuse(skills []taxonomy.Skill) {
	r.Labels = lexical.NewLabels(skills, lexical.DefaultWeights())
	r.Index.shares = fusedShares
}

// Search returns the wanted skills of each text, given with its vector, best first. With [Ranker.Labels], a skill's
// score is its cosine score and its lexical score together, at most 1, and a match names the label that the text
// contains.
func (r *Ranker) Search(ctx context.Context, texts []string, vectors embedding.Vectors, limit func(query int) Limit) ([][]Match, error) {
	if r.Labels == nil {
		return r.Index.Search(ctx, vectors, limit)
	}
	added := make([]float32, len(r.Index.Skills))
	contained := make([]map[int]string, len(texts))
	found, err := r.Index.Search(ctx, vectors, func(query int) Limit {
		contained[query] = r.Labels.Score(texts[query], added)
		l := limit(query)
		l.Added = added
		return l
	})
	for query, matches := range found {
		for i := range matches {
			m := &matches[i]
			m.Label, m.Score = contained[query][m.Skill], min(m.Score, 1)
		}
	}
	return found, err
}

// addLexical adds the lexical scores of texts to their rows of scores.
func (r *Ranker) addLexical(ctx context.Context, texts []string, scores [][]float32) error {
	added := make([]float32, len(r.Index.Skills))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return err
		}
		r.Labels.Score(text, added)
		for skill, score := range added {
			scores[i][skill] += score
		}
	}
	return nil
}
