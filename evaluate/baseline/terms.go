package baseline

import (
	"fmt"
	"slices"
	"strings"

	"skillspace/data/taxonomy"
	"skillspace/lexical"
)

// Analyzer chooses the tokens that the terms of [TFIDF] and [BM25] are made of.
type Analyzer string

const (
	// Words makes terms of words. Each Chinese character is a word.
	Words Analyzer = "word"
	// Characters makes terms of characters, white space included. It suits text without spaces between words.
	Characters Analyzer = "char"
)

const maxNgram = 8

// termReader reads the n-grams of texts.
type termReader struct {
	lexicon    *lexical.Lexicon
	analyzer   Analyzer
	minN, maxN int
}

func newTermReader(analyzer Analyzer, minN, maxN int) (termReader, error) {
	if analyzer != Words && analyzer != Characters {
		return termReader{}, fmt.Errorf("analyzer %q: want %q or %q", analyzer, Words, Characters)
	}
	if minN < 1 || maxN < minN || maxN > maxNgram {
		return termReader{}, fmt.Errorf("n-grams %d to %d: want 1 <= min <= max <= %d", minN, maxN, maxNgram)
	}
	return termReader{lexicon: lexical.NewLexicon(), analyzer: analyzer, minN: minN, maxN: maxN}, nil
}

// read returns the terms of a text, repeated ones included. Without learn, it leaves out terms that are not known.
func (r termReader) read(text string, learn bool) []int32 {
	tokens := lexical.Words
	if r.analyzer == Characters {
		tokens = lexical.Characters
	}
	return r.lexicon.Ngrams(tokens(text), r.minN, r.maxN, learn)
}

// skillTexts returns the text of each skill: its label, alternative labels and description.
func skillTexts(tax *taxonomy.Taxonomy) []string {
	skills := tax.Skills()
	texts := make([]string, len(skills))
	for i, s := range skills {
		texts[i] = strings.Join(append([]string{s.PreferredLabel}, append(slices.Clone(s.AltLabels), s.Description)...), "\n")
	}
	return texts
}
