package embedding

import (
	"context"
	"fmt"
	"math"

	"skillspace/data/corpus"
	"skillspace/data/tokenize"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// SentenceFilter gives the probability that a sentence names a skill. It is safe for concurrent use as long as its
// fields do not change.
type SentenceFilter struct {
	Model       *model.Filter
	Tokenizer   *tokenize.Tokenizer
	MaxLength   int            // of a sentence in tokens
	Context     int            // tokens of the sentence before it that are read beside it
	Temperature float64        // divides the logits, so that probabilities are calibrated; 0 means 1
	Threshold   float64        // probability from which a sentence is kept
	Precision   libtorch.DType // of the forward passes
}

// Close frees the model's weights. Call it only on a filter that alone uses its model, as [LoadFilter]'s does.
func (f *SentenceFilter) Close() { f.Model.Close() }

// Probabilities returns one calibrated probability a sentence, in order.
func (f *SentenceFilter) Probabilities(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	logits, err := f.Logits(ctx, sentences)
	if err != nil {
		return nil, err
	}
	return Calibrated(logits, f.Temperature), nil
}

// Calibrated returns each logit's probability at a temperature (Guo et al., arXiv 1706.04599); 0 means 1.
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

// Logits returns one uncalibrated logit a sentence, in order.
func (f *SentenceFilter) Logits(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	tokens, err := f.Tokens(ctx, sentences)
	if err != nil {
		return nil, err
	}
	return f.LogitsOfTokens(ctx, tokens)
}

// SentenceTokens are sentences as a filter reads them.
type SentenceTokens struct {
	IDs [][]int32 // a sentence's token ids, then those of the sentence before it
	Own []int     // how many of each sentence's ids are its own
}

// Append adds other's sentences.
func (t *SentenceTokens) Append(other SentenceTokens) {
	t.IDs, t.Own = append(t.IDs, other.IDs...), append(t.Own, other.Own...)
}

// Tokens tokenises sentences, each with the one before it. It needs no model, so it can run beside a forward pass.
func (f *SentenceFilter) Tokens(ctx context.Context, sentences []corpus.Sentence) (t SentenceTokens, err error) {
	texts, before := make([]string, len(sentences)), make([]string, len(sentences))
	for i, s := range sentences {
		texts[i], before[i] = s.Text, s.Before
	}
	if t.IDs, t.Own, err = f.Tokenizer.InContext(ctx, texts, before, f.MaxLength, f.Context); err != nil {
		return SentenceTokens{}, fmt.Errorf("filter sentences: %w", err)
	}
	return t, nil
}

// LogitsOfTokens is [SentenceFilter.Logits] for tokens from [SentenceFilter.Tokens].
func (f *SentenceFilter) LogitsOfTokens(ctx context.Context, t SentenceTokens) ([]float32, error) {
	out := make([]float32, len(t.IDs))
	err := forEachBatch(ctx, t.IDs, t.Own, func(b *model.Batch, texts [][]int) error {
		logits, err := forward(b, func(s *libtorch.Scope, b *model.Batch) libtorch.Tensor {
			return f.Model.Logits(s, b, f.Precision, false)
		})
		if err != nil {
			return err
		}
		for row, equal := range texts {
			for _, i := range equal {
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
