package main

import (
	"fmt"
	"path/filepath"

	"skillspace/data/tokenize"
	"skillspace/model"
)

// roundData is what all sides train on in one round.
type roundData struct {
	folder string
	flops  float64 // of the matrix products, forward and backward, an example
}

// rounds draws each round's pairs, just as many as its steps need, so that a side meets the corpus's lengths as they are and not
// those of the batches that it happens to come to first.
func (b *bench) rounds() ([]roundData, error) {
	encoder, err := model.ReadEncoderConfig(b.Model)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenize.Load(b.Model)
	if err != nil {
		return nil, err
	}
	tokens := func(text string) int { return len(tokenizer.Encode(text, b.MaxLength)) }
	b.result.Data.TokensAPair, b.result.Data.TokenShare = tokenShare(b.pairs, b.Batch, tokens)
	data := make([]roundData, b.Rounds)
	for round := range data {
		pairs := sample(b.pairs, b.Batch*(b.WarmUp+b.Steps+spareSteps), b.Seed+uint64(round))
		data[round].folder = filepath.Join(b.work, fmt.Sprintf("round-%d", round+1))
		if err := writeTraining(data[round].folder, pairs); err != nil {
			return nil, err
		}
		data[round].flops = flopsAnExample(pairs, b.Batch, encoder, tokens)
	}
	return data, nil
}
