package extract

import (
	"context"

	"skillspace/data/corpus"
)

// Ranker scores queries against a taxonomy; package evaluate measures it as a system.
type Ranker struct {
	Title    string
	Embedder *Embedder
	Index    *Index
}

// Name returns the row's title in a table.
func (r *Ranker) Name() string { return r.Title }

// Score returns each query's scores, one a skill.
func (r *Ranker) Score(ctx context.Context, queries []corpus.Sentence) ([][]float32, error) {
	texts := make([]string, len(queries))
	for i, q := range queries {
		texts[i] = q.Text
	}
	vectors, err := r.Embedder.Embed(ctx, texts, nil)
	if err != nil {
		return nil, err
	}
	return r.Index.Score(ctx, vectors)
}
