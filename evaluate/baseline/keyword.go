package baseline

import (
	"context"
	"fmt"
	"strings"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/lexical"
)

// KeywordFilter is the untrained baseline of the sentence filter: a sentence names a skill if it contains a preferred
// or alternative label of the taxonomy as whole words, whatever their case. A qualifier in brackets at a label's end
// may be absent: "Java (computer programming)".
type KeywordFilter struct {
	lexicon *lexical.Lexicon
	labels  map[int32]bool // terms that are labels
	longest int            // number of words of the longest label
}

// NewKeywordFilter collects the labels of a taxonomy.
func NewKeywordFilter(tax *taxonomy.Taxonomy) *KeywordFilter {
	k := &KeywordFilter{lexicon: lexical.NewLexicon(), labels: map[int32]bool{}}
	for _, skill := range tax.Skills() {
		k.add(skill.PreferredLabel)
		for _, label := range skill.AltLabels {
			k.add(label)
		}
	}
	return k
}

func (k *KeywordFilter) add(label string) {
	k.addWords(lexical.Words(label))
	if plain, _, found := strings.Cut(label, " ("); found && strings.HasSuffix(label, ")") {
		k.addWords(lexical.Words(plain))
	}
}

func (k *KeywordFilter) addWords(list []string) {
	if len(list) == 0 {
		return
	}
	term := int32(0)
	for _, word := range list {
		term = k.lexicon.Extend(term, k.lexicon.Token(word, true), true)
	}
	k.labels[term] = true
	k.longest = max(k.longest, len(list))
}

// LongestMatch returns the number of words of the longest label in a text, 0 if it contains none.
func (k *KeywordFilter) LongestMatch(text string) int {
	list := lexical.Words(text)
	best := 0
	for start := range list {
		term := int32(0)
		for n := 1; start+n <= len(list) && n <= k.longest; n++ {
			if term = k.lexicon.Extend(term, k.lexicon.Token(list[start+n-1], false), false); term < 0 {
				break
			}
			if n > best && k.labels[term] {
				best = n
			}
		}
	}
	return best
}

// Name is the row's name in reports.
func (k *KeywordFilter) Name() string { return "keywords" }

// Threshold is 1: a sentence with a label is kept.
func (k *KeywordFilter) Threshold() float64 { return 1 }

// ScoreSentences scores each sentence by the number of words of its longest label: a longer label is a more specific
// match.
func (k *KeywordFilter) ScoreSentences(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	scores := make([]float32, len(sentences))
	for i, sentence := range sentences {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("score with keywords: %w", err)
		}
		scores[i] = float32(k.LongestMatch(sentence.Text))
	}
	return scores, nil
}
