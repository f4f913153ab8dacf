package extract

import (
	"context"
	"fmt"
	"math"

	"skillspace/data/corpus"
	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// SentenceFilter gives the probability that a sentence names a skill.
type SentenceFilter struct {
	Model       *model.Filter
	Tokenizer   *tokenize.Tokenizer
	MaxLength   int     // tokens of a sentence
	Context     int     // tokens of the sentence before it that are read beside it
	Temperature float64 // divides the logits, so that probabilities are calibrated; 0 means 1
	Threshold   float64 // from this probability on a sentence is kept
	Precision   libtorch.DType
}

// Probabilities returns one calibrated probability a sentence, in order.
func (f *SentenceFilter) Probabilities(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	logits, err := f.Logits(ctx, sentences)
	if err != nil {
		return nil, err
	}
	return Calibrated(logits, f.Temperature), nil
}

// Calibrated returns the probability that each logit stands for at a temperature (Guo et al., arXiv 1706.04599); 0 means 1.
func Calibrated(logits []float32, temperature float64) []float32 {
	if temperature == 0 {
		temperature = 1
	}
	out := make([]float32, len(logits))
	for i, logit := range logits {
		out[i] = float32(1 / (1 + math.Exp(-float64(logit)/temperature)))
	}
	return out
}

// Logits returns one logit a sentence, in order: what the filter says before it is calibrated.
func (f *SentenceFilter) Logits(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	tokens, err := f.tokens(ctx, sentences)
	if err != nil {
		return nil, err
	}
	return f.logits(ctx, tokens)
}

// filterTokens are sentences as a filter reads them.
type filterTokens struct {
	ids [][]int32
	own []int // of these, how many are the sentence's
}

// tokens needs no model, so it may run beside a forward pass.
func (f *SentenceFilter) tokens(ctx context.Context, sentences []corpus.Sentence) (t filterTokens, err error) {
	texts, before := make([]string, len(sentences)), make([]string, len(sentences))
	for i, s := range sentences {
		texts[i], before[i] = s.Text, s.Before
	}
	if t.ids, t.own, err = f.Tokenizer.InContext(ctx, texts, before, f.MaxLength, f.Context); err != nil {
		return filterTokens{}, fmt.Errorf("filter sentences: %w", err)
	}
	return t, nil
}

func (f *SentenceFilter) logits(ctx context.Context, t filterTokens) ([]float32, error) {
	out := make([]float32, len(t.ids))
	err := forEachBatch(ctx, t.ids, t.own, func(b *model.Batch, texts [][]int) error {
		logits, err := forward(b, func(s *libtorch.Scope, b *model.Batch) libtorch.Tensor {
			return f.Model.Logits(s, b, f.Precision, false)
		})
		if err != nil {
			return err
		}
		for row, alike := range texts {
			for _, i := range alike {
				out[i] = logits[row]
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("filter sentences: %w", err)
	}
	return out, nil
}
