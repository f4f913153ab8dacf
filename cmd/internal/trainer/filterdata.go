package trainer

import (
	"context"
	"fmt"
	"log/slog"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/tokencache"
	"skillspace/data/tokenize"
	"skillspace/train"
)

// labelled is the filter's data.
type labelled struct {
	tokenizer  *tokenize.Tokenizer
	sentences  []corpus.Labelled // to train on
	training   []train.LabelledExample
	validation []corpus.Labelled
}

func readLabelled(ctx context.Context, cfg *config.TrainFilter) (*labelled, error) {
	tokenizer, err := tokenize.Load(cfg.Model.Encoder)
	if err != nil {
		return nil, err
	}
	all, err := readFiles(ctx, cfg.Data.Train)
	if err != nil {
		return nil, err
	}
	d := &labelled{tokenizer: tokenizer}
	if d.validation, err = readFiles(ctx, cfg.Data.Validation); err != nil {
		return nil, err
	}
	var texts []string
	for _, e := range all {
		if len(cfg.Data.Validation) == 0 && corpus.Share(e.Text) < cfg.Data.Share {
			d.validation = append(d.validation, e)
			continue
		}
		texts, d.sentences = append(texts, e.Text), append(d.sentences, e)
		d.training = append(d.training, train.LabelledExample{Skill: e.Skill})
	}
	ids, err := tokencache.Encode(ctx, tokenFolder(cfg.Run), tokenizer, texts, cfg.Model.MaxLength)
	if err != nil {
		return nil, err
	}
	own, err := d.addContext(ctx, ids, cfg.Model.ContextTokens)
	if err != nil {
		return nil, err
	}
	for i := range ids {
		d.training[i].Tokens, d.training[i].Own = ids[i], own[i]
	}
	if cfg.Loss.SpanWeight > 0 {
		if err := d.markSpans(cfg.Model.MaxLength); err != nil {
			return nil, err
		}
	}
	if len(d.validation) == 0 {
		return nil, fmt.Errorf("data: there is no sentence to validate on (data.validation, data.share)")
	}
	slog.Info("sentences read", "training", len(d.training), "validation", len(d.validation))
	return d, nil
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

// addContext puts the end of the sentence before it behind each training sentence's tokens, and returns how many are the sentence's own.
func (d *labelled) addContext(ctx context.Context, ids [][]int32, tokens int) (own []int, err error) {
	before, known := make([]string, len(ids)), 0
	for i, s := range d.sentences {
		if before[i] = s.Before; s.Before != "" {
			known++
		}
	}
	if tokens > 0 && known == 0 {
		return nil, fmt.Errorf("model.context_tokens is set, but no training sentence tells which one stands before it, as SkillSpan's and those of whole ads do")
	}
	return d.tokenizer.AppendContext(ctx, ids, before, tokens)
}
