package extract

import (
	"math"
	"path/filepath"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/index"
	"skillspace/internal/libtorch"
)

// The filter reads each sentence of an ad with the one before it, and the first sentence alone.
func TestFilterReadsTheSentenceBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.FilterInContext(t, dir, checkpointtest.TinyBERT(t), 2, 8)
	filter, err := embedding.LoadFilter(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	sentences := []corpus.Sentence{{Text: "We bake."}, {Text: "You drive trucks.", Before: "We bake."}, {Text: "You drive trucks."}}
	want, err := filter.Probabilities(t.Context(), sentences)
	if err != nil {
		t.Fatal(err)
	}
	if want[1] == want[2] {
		t.Error("the sentence before makes no difference")
	}
	// It drops all sentences, so there is nothing to embed.
	x := &Extractor{Ranker: &index.Ranker{Embedder: &embedding.Embedder{Tokenizer: filter.Tokenizer, MaxLength: 16}}, Filter: filter}
	found, err := x.ExtractAll(t.Context(), []string{"We bake.\nYou drive trucks.", "You drive trucks."}, Criteria{TopK: 1})
	if err != nil || len(found[0]) != 2 || len(found[1]) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	for i, f := range append(found[0], found[1]...) {
		if math.Abs(float64(f.Probability-want[i])) > 1e-6 || f.Kept {
			t.Errorf("%q: %v, want %v", f.Sentence.Text, f.Probability, want[i])
		}
	}
}
