package baseline

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

// Analyzer chooses the tokens of TF-IDF terms.
type Analyzer string

const (
	// Words makes terms of words. Each Chinese character is a word.
	Words Analyzer = "word"
	// Characters makes terms of characters, white space included. It suits text without spaces between words.
	Characters Analyzer = "char"
)

const maxNgram = 8

// TFIDFOptions describe a TF-IDF baseline. The zero value is words, 1- to 2-grams, named "tf-idf".
type TFIDFOptions struct {
	Name       string
	Analyzer   Analyzer // default Words
	MinN, MaxN int      // n-gram sizes, default 1 to 2 for words and 2 to 4 for characters, at most 8
}

// TFIDF is the sparse baseline: the cosine of the sublinear TF-IDF vectors of a text and of a skill's label,
// alternative labels and description together, by an inverted index. The weights are scikit-learn's
// TfidfVectorizer(sublinear_tf=True): (1 + ln tf) times ln((1+n)/(1+df)) + 1, L2-normalised; terms that no skill
// contains are ignored.
type TFIDF struct {
	name     string
	options  TFIDFOptions
	lexicon  *lexicon
	idfT     []float32 // by term; 0 for a term that is only a prefix of other terms
	offsetsT []int     // the postings of term t are offsetsT[t] to offsetsT[t+1]
	skills   []int32   // of each posting
	weights  []float32 // of each posting: the term's component of the skill's unit vector
	count    int       // skills
}

// NewTFIDF indexes the skills of a taxonomy.
func NewTFIDF(tax *taxonomy.Taxonomy, opts TFIDFOptions) (*TFIDF, error) {
	skills := tax.Skills()
	documents := make([]string, len(skills))
	for i, s := range skills {
		documents[i] = strings.Join(append([]string{s.PreferredLabel}, append(slices.Clone(s.AltLabels), s.Description)...), "\n")
	}
	return newTFIDF(documents, opts)
}

func (o TFIDFOptions) withDefaults() (TFIDFOptions, error) {
	if o.Name == "" {
		o.Name = "tf-idf"
	}
	if o.Analyzer == "" {
		o.Analyzer = Words
	}
	if o.MinN == 0 && o.MaxN == 0 {
		o.MinN, o.MaxN = 1, 2
		if o.Analyzer == Characters {
			o.MinN, o.MaxN = 2, 4
		}
	}
	if o.Analyzer != Words && o.Analyzer != Characters {
		return o, fmt.Errorf("tf-idf analyzer %q: want %q or %q", o.Analyzer, Words, Characters)
	}
	if o.MinN < 1 || o.MaxN < o.MinN || o.MaxN > maxNgram {
		return o, fmt.Errorf("tf-idf n-grams %d to %d: want 1 <= min <= max <= %d", o.MinN, o.MaxN, maxNgram)
	}
	return o, nil
}

func newTFIDF(documents []string, opts TFIDFOptions) (*TFIDF, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	t := &TFIDF{name: opts.Name, options: opts, lexicon: newLexicon(), count: len(documents)}
	vectors := make([][]termCount, len(documents))
	for d, text := range documents {
		vectors[d] = countTerms(t.lexicon.ngrams(t.tokens(text), opts.MinN, opts.MaxN, true))
	}
	frequencyT := make([]int, t.lexicon.terms) // documents with the term
	for _, vector := range vectors {
		for _, tc := range vector {
			frequencyT[tc.term]++
		}
	}
	t.idfT = make([]float32, len(frequencyT))
	t.offsetsT = make([]int, len(frequencyT)+1)
	for term, df := range frequencyT {
		if df > 0 {
			t.idfT[term] = idf(len(documents), df)
		}
		t.offsetsT[term+1] = t.offsetsT[term] + df
	}
	t.fill(vectors)
	return t, nil
}

// idf returns the inverse document frequency of a term in holding of n documents.
func idf(n, holding int) float32 { return float32(math.Log(float64(1+n)/float64(1+holding)) + 1) }

// fill writes the postings, in skill order within a term.
func (t *TFIDF) fill(vectors [][]termCount) {
	total := t.offsetsT[len(t.offsetsT)-1]
	t.skills = make([]int32, total)
	t.weights = make([]float32, total)
	nextT := slices.Clone(t.offsetsT)
	for skill, vector := range vectors {
		for i, w := range weigh(vector, t.idfT) {
			at := nextT[vector[i].term]
			t.skills[at], t.weights[at] = int32(skill), w
			nextT[vector[i].term]++
		}
	}
}

func (t *TFIDF) tokens(text string) []string {
	if t.options.Analyzer == Characters {
		return characters(text)
	}
	return words(text)
}

// termCount is a term of a text with its number of occurrences.
type termCount struct {
	term  int32
	count int
}

// countTerms counts equal terms, in ascending order: sums over a text then always run in the same order. It overwrites
// its argument.
func countTerms(terms []int32) []termCount {
	slices.Sort(terms)
	var list []termCount
	for _, term := range terms {
		if n := len(list); n > 0 && list[n-1].term == term {
			list[n-1].count++
			continue
		}
		list = append(list, termCount{term, 1})
	}
	return list
}

// weigh returns the components of a text's unit vector, in the order of its terms. All are 0 where no term is known.
func weigh(vector []termCount, idfT []float32) []float32 {
	weights := make([]float64, len(vector))
	square := 0.0
	for i, tc := range vector {
		weights[i] = (1 + math.Log(float64(tc.count))) * float64(idfT[tc.term])
		square += weights[i] * weights[i]
	}
	unit := make([]float32, len(vector))
	for i, w := range weights {
		if square > 0 {
			unit[i] = float32(w / math.Sqrt(square))
		}
	}
	return unit
}

// Name is the row's name in reports.
func (t *TFIDF) Name() string { return t.name }

// Score returns one row a query of cosines in [0, 1], one a skill. A text without a known term scores 0 with every
// skill.
func (t *TFIDF) Score(ctx context.Context, queries []corpus.Sentence) ([][]float32, error) {
	rows := make([][]float32, len(queries))
	for i, query := range queries {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("score with %s: %w", t.name, err)
		}
		rows[i] = t.score(query.Text)
	}
	return rows, nil
}

func (t *TFIDF) score(query string) []float32 {
	scoresS := make([]float32, t.count)
	terms := t.lexicon.ngrams(t.tokens(query), t.options.MinN, t.options.MaxN, false)
	vector := countTerms(slices.DeleteFunc(terms, func(term int32) bool { return t.idfT[term] == 0 }))
	for i, weight := range weigh(vector, t.idfT) {
		term := vector[i].term
		for p := t.offsetsT[term]; p < t.offsetsT[term+1]; p++ {
			scoresS[t.skills[p]] += weight * t.weights[p]
		}
	}
	return scoresS
}
