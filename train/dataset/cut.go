package dataset

import (
	"log/slog"

	"skillspace/data/tokenize"
)

// countCut returns how many texts have more than maxLength tokens, so that their ends are not trained on. It warns of them and
// names the first. ids are the texts' tokens, at most maxLength each.
func countCut(tokenizer *tokenize.Tokenizer, texts []string, ids [][]int32, maxLength int) (cut int) {
	first := ""
	for i, text := range texts {
		if len(ids[i]) < maxLength || len(tokenizer.Encode(text, maxLength+1)) <= maxLength {
			continue
		}
		if cut++; cut == 1 {
			first = shortened(text)
		}
	}
	if cut > 0 {
		slog.Warn("training sentences are longer than model.max_length: their ends are left out", "sentences", len(texts), "cut", cut, "max_length", maxLength, "first", first)
	}
	return cut
}

// shortened returns the beginning of a text.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
