// Package extract finds the skills of job ads: it splits an ad into sentences, filters them and ranks skills for those
// that are kept. Packages embedding and index compute; extract/render and extract/bulk write results.
package extract

import (
	"context"

	"skillspace/data/jobad"
	"skillspace/embedding"
	"skillspace/index"
)

// Criteria choose what is reported for an ad.
type Criteria struct {
	TopK            int      // largest number of skills per sentence
	Threshold       float32  // lowest score of a reported skill
	FilterThreshold *float64 // lowest probability of a kept sentence; nil: the filter's own threshold
}

// Extractor finds the skills of ads. It is safe for concurrent use.
type Extractor struct {
	*index.Ranker
	Filter *embedding.SentenceFilter // nil: every sentence is searched
}

// Close frees the weights of the ranker and the filter. It may be called again.
func (x *Extractor) Close() {
	if x.Ranker != nil {
		x.Ranker.Close()
	}
	if x.Filter != nil {
		x.Filter.Close()
	}
}

// Found is one sentence of an ad with its skills.
type Found struct {
	Sentence    jobad.Segment
	Kept        bool    // false: the filter dropped it, Skills is empty
	Probability float32 // of naming a skill; 1 without a filter
	Skills      []index.Match

	tokens []int32 // as the embedder reads the sentence
}

// Extract splits an ad and finds each sentence's skills.
func (x *Extractor) Extract(ctx context.Context, ad string, c Criteria) ([]Found, error) {
	found, err := x.ExtractAll(ctx, []string{ad}, c)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// ExtractAll is [Extractor.Extract] for several ads, in order. Their sentences share forward passes, which is faster
// for short ads.
func (x *Extractor) ExtractAll(ctx context.Context, ads []string, c Criteria) ([][]Found, error) {
	prepared := make([]Ad, len(ads))
	for i, text := range ads {
		var err error
		if prepared[i], err = x.Prepare(ctx, text, c); err != nil {
			return nil, err
		}
	}
	return x.ExtractPrepared(ctx, prepared)
}

// ExtractPrepared is [Extractor.ExtractAll] for prepared ads, each with its own criteria. An ad's result does not
// depend on the other ads.
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
	var all embedding.SentenceTokens // of all ads, one after the other
	for _, ad := range ads {
		all.Append(ad.filtered)
	}
	if len(all.IDs) == 0 {
		return nil
	}
	logits, err := x.Filter.LogitsOfTokens(ctx, all)
	if err != nil {
		return err
	}
	probabilities := embedding.Calibrated(logits, x.Filter.Temperature)
	for i, ad := range ads {
		threshold := x.Filter.Threshold
		if ad.Criteria.FilterThreshold != nil {
			threshold = *ad.Criteria.FilterThreshold
		}
		for j := range byAd[i] {
			f := &byAd[i][j]
			f.Probability, f.Kept = probabilities[j], float64(probabilities[j]) >= threshold
		}
		probabilities = probabilities[len(byAd[i]):]
	}
	return nil
}

// searchChunk bounds the number of sentences whose vectors are in memory at once. An ad may have any length.
const searchChunk = 512

// search finds the skills of the sentences that are kept.
func (x *Extractor) search(ctx context.Context, ads []Ad, byAd [][]Found) error {
	var ids [][]int32
	var texts []string
	var kept []*Found
	var criteria []Criteria
	for i := range byAd {
		for j := range byAd[i] {
			if f := &byAd[i][j]; f.Kept {
				ids, texts = append(ids, f.tokens), append(texts, f.Sentence.Window)
				kept, criteria = append(kept, f), append(criteria, ads[i].Criteria)
			}
		}
	}
	for start := 0; start < len(ids); start += searchChunk {
		end := min(start+searchChunk, len(ids))
		vectors, err := x.Embedder.EmbedTokens(ctx, ids[start:end], nil)
		if err != nil {
			return err
		}
		matches, err := x.Search(ctx, texts[start:end], vectors, func(query int) index.Limit {
			c := criteria[start+query]
			return index.Limit{K: c.TopK, Threshold: c.Threshold}
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
