package baseline

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

func TestTFIDFAgreesWithScikitLearn(t *testing.T) {
	var reference struct {
		Documents, Queries []string
		Cases              []struct {
			Analyzer Analyzer
			MinN     int `json:"min_n"`
			MaxN     int `json:"max_n"`
			Scores   [][]float64
		}
	}
	data, err := os.ReadFile("testdata/tfidf.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	for _, c := range reference.Cases {
		system, err := newTFIDF(reference.Documents, TFIDFOptions{Analyzer: c.Analyzer, MinN: c.MinN, MaxN: c.MaxN})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := system.Score(context.Background(), corpus.Alone(reference.Queries...))
		if err != nil {
			t.Fatal(err)
		}
		for q, row := range rows {
			for s, score := range row {
				if want := c.Scores[q][s]; !near(float64(score), want, 1e-6) {
					t.Errorf("%s %d-%d: query %d, skill %d: %v, want %v", c.Analyzer, c.MinN, c.MaxN, q, s, score, want)
				}
			}
		}
	}
}

func TestTFIDFFindsChineseAndFullWidth(t *testing.T) {
	system, err := newTFIDF([]string{"编制财务报表", "焊接金属", "use CAD software"}, TFIDFOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := system.Score(context.Background(), corpus.Alone("负责财务报表的编制", "熟练使用ＣＡＤ软件"))
	if err != nil {
		t.Fatal(err)
	}
	if rows[0][0] <= rows[0][1] || rows[1][2] <= 0 {
		t.Errorf("scores %v", rows)
	}
}

func TestTFIDFOptions(t *testing.T) {
	for _, o := range []TFIDFOptions{{Analyzer: "syllable"}, {MinN: 2, MaxN: 1}, {MaxN: 2}, {MinN: 1, MaxN: 99}} {
		if _, err := newTFIDF([]string{"a"}, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	system, err := NewTFIDF(sampleTaxonomy(t), TFIDFOptions{Analyzer: Characters})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if rows, err := system.Score(ctx, corpus.Alone("problemsolving", "\xff\xfe")); err != nil || rows[0][0] <= rows[0][3] || system.Name() != "tf-idf" {
		t.Errorf("scores %v, %v", rows, err)
	}
	cancel()
	if _, err := system.Score(ctx, corpus.Alone("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkTFIDF(b *testing.B) {
	tax, err := taxonomy.Load(shared(b, "data/esco-1.1.0"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("build", func(b *testing.B) {
		for range b.N {
			if _, err := NewTFIDF(tax, TFIDFOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	system, err := NewTFIDF(tax, TFIDFOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("score", func(b *testing.B) {
		for range b.N {
			if _, err := system.Score(context.Background(), corpus.Alone("Strong knowledge of HTML and CSS, solving business problems with the team")); err != nil {
				b.Fatal(err)
			}
		}
	})
}
