package baseline

import (
	"context"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/evaluate"
)

// The expected numbers are those of scripts/evaluate-references/shared.py, which uses scikit-learn and none of this
// package's code.
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
		level   evaluate.Level
		queries int
		gold    int
		want    evaluate.Values
	}{
		{"data/skill-extraction-benchmark/tech_validation_annotations.csv", evaluate.Sentence, 75, 131, evaluate.Values{0.5136, 0.4133, 0.5327, 0.5704, 0.1573, 0.5327, 0.2336}},
		{"data/skill-extraction-benchmark/house_validation_annotations.csv", evaluate.Sentence, 61, 131, evaluate.Values{0.3468, 0.2131, 0.3126, 0.4161, 0.1049, 0.3098, 0.1466}},
		{"data/skillskape/dev.csv", evaluate.Sentence, 1230, 2615, evaluate.Values{0.2784, 0.1919, 0.2291, 0.2895, 0.0963, 0.2289, 0.1274}},
		{"data/zh-ads/dev.jsonl", evaluate.Sentence, 148, 382, evaluate.Values{0.0529, 0.0405, 0.0429, 0.0446, 0.0230, 0.0429, 0.0280}},
		{"data/zh-ads/dev.jsonl", evaluate.Ad, 20, 381, evaluate.Values{0.1965, 0.1000, 0.1000, 0.0650, 0.1000, 0.0254, 0.0404}},
	}
	for _, c := range cases {
		b, err := evaluate.LoadBenchmark(shared(t, c.path), tax, c.level)
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
		report, err := evaluate.RunRanking(context.Background(), []evaluate.System{system}, b, evaluate.RunOptions{Bootstrap: evaluate.Bootstrap{Resamples: -1}})
		if err != nil {
			t.Fatal(err)
		}
		for m, interval := range report.Results[0].Metrics[:evaluate.F15+1] {
			if !near(interval.Value, c.want[m], 6e-5) {
				t.Errorf("%s at %s level: %s = %.5f, want %.4f", c.path, c.level, evaluate.Metric(m), interval.Value, c.want[m])
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
	scorers := []evaluate.SentenceScorer{NewKeywordFilter(tax)}
	report, err := evaluate.RunBinary(context.Background(), scorers, "skillspan dev", sentences, evaluate.RunOptions{Bootstrap: evaluate.Bootstrap{Resamples: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Sentences != 3174 || report.Positives != 914 {
		t.Errorf("%d sentences, %d positive, want 3174 and 914", report.Sentences, report.Positives)
	}
	want := [4]float64{0.418870, 0.514469, 0.525164, 0.519762}
	for m, interval := range report.Results[0].Metrics {
		if !near(interval.Value, want[m], 1e-6) {
			t.Errorf("%s = %.6f, want %.6f", evaluate.BinaryMetric(m), interval.Value, want[m])
		}
	}
}

// The figures are scikit-learn 1.5.2's on the same files (average precision 0.8530, best F1 0.7986) except that words
// such as C++ are one word here.
func TestLogisticRegressionOnSharedSkillSpan(t *testing.T) {
	training, _, err := corpus.ReadLabelled(shared(t, "data/skillspan/train.json"))
	if err != nil {
		t.Fatal(err)
	}
	sentences, _, err := corpus.ReadLabelled(shared(t, "data/skillspan/dev.json"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewLogisticFilter(context.Background(), training)
	if err != nil {
		t.Fatal(err)
	}
	report, err := evaluate.RunBinary(context.Background(), []evaluate.SentenceScorer{f}, "skillspan dev", sentences, evaluate.RunOptions{Bootstrap: evaluate.Bootstrap{Resamples: -1}})
	if err != nil {
		t.Fatal(err)
	}
	r := report.Results[0]
	if ap, f1 := r.Metrics[evaluate.AveragePrecision].Value, r.Metrics[evaluate.F1].Value; !near(ap, 0.8530, 0.002) || !near(r.BestF1, 0.7986, 0.004) || r.BestF1-f1 > 0.03 {
		t.Errorf("average precision %.5f, F1 %.5f at %.3f, best F1 %.5f", ap, f1, r.Threshold, r.BestF1)
	}
}
