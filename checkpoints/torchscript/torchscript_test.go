package torchscript

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/data/tokenize"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/family"
)

var texts = []string{"you drive trucks", "x", "You need to speak the language of our customers, and to write it.", "we bake"}

// tensors pads token ids on the right.
func tensors(s *libtorch.Scope, ids [][]int32, own []int) (all []libtorch.Tensor) {
	size := 0
	for _, row := range ids {
		size = max(size, len(row))
	}
	n := len(ids) * size
	padded, attended, pooled := make([]int64, n), make([]int64, n), make([]int64, n)
	for i, row := range ids {
		for k, id := range row {
			padded[i*size+k], attended[i*size+k] = int64(id), 1
		}
		for k := range own[i] {
			pooled[i*size+k] = 1
		}
	}
	for _, values := range [][]int64{padded, attended, pooled} {
		all = append(all, s.Int64s(values, int64(len(ids)), int64(size)))
	}
	return all
}

// run loads the module with C++ libtorch and returns its first result.
func run(t *testing.T, path, tokenizer string, before []string, maxLength, contextTokens int) (values []float32) {
	t.Helper()
	loaded, err := tokenize.Load(tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	ids, own, err := loaded.InContext(t.Context(), texts, before, maxLength, contextTokens)
	if err != nil {
		t.Fatal(err)
	}
	if err := libtorch.Do(func(s *libtorch.Scope) error {
		inputs := tensors(s, ids, own)
		if contextTokens == 0 {
			inputs = inputs[:2]
		}
		results := s.RunScript(path, inputs...)
		if err := s.Err(); err != nil {
			return err
		}
		values, err = results[0].Float32s()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return values
}

func open(t *testing.T, dir string) *checkpoints.Checkpoint {
	t.Helper()
	source, err := checkpoints.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

func exported(t *testing.T, dir string) string {
	t.Helper()
	folder := t.TempDir()
	names, err := Export(open(t, dir), folder)
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v", names, err)
	}
	return filepath.Join(folder, names[0])
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The module computes in C++ libtorch what the checkpoint computes here, padded and for every kind of head.
func TestScriptsOfBiEncoders(t *testing.T) {
	for name, head := range map[string]model.HeadConfig{
		"mean": {Pooling: model.MeanPooling}, "cls": {Pooling: model.CLSPooling, Projection: 12},
		"full": {Pooling: model.AttentionPooling, BiLSTM: true, BiLSTMState: 12, Projection: 8},
		"half": {Pooling: model.MeanPooling, BiLSTM: true},
	} {
		dir := filepath.Join(t.TempDir(), "biencoder")
		checkpointtest.RandomBiEncoder(t, dir, checkpointtest.TinyBERT(t), head)
		embedders, err := embedding.LoadBiEncoder(dir, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		want, err := embedders.Sentences.Embed(t.Context(), texts, nil)
		embedders.Close()
		if err != nil {
			t.Fatal(err)
		}
		near(t, name, run(t, exported(t, dir), dir, make([]string, len(texts)), 64, 0), want.Data)
	}
}

// Modules of every family compute what the checkpoint computes.
func TestScriptsOfEveryFamily(t *testing.T) {
	ids := checkpointtest.TokenIDs()
	own := make([]int, len(ids))
	for i, row := range ids {
		own[i] = len(row)
	}
	for _, name := range family.ModelTypes() {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "biencoder")
			checkpointtest.RandomBiEncoder(t, dir, checkpointtest.Tiny(t, name), model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8})
			want := slices.Concat(checkpointtest.Embedded(t, dir, ids)...)
			path := exported(t, dir)
			if err := libtorch.Do(func(s *libtorch.Scope) error {
				results := s.RunScript(path, tensors(s, ids, own)[:2]...)
				if err := s.Err(); err != nil {
					return err
				}
				got, err := results[0].Float32s()
				near(t, "embeddings", got, want)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestScriptsOfFilters(t *testing.T) {
	for _, contextTokens := range []int{0, 8} {
		dir := filepath.Join(t.TempDir(), "filter")
		checkpointtest.FilterInContext(t, dir, checkpointtest.TinyBERT(t), 0.5, contextTokens)
		filter, err := embedding.LoadFilter(dir, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		before := []string{"", texts[0], texts[1], "what you bring"}
		want := make([]float32, len(texts))
		for i, text := range texts {
			logits, err := filter.Logits(t.Context(), sentence(text, before[i]))
			if err != nil {
				t.Fatal(err)
			}
			want[i] = logits[0] / checkpointtest.Temperature
		}
		filter.Close()
		near(t, "logits", run(t, exported(t, dir), dir, before, 40, contextTokens), want)
	}
}

func TestExportRefuses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, dir, checkpointtest.TinyBERT(t), 0.5)
	source := open(t, dir)
	m := source.Manifest
	m.Model.Head.BiLSTM = true
	if _, err := Export(source, t.TempDir()); err == nil || !strings.Contains(err.Error(), "the checkpoint lacks head.lstm.") {
		t.Errorf("%v", err)
	}
	m.Model.Head.BiLSTM = false
	if _, err := Export(source, filepath.Join(t.TempDir(), "no", "such")); err == nil {
		t.Error("no folder: no error")
	}
	damaged := filepath.Join(t.TempDir(), "x.pt")
	if err := os.WriteFile(damaged, []byte("not a module"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := libtorch.NewScope()
	defer s.Close()
	if s.RunScript(damaged); s.Err() == nil {
		t.Error("a damaged module: no error")
	}
}

func sentence(text, before string) []corpus.Sentence {
	return []corpus.Sentence{{Text: text, Before: before}}
}
