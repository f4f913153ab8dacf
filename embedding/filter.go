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
	Divided     *Divided       // counts the sentences that [SentenceFilter.Probabilities] divides; may be nil
}

// Close frees the model's weights. Call it only on a filter that alone uses its model, as [LoadFilter]'s does.
func (f *SentenceFilter) Close() { f.Model.Close() }

// Probabilities returns one calibrated probability per sentence, in order. A sentence that is too long is read
// in windows. Its probability is the highest of its windows.
func (f *SentenceFilter) Probabilities(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	tokens, err := f.Tokens(ctx, sentences)
	if err != nil {
		return nil, err
	}
	windows, of := f.divide(sentences, tokens)
	if len(windows) > len(sentences) {
		if tokens, err = f.Tokens(ctx, windows); err != nil {
			return nil, err
		}
	}
	ofWindows, err := f.LogitsOfTokens(ctx, tokens)
	if err != nil {
		return nil, err
	}
	logits := ofWindows[:0]
	for i, logit := range ofWindows {
		if i > 0 && of[i] == of[i-1] {
			last := &logits[len(logits)-1]
			*last = max(*last, logit)
		} else {
			logits = append(logits, logit)
		}
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

// Logits returns one uncalibrated logit per sentence, in order. As in training, a sentence that is too long is
// cut at its end.
func (f *SentenceFilter) Logits(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	tokens, err := f.Tokens(ctx, sentences)
	if err != nil {
		return nil, err
	}
	return f.LogitsOfTokens(ctx, tokens)
}

// divide returns the windows of sentences, each with the text before it. of[i] is the sentence of window i.
func (f *SentenceFilter) divide(sentences []corpus.Sentence, tokens SentenceTokens) (windows []corpus.Sentence, of []int) {
	texts := make([]string, len(sentences))
	for i, s := range sentences {
		texts[i] = s.Text
	}
	parts, of := divide(texts, func(i int) bool { return f.Whole(texts[i], tokens.Own[i]) }, f.Fits, f.Divided)
	windows = make([]corpus.Sentence, len(parts))
	for i, part := range parts {
		windows[i] = corpus.Sentence{Text: part, Before: sentences[of[i]].Before}
		if i > 0 && of[i] == of[i-1] {
			windows[i].Before = parts[i-1]
		}
	}
	return windows, of
}

// Fits reports whether the filter reads a sentence whole.
func (f *SentenceFilter) Fits(text string) bool {
	return len(f.Tokenizer.Encode(text, f.MaxLength+1)) <= f.MaxLength
}

// Whole is [SentenceFilter.Fits] for a text with the number of its tokens from [SentenceFilter.Tokens].
func (f *SentenceFilter) Whole(text string, own int) bool { return own < f.MaxLength || f.Fits(text) }

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
			if logit := float64(logits[row]); math.IsNaN(logit) || math.IsInf(logit, 0) {
				return fmt.Errorf("the model's output cannot be used: logit %d is %v", row, logit)
			}
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
