// Package corpus reads and writes the examples that the trainers learn from: sentences with their skills, and sentences marked skill or not.
// It makes no sentences (data/synthesis), splits no ads (data/jobad) and knows no taxonomy: skills are URIs that nobody checked here.
package corpus

import "hash/fnv"

// Example is one sentence and the skills it names: one line of corpus.jsonl.
type Example struct {
	Text   string   `json:"text"`
	Skills []string `json:"skills"` // URIs; empty: the sentence names no skill
	Level2 string   `json:"level2"` // URI of the Level-2 group that the skills share, "" when they share none or it is not known
	Writer string   `json:"writer"` // what wrote the sentence, for example "template"
}

// Labelled is one sentence for the filter.
type Labelled struct {
	Text  string
	Skill bool // the sentence names a skill
	// Words says of each word of Text, which single spaces part, whether it belongs to a skill; nil where that is not known.
	Words []bool
	// Before is the sentence that stands before this one in the same ad; "" at an ad's start, and where that is not known.
	Before string
}

// Sentence returns the sentence without its label.
func (l Labelled) Sentence() Sentence { return Sentence{l.Text, l.Before} }

// SplitLabels separates sentences from their labels.
func SplitLabels(all []Labelled) (sentences []Sentence, positive []bool) {
	for _, s := range all {
		sentences, positive = append(sentences, s.Sentence()), append(positive, s.Skill)
	}
	return sentences, positive
}

// maxLineBytes bounds one line of JSON and one CSV record. A longer row is rejected, not read.
const maxLineBytes = 1 << 20

// Sentence is a sentence where it stands: what a filter reads that knows context.
type Sentence struct {
	Text   string
	Before string // the sentence before it in the same ad; "" at an ad's start, and where that is not known
}

// Alone returns sentences of which nobody knows what stands before them.
func Alone(texts ...string) []Sentence {
	sentences := make([]Sentence, len(texts))
	for i, text := range texts {
		sentences[i].Text = text
	}
	return sentences
}

// InOrder returns the sentences of an ad, each after the one before it.
func InOrder(texts []string) []Sentence {
	sentences := Alone(texts...)
	for i := 1; i < len(texts); i++ {
		sentences[i].Before = texts[i-1]
	}
	return sentences
}

// Share maps a text to [0, 1) by hash: what is held out below a share is held out in every run, and never on both sides.
func Share(text string) float64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	// FNV's high bits mix poorly on texts that differ at their end; a multiplication spreads them.
	return float64(h.Sum64()*0x9e3779b97f4a7c15>>11) / (1 << 53)
}
