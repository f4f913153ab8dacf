package extract

import (
	"context"
	"fmt"

	"skillspace/data/corpus"
	"skillspace/data/jobad"
	"skillspace/embedding"
)

// Ad is an ad that is split and tokenised.
type Ad struct {
	Sentences []jobad.Segment
	Criteria  Criteria

	tokens   [][]int32                // one list a sentence, as the embedder reads it
	filtered embedding.SentenceTokens // the same for the filter, if there is one
}

// Prepare splits an ad and tokenises its sentences. It needs no model, so it can run beside another ad's forward pass.
func (x *Extractor) Prepare(ctx context.Context, text string, c Criteria) (Ad, error) {
	ad := Ad{Sentences: jobad.Split(text), Criteria: c}
	texts := make([]string, len(ad.Sentences))
	for i, sentence := range ad.Sentences {
		texts[i] = sentence.Clean
	}
	var err error
	if ad.tokens, err = x.Embedder.Tokens(ctx, texts); err != nil {
		return Ad{}, fmt.Errorf("prepare ad: %w", err)
	}
	if x.Filter != nil {
		if ad.filtered, err = x.Filter.Tokens(ctx, inContext(texts)); err != nil {
			return Ad{}, fmt.Errorf("prepare ad: %w", err)
		}
	}
	return ad, nil
}

// inContext pairs each sentence of an ad with the one before it.
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

// CleanBytes returns the bytes of the sentences' clean texts, where these differ from the ad's.
func (a Ad) CleanBytes() int {
	n := 0
	for _, s := range a.Sentences {
		if s.Clean != s.Text {
			n += len(s.Clean)
		}
	}
	return n
}

// Tokens returns the number of the embedder's tokens of all sentences, special tokens included. It measures the cost of
// the ad.
func (a Ad) Tokens() int {
	n := 0
	for _, ids := range a.tokens {
		n += len(ids)
	}
	return n
}
