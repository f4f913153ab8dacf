package lexical

import (
	"math"
	"slices"
	"strings"
	"sync"

	"skillspace/data/taxonomy"
)

// Weights are the weights of the parts of a skill's score. A score is at most Words + Prefixes + Phrase.
type Weights struct {
	Words    float32 // the text has all of a label's words, in any inflection
	Prefixes float32 // the text has the beginnings of all of them: "manage" and "management"
	Phrase   float32 // the text contains a label of several words, word after word
	OneWord  float32 // the text contains a label of one word
}

// DefaultWeights are the best found on TECH and HOUSE validation, SkillSkape dev and the sample's sentences together,
// for scores that are added to cosines (docs/experiments.md).
func DefaultWeights() Weights { return Weights{Words: 0.1, Prefixes: 0.1, Phrase: 0.1, OneWord: 0.05} }

// Labels scores the skills of a taxonomy by the words that their labels share with a text: preferred, alternative and
// hidden labels. A label's score is the weighted sum of
//   - the share of its words that are in the text, each word with the weight of its squared inverse document frequency
//     among the labels;
//   - the same for the words' beginnings;
//   - a bonus if the text contains the label as it is, apart from case and inflection.
//
// A skill's score is its best label's. It lies between 0 and the sum of the weights and does not depend on the length of
// the text, so scores of different texts can be compared. Labels is safe for concurrent use.
type Labels struct {
	weights  Weights
	skills   int
	words    vocabulary
	postings *Postings // term -> labels; a weight is the term's part of the label's score
	phrases  *Lexicon  // its tokens are stems
	labelsOf [][]int32 // phrase -> its labels
	labels   []label
	skillL   []int32 // the skill of each label
	offsetsS []int32 // the labels of skill s are offsetsS[s] to offsetsS[s+1]

	parts sync.Pool // *[]float32, the labels' scores: all 0
}

// label is one label of one skill.
type label struct {
	bonus float32 // added if a text contains the label
	text  string
}

// NewLabels indexes the labels of skills. A qualifier in brackets at a label's end may be absent from a text: "Java
// (computer programming)".
func NewLabels(skills []taxonomy.Skill, w Weights) *Labels {
	x := &Labels{weights: w, skills: len(skills), words: newVocabulary(), phrases: NewLexicon(), labelsOf: [][]int32{nil}, offsetsS: []int32{0}}
	var documents [][]TermCount
	for i, s := range skills {
		for _, list := range [][]string{{s.PreferredLabel}, s.AltLabels, s.HiddenLabels} {
			for _, text := range list {
				documents = x.add(documents, int32(i), text, text)
				if plain, _, found := strings.Cut(text, " ("); found && strings.HasSuffix(text, ")") {
					documents = x.add(documents, int32(i), text, plain)
				}
			}
		}
		x.offsetsS = append(x.offsetsS, int32(len(x.labels)))
	}
	x.index(documents)
	x.parts.New = func() any {
		partL := make([]float32, len(x.labels))
		return &partL
	}
	return x
}

// add adds a label whose words are those of written, and its terms to documents.
func (x *Labels) add(documents [][]TermCount, skill int32, text, written string) [][]TermCount {
	words := x.words.labelWords(written)
	if len(words) == 0 {
		return documents
	}
	phrase := int32(0)
	for _, w := range words {
		phrase = x.phrases.Extend(phrase, x.phrases.Token(w.stem, true), true)
	}
	for len(x.labelsOf) < x.phrases.Terms() {
		x.labelsOf = append(x.labelsOf, nil)
	}
	x.labelsOf[phrase] = append(x.labelsOf[phrase], int32(len(x.labels)))
	x.skillL = append(x.skillL, skill)
	x.labels = append(x.labels, label{text: text, bonus: x.weights.Phrase})
	if len(words) == 1 {
		x.labels[len(x.labels)-1].bonus = x.weights.OneWord
	}
	return append(documents, Count(x.words.terms(words, true)))
}

// mostHolding bounds the number of labels that contain a term. A more common term, such as "of", is ignored: it
// says little and costs most.
const mostHolding = 4500

// index weighs the terms of the labels.
func (x *Labels) index(documents [][]TermCount) {
	terms := x.words.count()
	squareT := make([]float64, terms) // squared inverse document frequency
	holdingT := Frequencies(terms, documents)
	for i := range documents {
		documents[i] = slices.DeleteFunc(documents[i], func(tc TermCount) bool { return holdingT[tc.Term] > mostHolding })
	}
	for term, holding := range holdingT {
		idf := float64(IDF(len(documents), holding))
		squareT[term] = idf * idf
	}
	x.postings = NewPostings(terms, documents, func(d int) []float32 {
		var sum [termKinds]float64
		for _, tc := range documents[d] {
			sum[x.words.kind[tc.Term]] += squareT[tc.Term]
		}
		parts := make([]float32, len(documents[d]))
		for i, tc := range documents[d] {
			kind := x.words.kind[tc.Term]
			parts[i] = float32(float64(x.weightOf(kind)) * squareT[tc.Term] / sum[kind])
		}
		return parts
	})
}

func (x *Labels) weightOf(kind termKind) float32 {
	if kind == prefixTerm {
		return x.weights.Prefixes
	}
	return x.weights.Words
}

// Score writes each skill's score with a text to scoresS, which has one element per skill. It returns the labels that
// the text contains: for each skill found, its longest such label.
func (x *Labels) Score(text string, scoresS []float32) (contained map[int]string) {
	words := x.words.textWords(text)
	held := x.parts.Get().(*[]float32)
	defer x.parts.Put(held)
	partL := *held
	for _, tc := range Count(x.words.terms(words, false)) {
		labels, parts := x.postings.Of(tc.Term)
		for i, l := range labels {
			partL[l] += parts[i]
		}
	}
	x.eachPhrase(words, func(phrase int32) {
		for _, l := range x.labelsOf[phrase] {
			// A second occurrence changes nothing. The words and prefixes of the label are all in the text.
			partL[l] = x.weights.Words + x.weights.Prefixes + x.labels[l].bonus
			if contained == nil {
				contained = map[int]string{}
			}
			if skill := int(x.skillL[l]); len(x.labels[l].text) > len(contained[skill]) {
				contained[skill] = x.labels[l].text
			}
		}
	})
	for s := range scoresS {
		scoresS[s] = highest(partL[x.offsetsS[s]:x.offsetsS[s+1]])
	}
	clear(partL)
	return contained
}

// highest returns the highest of scores, which are 0 or more; 0 if there are none. The bits of such numbers have the
// order of the numbers, and comparing integers needs no branch: half of the branches would be predicted wrongly.
func highest(scores []float32) float32 {
	best := uint32(0)
	for _, score := range scores {
		best = max(best, math.Float32bits(score))
	}
	return math.Float32frombits(best)
}

// eachPhrase calls use for every label's phrase in the words of a text. A phrase that occurs twice is used twice.
func (x *Labels) eachPhrase(words []word, use func(phrase int32)) {
	for start := range words {
		x.extend(0, words[start:], use)
	}
}

// extend calls use for the phrases that begin with phrase and continue with words.
func (x *Labels) extend(phrase int32, words []word, use func(phrase int32)) {
	if len(words) == 0 {
		return
	}
	for _, stem := range words[0].spellings() {
		if next := x.phrases.Extend(phrase, x.phrases.Token(stem, false), false); next >= 0 {
			if len(x.labelsOf[next]) > 0 {
				use(next)
			}
			x.extend(next, words[1:], use)
		}
	}
}
