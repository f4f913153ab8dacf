// Package checkpointtest makes untrained checkpoints for tests of what loads one.
// It is not for use outside tests.
package checkpointtest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"skillspace/checkpoints"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// TinyBERT returns the folder of the encoder that the tests use: two layers of 32 units, random weights.
func TinyBERT(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("the source's place is unknown")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata", "tiny-bert")
}

const maxLength = 64

// BiEncoder writes an untrained bi-encoder on an encoder's folder to dir.
func BiEncoder(t testing.TB, dir, encoder string, head model.HeadConfig) {
	t.Helper()
	loaded, err := model.LoadEncoder(encoder, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	tower, err := model.NewTower(loaded, head)
	if err != nil {
		t.Fatal(err)
	}
	biencoder, err := model.NewBiEncoder(tower, tower, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	defer biencoder.Close()
	save(t, dir, encoder, biencoder.Parts(), checkpoints.Manifest{
		Kind: checkpoints.BiEncoder, Step: 7, Metrics: map[string]float64{"mrr": 0.25, "rp@5": 0.5},
		Model: checkpoints.ModelInfo{Head: tower.HeadConfig(), Shared: true, MaxLength: maxLength, TrainedOn: "corpus.jsonl"},
	})
}

// Filter writes an untrained filter on an encoder's folder to dir.
func Filter(t testing.TB, dir, encoder string, threshold float64) {
	t.Helper()
	loaded, err := model.LoadEncoder(encoder, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := model.NewFilter(loaded, model.MeanPooling, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	save(t, dir, encoder, filter.Parts(), checkpoints.Manifest{
		Kind: checkpoints.Filter, Step: 3, Metrics: map[string]float64{"f1": 0.75},
		Model: checkpoints.ModelInfo{Head: model.HeadConfig{Pooling: filter.Pooling()}, MaxLength: maxLength, Threshold: threshold, TrainedOn: "[sentences.jsonl]"},
	})
}

func save(t testing.TB, dir, encoder string, parts []model.Part, manifest checkpoints.Manifest) {
	t.Helper()
	var tokenizer []string
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"} {
		path := filepath.Join(encoder, name)
		if _, err := os.Stat(path); err == nil {
			tokenizer = append(tokenizer, path)
		}
	}
	if err := checkpoints.Save(dir, checkpoints.Content{Manifest: manifest, Parts: parts, Config: encoder, Tokenizer: tokenizer}); err != nil {
		t.Fatal(err)
	}
}
