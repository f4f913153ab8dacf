package extract

import (
	"context"

	"skillspace/data/corpus"
	"skillspace/data/jobad"
)

// Options choose what Extract reports.
type Options struct {
	TopK      int     // skills a sentence at most
	Threshold float32 // cosine score from which a skill is reported
}

// Extractor finds the skills of ads.
type Extractor struct {
	Embedder *Embedder
	Index    *Index
	Filter   *SentenceFilter // nil: every sentence is searched
}

// Found is one sentence of an ad with its skills.
type Found struct {
	Sentence    jobad.Sentence
	Kept        bool    // false: the filter dropped it, Skills is empty
	Probability float32 // of naming a skill; 1 without a filter
	Skills      []Match
}

// Extract splits an ad and finds each sentence's skills.
func (x *Extractor) Extract(ctx context.Context, ad string, o Options) ([]Found, error) {
	found, err := x.ExtractAll(ctx, []string{ad}, o)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// ExtractAll is Extract for several ads, in order; their sentences share forward passes, which pays for short ads.
func (x *Extractor) ExtractAll(ctx context.Context, ads []string, o Options) ([][]Found, error) {
	var all []Found // of all ads, one after the other
	var sentences []corpus.Sentence
	ends := make([]int, len(ads))
	for i, ad := range ads {
		before := ""
		for _, sentence := range jobad.Split(ad) {
			all = append(all, Found{Sentence: sentence, Kept: true, Probability: 1})
			sentences = append(sentences, corpus.Sentence{Text: sentence.Text, Before: before})
			before = sentence.Text
		}
		ends[i] = len(all)
	}
	if err := x.filter(ctx, all, sentences); err != nil {
		return nil, err
	}
	if err := x.search(ctx, all, o); err != nil {
		return nil, err
	}
	byAd, start := make([][]Found, len(ads)), 0
	for i, end := range ends {
		byAd[i] = all[start:end:end]
		start = end
	}
	return byAd, nil
}

// filter marks the sentences that name no skill.
func (x *Extractor) filter(ctx context.Context, found []Found, sentences []corpus.Sentence) error {
	if x.Filter == nil || len(found) == 0 {
		return nil
	}
	probabilities, err := x.Filter.Probabilities(ctx, sentences)
	if err != nil {
		return err
	}
	for i, p := range probabilities {
		found[i].Probability, found[i].Kept = p, float64(p) >= x.Filter.Threshold
	}
	return nil
}

// search finds the skills of the sentences that are kept.
func (x *Extractor) search(ctx context.Context, found []Found, o Options) error {
	var texts []string
	var places []int
	for i, f := range found {
		if f.Kept {
			texts, places = append(texts, f.Sentence.Text), append(places, i)
		}
	}
	for start := 0; start < len(texts); start += searchChunk {
		end := min(start+searchChunk, len(texts))
		vectors, err := x.Embedder.Embed(ctx, texts[start:end], nil)
		if err != nil {
			return err
		}
		scores, err := x.Index.Score(ctx, vectors)
		if err != nil {
			return err
		}
		for row, i := range places[start:end] {
			found[i].Skills = Top(scores[row], o.TopK, o.Threshold)
		}
	}
	return nil
}

// searchChunk bounds the sentences whose scores with every skill are in memory at once, whatever an ad holds.
const searchChunk = 512
