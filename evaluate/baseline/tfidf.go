// Package baseline holds the baselines that trained models are compared with: TF-IDF and BM25 rank skills; keywords
// and logistic regression filter sentences. It measures nothing: package evaluate does.
package baseline

import (
	"context"
	"fmt"
	"slices"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/lexical"
)

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
	terms    termReader
	idfT     []float32         // by term; 0 for a term that is only a prefix of other terms
	postings *lexical.Postings // a weight is the term's component of the skill's unit vector
	count    int               // skills
}

// NewTFIDF indexes the skills of a taxonomy.
func NewTFIDF(tax *taxonomy.Taxonomy, opts TFIDFOptions) (*TFIDF, error) {
	return newTFIDF(skillTexts(tax), opts)
}

func (o TFIDFOptions) withDefaults() TFIDFOptions {
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
	return o
}

func newTFIDF(documents []string, opts TFIDFOptions) (*TFIDF, error) {
	opts = opts.withDefaults()
	reader, err := newTermReader(opts.Analyzer, opts.MinN, opts.MaxN)
	if err != nil {
		return nil, fmt.Errorf("tf-idf: %w", err)
	}
	t := &TFIDF{name: opts.Name, terms: reader, count: len(documents)}
	vectors := make([][]lexical.TermCount, len(documents))
	for d, text := range documents {
		vectors[d] = lexical.Count(reader.read(text, true))
	}
	terms := reader.lexicon.Terms()
	t.idfT = make([]float32, terms)
	for term, holding := range lexical.Frequencies(terms, vectors) {
		if holding > 0 {
			t.idfT[term] = lexical.IDF(len(documents), holding)
		}
	}
	t.postings = lexical.NewPostings(terms, vectors, func(d int) []float32 { return lexical.Unit(vectors[d], t.idfT) })
	return t, nil
}

// Name is the row's name in reports.
func (t *TFIDF) Name() string { return t.name }

// Score returns a row of cosines in [0, 1] for each query, with one cosine for each skill. A text without a
// known term scores 0 with every skill.
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
	terms := t.terms.read(query, false)
	vector := lexical.Count(slices.DeleteFunc(terms, func(term int32) bool { return t.idfT[term] == 0 }))
	for i, weight := range lexical.Unit(vector, t.idfT) {
		skills, weights := t.postings.Of(vector[i].Term)
		for p, skill := range skills {
			scoresS[skill] += weight * weights[p]
		}
	}
	return scoresS
}
