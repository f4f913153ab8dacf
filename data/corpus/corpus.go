// Package corpus reads and writes training examples: sentences with their skills, and sentences labelled as skill or no skill.
// It does not check skills against a taxonomy: a skill is any URI. Package data/synthesis writes sentences, data/jobad splits ads.
package corpus

import "hash/fnv"

// Example is one sentence and the skills it names: one line of corpus.jsonl.
type Example struct {
	Text   string   `json:"text"`
	Skills []string `json:"skills"` // URIs; empty: the sentence names no skill
	Level2 string   `json:"level2"` // URI of the Level-2 group that the skills share; "" if they share none or it is unknown
	Writer string   `json:"writer"` // the writer of the sentence, for example "template"
}

// Labelled is one sentence for the filter.
type Labelled struct {
	Text  string
	Skill bool // the sentence names a skill
	// Words reports for each word of Text whether it belongs to a skill. Words are separated by single spaces. It
	// is nil if that is unknown.
	Words []bool
	// Before is the previous sentence of the same ad. It is "" at the start of an ad or if it is unknown.
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

// Sentence is a sentence with its context, as the filter reads it.
type Sentence struct {
	Text   string
	Before string // the previous sentence of the same ad; "" at the start of an ad or if it is unknown
}

// Alone returns sentences without predecessors.
func Alone(texts ...string) []Sentence {
	sentences := make([]Sentence, len(texts))
	for i, text := range texts {
		sentences[i].Text = text
	}
	return sentences
}

// InOrder returns the sentences of an ad, each with its predecessor.
func InOrder(texts []string) []Sentence {
	sentences := Alone(texts...)
	for i := 1; i < len(texts); i++ {
		sentences[i].Before = texts[i-1]
	}
	return sentences
}

// Share maps a text to [0, 1) by a hash. Texts with a share below a limit are held out, so every run holds out
// the same texts.
func Share(text string) float64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	// FNV's high bits mix poorly for texts that differ only at the end. The multiplication spreads them.
	return float64(h.Sum64()*0x9e3779b97f4a7c15>>11) / (1 << 53)
}
