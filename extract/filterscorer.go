package extract

import "context"

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
func (f *FilterScorer) ScoreSentences(ctx context.Context, texts []string) ([]float32, error) {
	return f.Filter.Probabilities(ctx, texts)
}

// Keep says which sentences the filter keeps.
func (f *FilterScorer) Keep(ctx context.Context, texts []string) ([]bool, error) {
	probabilities, err := f.Filter.Probabilities(ctx, texts)
	if err != nil {
		return nil, err
	}
	keep := make([]bool, len(texts))
	for i, p := range probabilities {
		keep[i] = float64(p) >= f.Filter.Threshold
	}
	return keep, nil
}
