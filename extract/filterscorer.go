package extract

import (
	"context"

	"skillspace/data/corpus"
)

// FilterScorer shows a sentence filter to package evaluate, which measures it as a SentenceScorer or puts it before a ranker.
type FilterScorer struct {
	Title  string
	Filter *SentenceFilter
}

// Name returns the row's title in a table.
func (f *FilterScorer) Name() string { return f.Title }

// Threshold returns the probability from which a sentence is kept.
func (f *FilterScorer) Threshold() float64 { return f.Filter.Threshold }

// ScoreSentences returns the probability of each sentence to name a skill.
func (f *FilterScorer) ScoreSentences(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	return f.Filter.Probabilities(ctx, sentences)
}

// Keep says which sentences the filter keeps.
func (f *FilterScorer) Keep(ctx context.Context, sentences []corpus.Sentence) ([]bool, error) {
	probabilities, err := f.Filter.Probabilities(ctx, sentences)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, len(sentences))
	for i, p := range probabilities {
		keep[i] = float64(p) >= f.Filter.Threshold
	}
	return keep, nil
}
