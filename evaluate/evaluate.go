// Package evaluate measures rankings of skills and sentence filters on labelled benchmarks: metrics, intervals,
// reports. It holds no model: a trained model comes in as a [System] or a [SentenceScorer]. Validation during training
// calls [Rank] and [Measure].
package evaluate

import (
	"context"

	"skillspace/data/corpus"
)

// System ranks the skills of a taxonomy for a text.
type System interface {
	// Name is the title of the system's row in a report. It must be unique within a run.
	Name() string
	// Score returns a row for each query, with a score for each skill in the taxonomy's order. A higher score is better. -Inf
	// means that the system does not propose the skill, which then never counts as a hit. NaN is an error. The caller
	// may overwrite the rows.
	Score(ctx context.Context, queries []corpus.Sentence) (scoresQS [][]float32, err error)
}

// Level chooses what a query of a benchmark is.
type Level string

const (
	// Sentence makes every sentence a query.
	Sentence Level = "sentence"
	// Ad makes every ad a query. Its gold skills are those of all its sentences.
	Ad Level = "ad"
)

// Query is a text with the skills that it names.
type Query struct {
	ID       string    // where it comes from: "line 12", "zh-039", "zh-039#3"
	Text     string    // the sentence, or the whole ad
	Before   string    // at sentence level: the sentence before it in its ad, if known
	Parts    []string  // at ad level: the ad's sentences; a skill's score is its best over these; empty means Text alone
	PartGold [][]int   // at ad level: the skills that each of Parts names, sorted
	Gold     []int     // indices of skills of the taxonomy, sorted, without duplicates
	Grades   []float64 // the grade of each of Gold, above 0; nil if the file has no grades
}

// sentences returns what systems score for the query.
func (q Query) sentences() []corpus.Sentence {
	if len(q.Parts) == 0 {
		return []corpus.Sentence{{Text: q.Text, Before: q.Before}}
	}
	return corpus.InOrder(q.Parts)
}

// count returns the number of sentences.
func (q Query) count() int { return max(len(q.Parts), 1) }
