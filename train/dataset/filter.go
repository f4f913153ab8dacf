package dataset

import (
	"context"
	"errors"
	"log/slog"

	"skillspace/data/corpus"
	"skillspace/data/tokencache"
	"skillspace/data/tokenize"
	"skillspace/train"
)

// FilterOptions say what a filter is trained on.
type FilterOptions struct {
	Train         []string // files
	Validation    []string // files; if empty, HeldOutShare of the training sentences
	HeldOutShare  float64
	Encoder       string // folder with the tokenizer
	MaxLength     int    // tokens
	ContextTokens int    // tokens of the preceding sentence in the same ad; 0 for none
	Spans         bool   // marks the tokens that belong to a skill
	TokenCache    string // folder that keeps token ids between runs
}

// Filter holds labelled sentences. Training[i] holds the tokens and the label of Sentences[i].
type Filter struct {
	Tokenizer  *tokenize.Tokenizer
	Sentences  []corpus.Labelled
	Training   []train.LabelledExample
	Validation []corpus.Labelled
	Cut        Cut
}

// ReadFilter reads labelled sentences. A hash of the text decides what is held out, so that it is the same in every run.
func ReadFilter(ctx context.Context, o FilterOptions) (*Filter, error) {
	tokenizer, err := tokenize.Load(o.Encoder)
	if err != nil {
		return nil, err
	}
	all, err := readFiles(ctx, o.Train)
	if err != nil {
		return nil, err
	}
	d := &Filter{Tokenizer: tokenizer}
	if d.Validation, err = readFiles(ctx, o.Validation); err != nil {
		return nil, err
	}
	for _, e := range all {
		if len(o.Validation) == 0 && corpus.Share(e.Text) < o.HeldOutShare {
			d.Validation = append(d.Validation, e)
			continue
		}
		d.Sentences = append(d.Sentences, e)
		d.Training = append(d.Training, train.LabelledExample{Skill: e.Skill})
	}
	if err := d.tokenize(ctx, o); err != nil {
		return nil, err
	}
	if len(d.Validation) == 0 {
		return nil, errors.New("data: there is no sentence to validate on (data.validation, data.share)")
	}
	slog.Info("sentences read", "training", len(d.Training), "validation", len(d.Validation))
	return d, nil
}

// tokenize fills the tokens of Training. It adds the preceding sentence's tokens and the marks if the options ask for them.
func (d *Filter) tokenize(ctx context.Context, o FilterOptions) error {
	texts := make([]string, len(d.Sentences))
	for i, s := range d.Sentences {
		texts[i] = s.Text
	}
	ids, err := tokencache.Encode(ctx, o.TokenCache, d.Tokenizer, texts, o.MaxLength)
	if err != nil {
		return err
	}
	d.Cut = countCut(d.Tokenizer, texts, ids, o.MaxLength)
	own, err := d.addContext(ctx, ids, o.ContextTokens)
	if err != nil {
		return err
	}
	for i := range ids {
		d.Training[i].Tokens, d.Training[i].Own = ids[i], own[i]
	}
	if o.Spans {
		return d.markSpans(o.MaxLength)
	}
	return nil
}

func readFiles(ctx context.Context, paths []string) ([]corpus.Labelled, error) {
	var all []corpus.Labelled
	for _, path := range paths {
		sentences, rejects, err := corpus.ReadLabelledContext(ctx, path)
		if err != nil {
			return nil, err
		}
		if rejects.Rows > 0 {
			slog.Warn("labelled sentences: rows left out: " + rejects.String())
		}
		all = append(all, sentences...)
	}
	return all, nil
}

// addContext appends the end of the preceding sentence to each training sentence's tokens. It returns how many tokens are the
// sentence's own.
func (d *Filter) addContext(ctx context.Context, ids [][]int32, tokens int) (own []int, err error) {
	before, known := make([]string, len(ids)), 0
	for i, s := range d.Sentences {
		if before[i] = s.Before; s.Before != "" {
			known++
		}
	}
	if tokens > 0 && known == 0 {
		return nil, errors.New("model.context_tokens is set, but no training sentence tells which one stands before it, as SkillSpan's and those of whole ads do")
	}
	return d.Tokenizer.AppendContext(ctx, ids, before, tokens)
}

// Lengths returns how many training sentences have 0, 1, … maxLength tokens, including those of the preceding sentence.
func (d *Filter) Lengths(maxLength int) []int {
	lengths := make([]int, maxLength+1)
	for _, e := range d.Training {
		lengths[len(e.Tokens)]++
	}
	return lengths
}
