package extract

import (
	"context"
	"fmt"

	"skillspace/data/corpus"
	"skillspace/data/jobad"
	"skillspace/embedding"
)

// Ad is an ad that has been split and tokenised.
type Ad struct {
	Sentences []jobad.Segment
	Criteria  Criteria

	tokens   [][]int32                // a list per sentence, as the embedder reads it
	filtered embedding.SentenceTokens // the same for the filter, if there is one
}

// Prepare splits an ad and tokenises its sentences. A sentence that is too long for a model is divided into
// clauses. Prepare needs no model, so it can run during another ad's forward pass.
func (x *Extractor) Prepare(ctx context.Context, text string, c Criteria) (Ad, error) {
	ad := Ad{Sentences: jobad.Split(text), Criteria: c}
	err := x.tokenize(ctx, &ad)
	if err == nil && !x.readsWhole(ad) {
		ad.Sentences = jobad.SplitToFit(text, x.fits)
		err = x.tokenize(ctx, &ad)
	}
	if err != nil {
		return Ad{}, fmt.Errorf("prepare ad: %w", err)
	}
	return ad, nil
}

// tokenize fills the tokens of an ad's sentences.
func (x *Extractor) tokenize(ctx context.Context, ad *Ad) (err error) {
	windows := make([]string, len(ad.Sentences))
	for i, sentence := range ad.Sentences {
		windows[i] = sentence.Window
	}
	if ad.tokens, err = x.Embedder.Tokens(ctx, windows); err != nil || x.Filter == nil {
		return err
	}
	ad.filtered, err = x.Filter.Tokens(ctx, inContext(ad.Sentences))
	return err
}

// readsWhole reports whether the embedder and the filter can read all sentences of an ad without cutting them.
func (x *Extractor) readsWhole(ad Ad) bool {
	for i, sentence := range ad.Sentences {
		if !x.Embedder.Whole(sentence.Window, ad.tokens[i]) || x.Filter != nil && !x.Filter.Whole(sentence.Window, ad.filtered.Own[i]) {
			return false
		}
	}
	return true
}

// fits reports whether the embedder and the filter can read a text without cutting it.
func (x *Extractor) fits(text string) bool {
	return x.Embedder.Fits(text) && (x.Filter == nil || x.Filter.Fits(text))
}

// inContext pairs each sentence of an ad with the one before it.
func inContext(segments []jobad.Segment) []corpus.Sentence {
	sentences := make([]corpus.Sentence, len(segments))
	for i, segment := range segments {
		sentences[i].Text = segment.Window
		if i > 0 {
			sentences[i].Before = segments[i-1].Clean
		}
	}
	return sentences
}

// Divided counts the sentences that were too long for a model, the clauses that they were divided into, and the
// cuts inside a clause.
type Divided struct{ Sentences, Clauses, Cuts int }

// Add counts the sentence or clause.
func (d *Divided) Add(s jobad.Segment) {
	switch s.Part {
	case 0:
		return
	case 1:
		d.Sentences++
	}
	d.Clauses++
	if s.Cut {
		d.Cuts++
	}
}

// CleanBytes returns the number of bytes of the clean texts that differ from the ad's own text.
func (a Ad) CleanBytes() int {
	n := 0
	for _, s := range a.Sentences {
		if s.Clean != s.Text {
			n += len(s.Clean)
		}
	}
	return n
}

// Tokens returns the number of the embedder's tokens in all sentences, special tokens included. It measures the
// cost of the ad.
func (a Ad) Tokens() int {
	n := 0
	for _, ids := range a.tokens {
		n += len(ids)
	}
	return n
}
