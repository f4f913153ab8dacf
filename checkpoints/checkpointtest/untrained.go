// Package checkpointtest writes untrained checkpoints for tests. It is not for use outside tests.
package checkpointtest

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"skillspace/checkpoints"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// TinyBERT returns the folder of the tests' encoder: a BERT with two layers of 32 units and random weights.
func TinyBERT(t testing.TB) string {
	t.Helper()
	return Tiny(t, "bert")
}

// Tiny returns the folder of a tiny encoder of a family, which is named by its model type.
func Tiny(t testing.TB, family string) string {
	t.Helper()
	return filepath.Join(moduleRoot(t), "testdata", "tiny-"+family)
}

// CutWeights copies a folder to a new one, in which model.safetensors is cut off. It returns the copy.
func CutWeights(t testing.TB, dir string) string {
	t.Helper()
	damaged := t.TempDir()
	if err := os.CopyFS(damaged, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(damaged, "model.safetensors"), 5000); err != nil {
		t.Fatal(err)
	}
	return damaged
}

// TokenIDs are sequences of 1 to 40 tokens for tiny encoders, of ids that all of them know.
func TokenIDs() [][]int32 {
	var sequences [][]int32
	for i, length := range []int{7, 1, 40, 2, 17} {
		sequence := make([]int32, length)
		for k := range sequence {
			sequence[k] = int32(3 + (i*37+k*k*11)%110)
		}
		sequences = append(sequences, sequence)
	}
	return sequences
}

// Embedded returns the embeddings of token ids by the sentences' tower of the bi-encoder at dir.
func Embedded(t testing.TB, dir string, ids [][]int32) (rows [][]float32) {
	t.Helper()
	biencoder, _, err := checkpoints.LoadBiEncoder(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer biencoder.Close()
	batch, err := model.NewBatch(ids)
	if err != nil {
		t.Fatal(err)
	}
	err = libtorch.Do(func(s *libtorch.Scope) error {
		embeddings := biencoder.Sentence.Embed(s, batch, libtorch.Float32, false)
		if err := s.Err(); err != nil {
			return err
		}
		values, err := embeddings.Float32s()
		for row := range slices.Chunk(values, int(biencoder.Sentence.Dimension())) {
			rows = append(rows, row)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// moduleRoot is the nearest folder with a go.mod, from the test's working directory upward.
func moduleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

const maxLength = 64

// BiEncoder writes an untrained bi-encoder to dir, with the encoder of a folder. Without a projection it computes the
// mean-pooled encoder.
func BiEncoder(t testing.TB, dir, encoder string, head model.HeadConfig) {
	t.Helper()
	writeBiEncoder(t, dir, encoder, head, false)
}

// RandomBiEncoder is [BiEncoder] with random weights in the head, so that each of them changes the result.
func RandomBiEncoder(t testing.TB, dir, encoder string, head model.HeadConfig) {
	t.Helper()
	writeBiEncoder(t, dir, encoder, head, true)
}

func writeBiEncoder(t testing.TB, dir, encoder string, head model.HeadConfig, random bool) {
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
	if random {
		randomise(t, tower.Head())
	}
	save(t, dir, encoder, biencoder.ParameterGroups(), checkpoints.Manifest{
		Kind: checkpoints.BiEncoder, Step: 7, Data: map[string]string{"training sentences": "1234"}, Metrics: map[string]float64{"mrr": 0.25, "rp@5": 0.5},
		Model: checkpoints.ModelInfo{Head: tower.HeadConfig(), Shared: true, MaxLength: maxLength, TrainedOn: "corpus.jsonl"},
	})
}

// Temperature is the temperature of the filters that this package writes.
const Temperature = 2

// Filter writes an untrained filter to dir, with the encoder of a folder.
func Filter(t testing.TB, dir, encoder string, threshold float64) {
	t.Helper()
	FilterInContext(t, dir, encoder, threshold, 0)
}

// FilterInContext is [Filter] with a filter that reads up to contextTokens tokens of the previous sentence.
func FilterInContext(t testing.TB, dir, encoder string, threshold float64, contextTokens int) {
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
	save(t, dir, encoder, filter.ParameterGroups(), checkpoints.Manifest{
		Kind: checkpoints.Filter, Step: 3, Metrics: map[string]float64{"f1": 0.75},
		Model: checkpoints.ModelInfo{Head: model.HeadConfig{Pooling: filter.Pooling()}, MaxLength: maxLength - contextTokens, ContextTokens: contextTokens,
			Threshold: threshold, Temperature: Temperature, TrainedOn: "[sentences.jsonl]"},
	})
}

// randomise overwrites parameters with small random numbers, the same in every call.
func randomise(t testing.TB, p *model.Parameters) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var tensors []safetensors.Tensor
	for _, parameter := range p.List() {
		size := int64(1)
		for _, dim := range parameter.Shape {
			size *= dim
		}
		values := make([]float32, size)
		for i := range values {
			values[i] = float32(random.NormFloat64()) / 4
		}
		tensors = append(tensors, safetensors.Tensor{Name: parameter.Name, DType: "F32", Shape: parameter.Shape,
			Data: func() ([]byte, error) { return safetensors.Float32Bytes(values), nil }})
	}
	path := filepath.Join(t.TempDir(), "random.safetensors")
	var content bytes.Buffer
	if err := safetensors.Write(&content, tensors, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := p.Assign(file, ""); err != nil {
		t.Fatal(err)
	}
}

func save(t testing.TB, dir, encoder string, groups []model.ParameterGroup, manifest checkpoints.Manifest) {
	t.Helper()
	var tokenizer []string
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"} {
		path := filepath.Join(encoder, name)
		if _, err := os.Stat(path); err == nil {
			tokenizer = append(tokenizer, path)
		}
	}
	if err := checkpoints.Save(dir, checkpoints.Content{Manifest: manifest, Groups: groups, Config: encoder, Tokenizer: tokenizer}); err != nil {
		t.Fatal(err)
	}
}
