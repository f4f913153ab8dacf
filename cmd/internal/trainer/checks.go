package trainer

import (
	"fmt"
	"slices"

	"skillspace/config"
	"skillspace/data/tokenize"
	"skillspace/evaluate"
	"skillspace/internal/command"
	"skillspace/model"
	"skillspace/train/dataset"
)

// The checks of this file find out before the first step what the training needs later: after an epoch, hours may be lost.

// checkBiEncoder refuses a corpus that leaves nothing to train on or to measure, benchmarks that cannot be measured, and
// a tokenizer that is not the encoder's.
func checkBiEncoder(cfg *config.TrainBiencoder, data *dataset.BiEncoder) error {
	if len(data.Training) == 0 {
		return command.Usagef("corpus: %s has no sentence to train on: each one names no skill, or a held-out one (validation.share is %v)",
			cfg.Corpus, cfg.Validation.Share)
	}
	if len(data.Queries) == 0 && len(cfg.Validation.Benchmark) == 0 {
		return command.Usagef("corpus: no sentence of %s names a held-out skill, so that %s cannot be measured: raise validation.share, which is %v, "+
			"or set validation.benchmark to a file of labelled sentences", cfg.Corpus, cfg.Train.BestMetric, cfg.Validation.Share)
	}
	for _, path := range cfg.Validation.Benchmark {
		if _, err := evaluate.LoadBenchmark(path, data.Taxonomy, evaluate.Sentence); err != nil {
			return command.Usage(fmt.Errorf("validation.benchmark: %w", err))
		}
	}
	return checkVocabulary(cfg.Model.Encoder, data.Tokenizer, func(check func(ids []int32, text string) error) error {
		for _, example := range data.Training {
			if err := check(example.Tokens, "a sentence of the corpus"); err != nil {
				return err
			}
		}
		for _, query := range data.Queries {
			if err := check(data.Tokenizer.Encode(cfg.SentencePrefix+query.Text, cfg.Model.MaxLength), fmt.Sprintf("%q", query.Text)); err != nil {
				return err
			}
		}
		for _, skill := range data.Taxonomy.Skills() {
			for _, text := range append([]string{skill.PreferredLabel, skill.Description}, skill.AltLabels...) {
				if err := check(data.Tokenizer.Encode(cfg.SkillText.Prefix+text, cfg.Model.MaxLength), fmt.Sprintf("%q", text)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// checkFilter refuses sentences that are all of one class, and a tokenizer that is not the encoder's.
func checkFilter(cfg *config.TrainFilter, data *dataset.Filter) error {
	positive, negative := 0, 0
	for _, e := range data.Training {
		if e.Skill {
			positive++
		} else {
			negative++
		}
	}
	if err := twoClasses("data.train", "training", positive, negative); err != nil {
		return err
	}
	positive = 0
	for _, s := range data.Validation {
		if s.Skill {
			positive++
		}
	}
	if err := twoClasses("data.validation", "validation", positive, len(data.Validation)-positive); err != nil {
		return err
	}
	return checkVocabulary(cfg.Model.Encoder, data.Tokenizer, func(check func(ids []int32, text string) error) error {
		for i, example := range data.Training {
			if err := check(example.Tokens, fmt.Sprintf("%q", data.Sentences[i].Text)); err != nil {
				return err
			}
		}
		for _, s := range data.Validation {
			if err := check(data.Tokenizer.Encode(s.Text, cfg.Model.MaxLength), fmt.Sprintf("%q", s.Text)); err != nil {
				return err
			}
		}
		return nil
	})
}

func twoClasses(key, role string, positive, negative int) error {
	if positive > 0 && negative > 0 {
		return nil
	}
	return command.Usagef("%s: of %d %s sentences %d name a skill and %d name none; a filter needs both kinds", key, positive+negative, role, positive, negative)
}

// checkVocabulary refuses token ids that the encoder has no row for. each passes the tokens of all texts to check. It is
// called only where the tokenizer has more ids than the encoder.
func checkVocabulary(folder string, tokenizer *tokenize.Tokenizer, each func(check func(ids []int32, text string) error) error) error {
	config, err := model.ReadEncoderConfig(folder)
	if err != nil {
		return err
	}
	if int64(tokenizer.VocabSize()) <= config.VocabSize {
		return nil
	}
	return each(func(ids []int32, text string) error {
		if len(ids) == 0 || int64(slices.Max(ids)) < config.VocabSize {
			return nil
		}
		return command.Usagef("model.encoder: the tokenizer of %s turns %s into token %d, but config.json and the weights have %d tokens: it is not this encoder's tokenizer",
			folder, text, slices.Max(ids), config.VocabSize)
	})
}
