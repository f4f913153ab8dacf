package extract

import (
	"context"
	"fmt"

	"skillspace/data/corpus"
	"skillspace/data/jobad"
)

// Ad is an ad that was split and tokenised. That needs no model, so it may be done beside another ad's forward pass.
type Ad struct {
	Sentences []jobad.Sentence
	Options   Options

	tokens   [][]int32    // one list a sentence, as the embedder reads it
	filtered filterTokens // the same for the filter, if there is one
}

// Prepare splits an ad and tokenises its sentences. It is safe for concurrent use.
func (x *Extractor) Prepare(ctx context.Context, text string, o Options) (Ad, error) {
	ad := Ad{Sentences: jobad.Split(text), Options: o}
	texts := make([]string, len(ad.Sentences))
	for i, sentence := range ad.Sentences {
		texts[i] = sentence.Text
	}
	var err error
	if ad.tokens, err = x.Embedder.Tokens(ctx, texts); err != nil {
		return Ad{}, fmt.Errorf("prepare ad: %w", err)
	}
	if x.Filter != nil {
		if ad.filtered, err = x.Filter.tokens(ctx, inContext(texts)); err != nil {
			return Ad{}, fmt.Errorf("prepare ad: %w", err)
		}
	}
	return ad, nil
}

// inContext puts beside each sentence of an ad the one before it.
func inContext(texts []string) []corpus.Sentence {
	sentences := make([]corpus.Sentence, len(texts))
	for i, text := range texts {
		sentences[i].Text = text
		if i > 0 {
			sentences[i].Before = texts[i-1]
		}
	}
	return sentences
}

// Tokens returns how many tokens the ad's sentences have for the embedder, special tokens included: the measure of what it costs.
func (a Ad) Tokens() int {
	n := 0
	for _, ids := range a.tokens {
		n += len(ids)
	}
	return n
}
