package extract

import (
	"context"

	"skillspace/data/jobad"
)

// Options choose what Extract reports.
type Options struct {
	TopK            int      // skills a sentence at most
	Threshold       float32  // cosine score from which a skill is reported
	FilterThreshold *float64 // probability from which a sentence is kept; nil: the filter's own
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

	tokens []int32 // as the embedder reads the sentence
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
	prepared := make([]Ad, len(ads))
	for i, text := range ads {
		var err error
		if prepared[i], err = x.Prepare(ctx, text, o); err != nil {
			return nil, err
		}
	}
	return x.ExtractPrepared(ctx, prepared)
}

// ExtractPrepared is ExtractAll for ads that were prepared, each with its own options. What is found in an ad does not depend on the ads
// beside it.
func (x *Extractor) ExtractPrepared(ctx context.Context, ads []Ad) ([][]Found, error) {
	byAd := make([][]Found, len(ads))
	for i, ad := range ads {
		byAd[i] = make([]Found, len(ad.Sentences))
		for j, sentence := range ad.Sentences {
			byAd[i][j] = Found{Sentence: sentence, Kept: true, Probability: 1, tokens: ad.tokens[j]}
		}
	}
	if err := x.filter(ctx, ads, byAd); err != nil {
		return nil, err
	}
	if err := x.search(ctx, ads, byAd); err != nil {
		return nil, err
	}
	return byAd, nil
}

// filter marks the sentences that name no skill.
func (x *Extractor) filter(ctx context.Context, ads []Ad, byAd [][]Found) error {
	if x.Filter == nil {
		return nil
	}
	var all filterTokens // of all ads, one after the other
	for _, ad := range ads {
		all.ids, all.own = append(all.ids, ad.filtered.ids...), append(all.own, ad.filtered.own...)
	}
	if len(all.ids) == 0 {
		return nil
	}
	logits, err := x.Filter.logits(ctx, all)
	if err != nil {
		return err
	}
	probabilities := Calibrated(logits, x.Filter.Temperature)
	for i, ad := range ads {
		threshold := x.Filter.Threshold
		if ad.Options.FilterThreshold != nil {
			threshold = *ad.Options.FilterThreshold
		}
		for j := range byAd[i] {
			f := &byAd[i][j]
			f.Probability, f.Kept = probabilities[j], float64(probabilities[j]) >= threshold
		}
		probabilities = probabilities[len(byAd[i]):]
	}
	return nil
}

// search finds the skills of the sentences that are kept.
func (x *Extractor) search(ctx context.Context, ads []Ad, byAd [][]Found) error {
	var ids [][]int32
	var kept []*Found
	var options []Options
	for i := range byAd {
		for j := range byAd[i] {
			if f := &byAd[i][j]; f.Kept {
				ids, kept, options = append(ids, f.tokens), append(kept, f), append(options, ads[i].Options)
			}
		}
	}
	for start := 0; start < len(ids); start += searchChunk {
		end := min(start+searchChunk, len(ids))
		vectors, err := x.Embedder.EmbedTokens(ctx, ids[start:end], nil)
		if err != nil {
			return err
		}
		matches, err := x.Index.Best(ctx, vectors, func(query int) Limit {
			o := options[start+query]
			return Limit{o.TopK, o.Threshold}
		})
		if err != nil {
			return err
		}
		for row, f := range kept[start:end] {
			f.Skills = matches[row]
		}
	}
	return nil
}

// searchChunk bounds the sentences whose vectors are in memory at once, whatever an ad holds.
const searchChunk = 512
