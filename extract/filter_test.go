package extract

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/internal/libtorch"
)

// The temperature stands in the checkpoint and divides the logits of the filter that is loaded from it.
func TestFilterIsCalibrated(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, dir, checkpointtest.TinyBERT(t), 0.5)
	m, err := checkpoints.Verify(dir)
	if err != nil || m.Model.Temperature != checkpointtest.Temperature {
		t.Fatalf("temperature %v, %v", m.Model.Temperature, err)
	}
	filter, closeModel, err := LoadFilter(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer closeModel()
	texts := corpus.Alone("You drive trucks.", "Five weeks of holiday.")
	logits, err := filter.Logits(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	calibrated, err := filter.Probabilities(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	filter.Temperature = 0 // as in a checkpoint that is older than temperatures
	plain, err := filter.Probabilities(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, logit := range logits {
		if want := 1 / (1 + math.Exp(-float64(logit)/checkpointtest.Temperature)); math.Abs(float64(calibrated[i])-want) > 1e-6 {
			t.Errorf("%q: %v, want %v", texts[i].Text, calibrated[i], want)
		}
		if want := 1 / (1 + math.Exp(-float64(logit))); math.Abs(float64(plain[i])-want) > 1e-6 {
			t.Errorf("%q without a temperature: %v, want %v", texts[i].Text, plain[i], want)
		}
	}
}

// In an ad, each sentence is judged with the one before it, and the first one of each ad alone.
func TestFilterReadsTheSentenceBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.FilterInContext(t, dir, checkpointtest.TinyBERT(t), 2, 8)
	filter, closeModel, err := LoadFilter(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer closeModel()
	sentences := []corpus.Sentence{{Text: "We bake."}, {Text: "You drive trucks.", Before: "We bake."}, {Text: "You drive trucks."}}
	want, err := filter.Probabilities(t.Context(), sentences)
	if err != nil {
		t.Fatal(err)
	}
	if want[1] == want[2] {
		t.Error("the sentence before makes no difference")
	}
	// It drops all sentences, so there is nothing to embed.
	x := &Extractor{Filter: filter, Embedder: &Embedder{Tokenizer: filter.Tokenizer, MaxLength: 16}}
	found, err := x.ExtractAll(t.Context(), []string{"We bake.\nYou drive trucks.", "You drive trucks."}, Options{TopK: 1})
	if err != nil || len(found[0]) != 2 || len(found[1]) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	for i, f := range append(found[0], found[1]...) {
		if math.Abs(float64(f.Probability-want[i])) > 1e-6 || f.Kept {
			t.Errorf("%q: %v, want %v", f.Sentence.Text, f.Probability, want[i])
		}
	}
}
