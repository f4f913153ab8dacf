package extract

import (
	"context"
	"fmt"
	"math"

	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// SentenceFilter gives the probability that a sentence names a skill.
type SentenceFilter struct {
	Model     *model.Filter
	Tokenizer *tokenize.Tokenizer
	MaxLength int
	Threshold float64 // calibrated: from this probability on a sentence is kept
	Precision libtorch.DType
}

// Probabilities returns one probability a text, in order.
func (f *SentenceFilter) Probabilities(ctx context.Context, texts []string) ([]float32, error) {
	out := make([]float32, len(texts))
	ids, err := encode(ctx, f.Tokenizer, "", f.MaxLength, texts)
	if err != nil {
		return nil, fmt.Errorf("filter sentences: %w", err)
	}
	err = forEachBatch(ctx, ids, func(b *model.Batch, indices []int) error {
		logits, err := forward(b, func(s *libtorch.Scope, b *model.Batch) libtorch.Tensor {
			return f.Model.Logits(s, b, f.Precision, false)
		})
		if err != nil {
			return err
		}
		for row, i := range indices {
			out[i] = float32(1 / (1 + math.Exp(-float64(logits[row]))))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("filter sentences: %w", err)
	}
	return out, nil
}
