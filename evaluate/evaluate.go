// Package evaluate measures skill rankings and the sentence filter against labelled benchmarks: metrics, intervals, baselines, reports.
// It holds no model: a trained system comes in through the System interface, and training-time validation may call Rank and Measure alone.
package evaluate

import (
	"context"

	"skillspace/data/corpus"
)

// System ranks the skills of a taxonomy for a text.
type System interface {
	// Name is the system's row in a report; it must be unique within one run.
	Name() string
	// Score returns one row a query and in it one score a skill of the taxonomy, in the taxonomy's order; higher is nearer.
	// A score of -Inf means that the system does not propose the skill: it never counts as a hit. NaN is refused by Run.
	// The caller may overwrite the rows.
	Score(ctx context.Context, queries []corpus.Sentence) (scoresQS [][]float32, err error)
}

// Level says what one query of a benchmark is.
type Level string

const (
	// Sentence makes every sentence a query.
	Sentence Level = "sentence"
	// Ad makes every whole ad a query, its gold skills those of all of its sentences.
	Ad Level = "ad"
)

// Query is a text with the skills it names.
type Query struct {
	ID       string   // where it comes from: "line 12", "zh-039", "zh-039#3"
	Text     string   // the sentence, or the whole ad
	Before   string   // at sentence level the sentence before it in its ad, where that is known
	Parts    []string // at ad level the ad's sentences: a skill's score is its best over these; empty means Text alone
	PartGold [][]int  // at ad level the skills that each of Parts names, sorted
	Gold     []int    // skill indices of the taxonomy, sorted, without repetition
}

// sentences are what systems score for the query.
func (q Query) sentences() []corpus.Sentence {
	if len(q.Parts) == 0 {
		return []corpus.Sentence{{Text: q.Text, Before: q.Before}}
	}
	return corpus.InOrder(q.Parts)
}

// count is the number of sentences.
func (q Query) count() int { return max(len(q.Parts), 1) }
