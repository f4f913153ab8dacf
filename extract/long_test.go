package extract_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// openLong opens models that read 64 tokens.
func openLong(t *testing.T) *extract.Extractor {
	t.Helper()
	dir := t.TempDir()
	checkpointtest.BiEncoder(t, filepath.Join(dir, "biencoder"), checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	checkpointtest.Filter(t, filepath.Join(dir, "filter"), checkpointtest.TinyBERT(t), 0.5)
	ranker, err := index.OpenCheckpoint(t.Context(), filepath.Join(dir, "biencoder"), skills, index.OpenOptions{Device: libtorch.CPU})
	if err != nil {
		t.Fatal(err)
	}
	filter, err := embedding.LoadFilter(filepath.Join(dir, "filter"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	x := &extract.Extractor{Ranker: ranker, Filter: filter}
	t.Cleanup(x.Close)
	return x
}

// The end of a sentence that is too long for the models is found as if it stood alone.
func TestLongSentence(t *testing.T) {
	x := openLong(t)
	none := 0.0
	criteria := extract.Criteria{TopK: 3, Threshold: -1, FilterThreshold: &none}
	ad := "<p>" + strings.Repeat("We love rye bread <b>and</b> the smell of it in the morning, ", 30) + "while you drive trucks.</p>"
	found, err := x.Extract(t.Context(), ad, criteria)
	if err != nil {
		t.Fatal(err)
	}
	var divided extract.Divided
	covered := 0
	for i, f := range found {
		s := f.Sentence
		divided.Add(s)
		if s.Part != i+1 || s.Cut || s.Text != ad[s.Start:s.End] || s.Start < covered {
			t.Errorf("clause %d: %+v", i+1, s)
		}
		if !x.Embedder.Fits(s.Window) || !x.Filter.Fits(s.Window) {
			t.Errorf("%q does not fit", s.Window)
		}
		covered = s.End
	}
	last := found[len(found)-1]
	if divided.Sentences != 1 || divided.Clauses != len(found) || len(found) < 15 || last.Sentence.Clean != "while you drive trucks." {
		t.Errorf("%+v, the last clause is %+v", divided, last.Sentence)
	}
	alone, err := x.Extract(t.Context(), last.Sentence.Window, criteria)
	if err != nil {
		t.Fatal(err)
	}
	if len(alone) != 1 || len(alone[0].Skills) != 3 || math.Abs(float64(alone[0].Skills[0].Score-last.Skills[0].Score)) > 1e-5 {
		t.Errorf("%+v alone, %+v in the sentence", alone, last)
	}
}

// Ranker and filter, as evaluate uses them, take the best of a long text's windows.
func TestLongTextOfABenchmark(t *testing.T) {
	x := openLong(t)
	long := strings.Repeat("we love rye bread; ", 20) + "you drive trucks"
	texts := corpus.Alone("you speak German", long, "you lead people")
	scores, err := x.Score(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	vectors, of, err := x.Embedder.EmbedWindows(t.Context(), []string{"you speak German", long, "you lead people"})
	if err != nil {
		t.Fatal(err)
	}
	ofWindows, err := x.Index.Score(t.Context(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float32{{-2, -2, -2}, {-2, -2, -2}, {-2, -2, -2}}
	for i, row := range ofWindows {
		for skill, score := range row {
			want[of[i]][skill] = max(want[of[i]][skill], score)
		}
	}
	if len(scores) != 3 || len(ofWindows) < 6 {
		t.Fatalf("%d rows of %d windows", len(scores), len(ofWindows))
	}
	for i := range want {
		for skill := range want[i] {
			if scores[i][skill] != want[i][skill] {
				t.Errorf("text %d, skill %d: %v, want %v", i, skill, scores[i][skill], want[i][skill])
			}
		}
	}
	probabilities, err := x.Filter.Probabilities(t.Context(), texts)
	if err != nil || len(probabilities) != 3 {
		t.Fatal(len(probabilities), err)
	}
	short, err := x.Filter.Probabilities(t.Context(), corpus.Alone(texts[0].Text, texts[2].Text))
	if err != nil || short[0] != probabilities[0] && math.Abs(float64(short[0]-probabilities[0])) > 1e-5 || math.Abs(float64(short[1]-probabilities[2])) > 1e-5 {
		t.Errorf("%v alone, %v with a long text, %v", short, probabilities, err)
	}
	if !x.Embedder.Divided.Any() || !x.Filter.Divided.Any() || !strings.Contains(x.Filter.Divided.String(), "longer than the model reads: 1, divided into windows: 6") {
		t.Errorf("%v, %v", x.Embedder.Divided, x.Filter.Divided)
	}
}
