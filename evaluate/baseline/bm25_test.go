package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"skillspace/data/corpus"
)

func TestBM25AgreesWithBM25S(t *testing.T) {
	var reference struct {
		Documents, Queries []string
		Cases              []struct {
			Analyzer Analyzer
			Scores   [][]float64
		}
	}
	data, err := os.ReadFile("testdata/bm25.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	for _, c := range reference.Cases {
		system, err := newBM25(reference.Documents, c.Analyzer)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := system.Score(t.Context(), corpus.Alone(reference.Queries...))
		if err != nil {
			t.Fatal(err)
		}
		for q, row := range rows {
			for s, score := range row {
				if want := c.Scores[q][s]; !near(float64(score), want, 1e-6*(1+want)) {
					t.Errorf("%s: query %d, skill %d: %v, want %v", c.Analyzer, q, s, score, want)
				}
			}
		}
	}
}

func TestBM25RefusesAnAnalyzerAndStops(t *testing.T) {
	if _, err := newBM25([]string{"a"}, "syllable"); err == nil {
		t.Error("no error for an analyzer that does not exist")
	}
	system, err := NewBM25(sampleTaxonomy(t), Words)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := system.Score(ctx, corpus.Alone("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
