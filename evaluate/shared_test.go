package evaluate

import (
	"context"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

// The expected numbers are those of scripts/evaluate-references/shared.py, which uses scikit-learn and none of this package's code.
func TestTFIDFOnSharedBenchmarks(t *testing.T) {
	tax, err := taxonomy.Load(shared(t, "data/esco-1.1.0"))
	if err != nil {
		t.Fatal(err)
	}
	system, err := NewTFIDF(tax, TFIDFOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		path    string
		level   Level
		queries int
		gold    int
		want    Values
	}{
		{"data/skill-extraction-benchmark/tech_validation_annotations.csv", Sentence, 75, 131, Values{0.5136, 0.4133, 0.5327, 0.5704, 0.1573, 0.5327, 0.2336}},
		{"data/skill-extraction-benchmark/house_validation_annotations.csv", Sentence, 61, 131, Values{0.3468, 0.2131, 0.3126, 0.4161, 0.1049, 0.3098, 0.1466}},
		{"data/skillskape/dev.csv", Sentence, 1230, 2615, Values{0.2784, 0.1919, 0.2291, 0.2895, 0.0963, 0.2289, 0.1274}},
		{"data/zh-ads/dev.jsonl", Sentence, 148, 382, Values{0.0529, 0.0405, 0.0429, 0.0446, 0.0230, 0.0429, 0.0280}},
		{"data/zh-ads/dev.jsonl", Ad, 20, 381, Values{0.1965, 0.1000, 0.1000, 0.0650, 0.1000, 0.0254, 0.0404}},
	}
	for _, c := range cases {
		b, err := LoadBenchmark(shared(t, c.path), tax, c.level)
		if err != nil {
			t.Fatal(err)
		}
		gold := 0
		for _, q := range b.Queries {
			gold += len(q.Gold)
		}
		if len(b.Queries) != c.queries || gold != c.gold || len(b.Unknown) != 0 || b.Rejects.Rows != 0 {
			t.Errorf("%s: %d queries and %d gold skills, want %d and %d; %v", c.path, len(b.Queries), gold, c.queries, c.gold, b.Notes())
		}
		report, err := Run(context.Background(), []System{system}, b, Options{Bootstrap: Bootstrap{Resamples: -1}})
		if err != nil {
			t.Fatal(err)
		}
		for m, interval := range report.Results[0].Metrics {
			if !near(interval.Value, c.want[m], 6e-5) {
				t.Errorf("%s at %s level: %s = %.5f, want %.4f", c.path, c.level, Metric(m), interval.Value, c.want[m])
			}
		}
	}
}

func TestKeywordsOnSharedSkillSpan(t *testing.T) {
	tax, err := taxonomy.Load(shared(t, "data/esco-1.1.0"))
	if err != nil {
		t.Fatal(err)
	}
	sentences, _, err := corpus.ReadLabelled(shared(t, "data/skillspan/dev.json"))
	if err != nil {
		t.Fatal(err)
	}
	scorers := []SentenceScorer{NewKeywordFilter(tax)}
	report, err := RunBinary(context.Background(), scorers, "skillspan dev", sentences, Options{Bootstrap: Bootstrap{Resamples: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Sentences != 3174 || report.Positives != 914 {
		t.Errorf("%d sentences, %d positive, want 3174 and 914", report.Sentences, report.Positives)
	}
	want := [binaryMetricCount]float64{0.418870, 0.514469, 0.525164, 0.519762}
	for m, interval := range report.Results[0].Metrics {
		if !near(interval.Value, want[m], 1e-6) {
			t.Errorf("%s = %.6f, want %.6f", BinaryMetric(m), interval.Value, want[m])
		}
	}
}
