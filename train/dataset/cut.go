package dataset

import (
	"log/slog"

	"skillspace/data/tokenize"
)

// Cut are the training sentences that have more tokens than the model reads, so that their ends are not trained on.
type Cut struct {
	Sentences int
	Of        int    // training sentences
	First     string // the beginning of the first one
}

// Warn logs the sentences, if there are any.
func (c Cut) Warn(maxLength int) {
	if c.Sentences > 0 {
		slog.Warn("training sentences are longer than model.max_length: their ends are left out", "sentences", c.Of, "cut", c.Sentences, "max_length", maxLength, "first", c.First)
	}
}

// countCut counts the texts with more than maxLength tokens. ids are the texts' tokens, at most maxLength each.
func countCut(tokenizer *tokenize.Tokenizer, texts []string, ids [][]int32, maxLength int) Cut {
	c := Cut{Of: len(texts)}
	for i, text := range texts {
		if len(ids[i]) < maxLength || len(tokenizer.Encode(text, maxLength+1)) <= maxLength {
			continue
		}
		if c.Sentences++; c.Sentences == 1 {
			c.First = shortened(text)
		}
	}
	return c
}

// shortened returns the beginning of a text.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
