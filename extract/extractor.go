package extract

import (
	"context"

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
	sentences := jobad.Split(ad)
	found := make([]Found, len(sentences))
	texts := make([]string, len(sentences))
	for i, sentence := range sentences {
		found[i] = Found{Sentence: sentence, Kept: true, Probability: 1}
		texts[i] = sentence.Text
	}
	if err := x.filter(ctx, texts, found); err != nil {
		return nil, err
	}
	return found, x.search(ctx, found, o)
}

func (x *Extractor) filter(ctx context.Context, texts []string, found []Found) error {
	if x.Filter == nil {
		return nil
	}
	probabilities, err := x.Filter.Probabilities(ctx, texts)
	if err != nil {
		return err
	}
	for i, p := range probabilities {
		found[i].Probability, found[i].Kept = p, float64(p) >= x.Filter.Threshold
	}
	return nil
}

func (x *Extractor) search(ctx context.Context, found []Found, o Options) error {
	var texts []string
	var places []int
	for i, f := range found {
		if f.Kept {
			texts, places = append(texts, f.Sentence.Text), append(places, i)
		}
	}
	if len(texts) == 0 {
		return nil
	}
	vectors, err := x.Embedder.Embed(ctx, texts, nil)
	if err != nil {
		return err
	}
	scores, err := x.Index.Score(ctx, vectors)
	if err != nil {
		return err
	}
	for row, i := range places {
		found[i].Skills = Top(scores[row], o.TopK, o.Threshold)
	}
	return nil
}
