package baseline

import (
	"context"
	"fmt"
	"math"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/lexical"
)

// The constants of BM25, as Lucene and Elasticsearch set them.
const (
	bm25K1 = 1.2  // how soon further occurrences of a term stop counting
	bm25B  = 0.75 // how much a long text is discounted
)

// BM25 is the ranking function of search engines (Robertson and Zaragoza, "The Probabilistic Relevance Framework",
// 2009) over the same texts as [TFIDF]: a skill's label, alternative labels and description together. The inverse
// document frequency is Lucene's, ln(1 + (n - df + 0.5)/(df + 0.5)), which is never negative.
type BM25 struct {
	terms    termReader
	postings *lexical.Postings // a weight is the term's part of the skill's score
	count    int               // skills
}

// NewBM25 indexes the skills of a taxonomy. Its terms are words, or 2- to 4-grams of characters.
func NewBM25(tax *taxonomy.Taxonomy, analyzer Analyzer) (*BM25, error) {
	return newBM25(skillTexts(tax), analyzer)
}

func newBM25(documents []string, analyzer Analyzer) (*BM25, error) {
	minN, maxN := 1, 1
	if analyzer == Characters {
		minN, maxN = 2, 4
	}
	reader, err := newTermReader(analyzer, minN, maxN)
	if err != nil {
		return nil, fmt.Errorf("bm25: %w", err)
	}
	b := &BM25{terms: reader, count: len(documents)}
	vectors, lengths, mean := b.countTerms(documents)
	terms := reader.lexicon.Terms()
	frequencyT := lexical.Frequencies(terms, vectors)
	b.postings = lexical.NewPostings(terms, vectors, func(d int) []float32 {
		saturation := bm25K1 * (1 - bm25B + bm25B*lengths[d]/mean)
		weights := make([]float32, len(vectors[d]))
		for i, tc := range vectors[d] {
			n, df, tf := float64(len(documents)), float64(frequencyT[tc.Term]), float64(tc.Count)
			weights[i] = float32(math.Log(1+(n-df+0.5)/(df+0.5)) * tf / (tf + saturation))
		}
		return weights
	})
	return b, nil
}

// countTerms returns the terms of each document, the documents' lengths in terms, and the mean length.
func (b *BM25) countTerms(documents []string) (vectors [][]lexical.TermCount, lengths []float64, mean float64) {
	vectors, lengths = make([][]lexical.TermCount, len(documents)), make([]float64, len(documents))
	for d, text := range documents {
		terms := b.terms.read(text, true)
		lengths[d] = float64(len(terms))
		mean += lengths[d] / float64(len(documents))
		vectors[d] = lexical.Count(terms)
	}
	return vectors, lengths, mean
}

// Name is the row's name in reports.
func (b *BM25) Name() string { return "bm25" }

// Score returns a row of scores for each query, with one score for each skill. A score is 0 or more and has no upper
// bound. Scores of different queries cannot be compared. A term counts as often as the query has it.
func (b *BM25) Score(ctx context.Context, queries []corpus.Sentence) ([][]float32, error) {
	rows := make([][]float32, len(queries))
	for i, query := range queries {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("score with bm25: %w", err)
		}
		scoresS := make([]float32, b.count)
		for _, tc := range lexical.Count(b.terms.read(query.Text, false)) {
			skills, weights := b.postings.Of(tc.Term)
			for p, skill := range skills {
				scoresS[skill] += float32(tc.Count) * weights[p]
			}
		}
		rows[i] = scoresS
	}
	return rows, nil
}
