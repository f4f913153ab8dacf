package evaluate

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"skillspace/data/corpus"
)

// fixed scores a text with the row stored for it.
type fixed struct {
	name string
	rows map[string][]float32
}

func (f fixed) Name() string { return f.name }

func (f fixed) Score(_ context.Context, queries []corpus.Sentence) ([][]float32, error) {
	rows := make([][]float32, len(queries))
	for i, q := range queries {
		row, ok := f.rows[q.Text]
		if !ok {
			return nil, errors.New("no row for " + q.Text)
		}
		rows[i] = append([]float32(nil), row...)
	}
	return rows, nil
}

func sampleBenchmark() *Benchmark {
	return &Benchmark{Name: "sample", Level: Sentence, Skills: 3, Queries: []Query{
		{ID: "1", Text: "a", Gold: []int{0}},
		{ID: "2", Text: "b", Gold: []int{1, 2}},
	}}
}

func TestRunByHand(t *testing.T) {
	good := fixed{"good", map[string][]float32{"a": {3, 2, 1}, "b": {0, 1, 2}}}
	bad := fixed{"bad", map[string][]float32{"a": {1, 2, 3}, "b": {9, 1, 2}}}
	var progress []int
	report, err := RunRanking(context.Background(), []System{good, bad}, sampleBenchmark(), RunOptions{
		ChunkSize: 1, Reference: "bad", Progress: func(_ string, done, total int) { progress = append(progress, done*10+total) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Results[0].Metrics; got[MRR].Value != 1 || got[RP1].Value != 1 || got[RP5].Value != 1 {
		t.Errorf("good: %+v", got)
	}
	if got := report.Results[1].Metrics; !near(got[MRR].Value, (1.0/3+1.0/2)/2, 1e-12) || got[RP1].Value != 0 || got[RP5].Value != 1 {
		t.Errorf("bad: %+v", got)
	}
	if len(report.Differences) != 1 || report.Differences[0].Metrics[RP1].Value != 1 {
		t.Errorf("differences %+v", report.Differences)
	}
	if len(progress) != 4 || progress[1] != 22 {
		t.Errorf("progress %v", progress)
	}
}

func TestRunTakesTheBestPartOfAnAd(t *testing.T) {
	b := &Benchmark{Name: "ads", Level: Ad, Skills: 4, Queries: []Query{
		{ID: "1", Text: "whole", Parts: []string{"a", "b", "c"}, Gold: []int{1, 3}},
		{ID: "2", Text: "b", Gold: []int{2}}, // no parts: the text itself
	}}
	inf := float32(math.Inf(-1))
	system := fixed{"s", map[string][]float32{"a": {-4, -9, -9, -9}, "b": {-9, -1, -2, -9}, "c": {inf, inf, inf, -3}}}
	for _, chunk := range []int{1, 2, 3, 4, 100} {
		report, err := RunRanking(context.Background(), []System{system}, b, RunOptions{ChunkSize: chunk, Bootstrap: Bootstrap{Resamples: -1}})
		if err != nil {
			t.Fatal(err)
		}
		// Ad 1 ranks 1 (-1), 2 (-2), 3 (-3), 0 (-4): gold at ranks 1 and 3. Ad 2: gold at rank 2.
		if rows := report.Results[0].PerQuery; !near(rows[0][RP10], 1, 0) || !near(rows[0][MRR], 1, 0) || !near(rows[1][MRR], 0.5, 0) {
			t.Errorf("chunk %d: %+v", chunk, rows)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	good := fixed{"good", map[string][]float32{"a": {3, 2, 1}, "b": {0, 1, 2}}}
	outside := sampleBenchmark()
	outside.Queries[0].Gold = []int{3}
	empty := sampleBenchmark()
	empty.Queries[0].Gold = nil
	cases := []struct {
		name    string
		systems []System
		bench   *Benchmark
		opts    RunOptions
		want    string
	}{
		{"no system", nil, sampleBenchmark(), RunOptions{}, "at least one"},
		{"no query", []System{good}, &Benchmark{}, RunOptions{}, "at least one"},
		{"twice", []System{good, good}, sampleBenchmark(), RunOptions{}, `two systems are named "good"`},
		{"reference", []System{good}, sampleBenchmark(), RunOptions{Reference: "x"}, `no system is named "x"`},
		{"chunk", []System{good}, sampleBenchmark(), RunOptions{ChunkSize: -1}, "chunk"},
		{"confidence", []System{good}, sampleBenchmark(), RunOptions{Bootstrap: Bootstrap{Confidence: 2}}, "confidence"},
		{"gold outside", []System{good}, outside, RunOptions{}, "outside the taxonomy"},
		{"no gold", []System{good}, empty, RunOptions{}, "query 1 has no gold skill"},
		{"short row", []System{fixed{"s", map[string][]float32{"a": {1}, "b": {1}}}}, sampleBenchmark(), RunOptions{}, `score "a": 1 scores for 3 skills`},
		{"nan", []System{fixed{"s", map[string][]float32{"a": {1, float32(math.NaN()), 1}, "b": {1}}}}, sampleBenchmark(), RunOptions{}, "skill 1 is NaN"},
		{"failing", []System{fixed{"s", nil}}, sampleBenchmark(), RunOptions{}, "evaluate s on sample: texts 1 to 2 of 2: no row for a"},
	}
	for _, c := range cases {
		if _, err := RunRanking(context.Background(), c.systems, c.bench, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := RunRanking(ctx, []System{good}, sampleBenchmark(), RunOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := shorten(strings.Repeat("é", 100)); got != strings.Repeat("é", 60)+"..." {
		t.Errorf("shorten: %q", got)
	}
}

func TestFiltered(t *testing.T) {
	inner := fixed{"s", map[string][]float32{"a": {3, 2, 1}}} // it must not be asked for "b"
	keep := func(_ context.Context, sentences []corpus.Sentence) ([]bool, error) {
		kept := make([]bool, len(sentences))
		for i, s := range sentences {
			kept[i] = s.Text == "a"
		}
		return kept, nil
	}
	system := &Filtered{System: inner, Keep: keep, Skills: 3}
	report, err := RunRanking(context.Background(), []System{system}, sampleBenchmark(), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Results[0]; r.System != "s + filter" || r.PerQuery[0][MRR] != 1 || r.PerQuery[1] != (Values{}) {
		t.Errorf("result %+v", r)
	}
	broken := &Filtered{System: inner, Skills: 3, Label: "x", Keep: func(context.Context, []corpus.Sentence) ([]bool, error) { return nil, nil }}
	if _, err := broken.Score(context.Background(), corpus.Alone("a")); err == nil || broken.Name() != "x" {
		t.Errorf("a filter without answers: %v", err)
	}
	failing := &Filtered{System: inner, Skills: 3, Keep: func(context.Context, []corpus.Sentence) ([]bool, error) { return nil, errors.New("no") }}
	if _, err := failing.Score(context.Background(), corpus.Alone("a")); err == nil {
		t.Error("a failing filter: no error")
	}
}
