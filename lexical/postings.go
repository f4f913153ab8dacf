package lexical

import "slices"

// Postings is an inverted index: it lists the documents that contain each term, each with a weight. It does not
// change after it is made.
type Postings struct {
	offsetsT  []int // the postings of term t are offsetsT[t] to offsetsT[t+1]
	documents []int32
	weights   []float32
}

// NewPostings indexes documents. Each is a list of distinct terms, numbered from 0 to terms-1. weigh returns
// the weights of a document's terms, in their order. The postings of a term are in the documents' order.
func NewPostings(terms int, documents [][]TermCount, weigh func(document int) []float32) *Postings {
	p := &Postings{offsetsT: make([]int, terms+1)}
	for _, document := range documents {
		for _, tc := range document {
			p.offsetsT[tc.Term+1]++
		}
	}
	for term := range terms {
		p.offsetsT[term+1] += p.offsetsT[term]
	}
	p.documents = make([]int32, p.offsetsT[terms])
	p.weights = make([]float32, p.offsetsT[terms])
	nextT := slices.Clone(p.offsetsT)
	for d, document := range documents {
		for i, w := range weigh(d) {
			at := nextT[document[i].Term]
			p.documents[at], p.weights[at] = int32(d), w
			nextT[document[i].Term]++
		}
	}
	return p
}

// Of returns the documents that contain a term and the term's weights in them. The slices must not be changed.
func (p *Postings) Of(term int32) (documents []int32, weights []float32) {
	from, to := p.offsetsT[term], p.offsetsT[term+1]
	return p.documents[from:to], p.weights[from:to]
}

// Frequencies returns for each term the number of documents that contain it.
func Frequencies(terms int, documents [][]TermCount) []int {
	frequencyT := make([]int, terms)
	for _, document := range documents {
		for _, tc := range document {
			frequencyT[tc.Term]++
		}
	}
	return frequencyT
}
