package evaluate

import (
	"context"
	"fmt"
	"math"

	"skillspace/data/corpus"
)

// Keep reports for each sentence whether it names a skill.
type Keep func(ctx context.Context, sentences []corpus.Sentence) ([]bool, error)

// Filtered is a system behind a sentence filter: it proposes no skill for a text that the filter removes. At ad level,
// removed sentences do not count; at sentence level, a wrongly removed sentence is a query without a hit.
type Filtered struct {
	System System
	Keep   Keep
	Label  string // the row's title; default: the system's with " + filter"
	Skills int    // skills of the taxonomy
}

// Name returns the row's title in reports.
func (f *Filtered) Name() string {
	if f.Label != "" {
		return f.Label
	}
	return f.System.Name() + " + filter"
}

// Score scores the texts that the filter keeps. Every score of the other texts is -Inf.
func (f *Filtered) Score(ctx context.Context, queries []corpus.Sentence) ([][]float32, error) {
	keep, err := f.Keep(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("filter %d texts: %w", len(queries), err)
	}
	if len(keep) != len(queries) {
		return nil, fmt.Errorf("filter: %d answers for %d texts", len(keep), len(queries))
	}
	var kept []corpus.Sentence
	for i, query := range queries {
		if keep[i] {
			kept = append(kept, query)
		}
	}
	var scored [][]float32
	if len(kept) > 0 {
		if scored, err = f.System.Score(ctx, kept); err != nil {
			return nil, err
		}
		if len(scored) != len(kept) {
			return nil, fmt.Errorf("%s: %d rows for %d texts", f.System.Name(), len(scored), len(kept))
		}
	}
	rows := make([][]float32, len(queries))
	next := 0
	for i := range queries {
		if keep[i] {
			rows[i] = scored[next]
			next++
			continue
		}
		rows[i] = unproposed(f.Skills)
	}
	return rows, nil
}

func unproposed(skills int) []float32 {
	row := make([]float32, skills)
	for i := range row {
		row[i] = float32(math.Inf(-1))
	}
	return row
}
