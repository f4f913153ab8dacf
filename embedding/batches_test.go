package embedding

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

func TestDeduplicate(t *testing.T) {
	ids := [][]int32{{1, 2}, {1, 2, 3}, {1, 2}, {}, {1, 2, 3}, {513}, {1, 2}}
	if got := fmt.Sprint(deduplicate(ids, nil)); got != "[[0 2 6] [1 4] [3] [5]]" {
		t.Error(got)
	}
	// The same tokens with another number of own tokens are another text.
	if got := fmt.Sprint(deduplicate(ids, []int{2, 3, 1, 0, 3, 1, 2})); got != "[[0 6] [1 4] [2] [3] [5]]" {
		t.Error(got)
	}
}

// A repeated text is computed once, and every occurrence gets its vector.
func TestRepeatedTextsAreEmbeddedOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	both, err := LoadBiEncoder(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	e := both.Sentences
	texts := []string{"You drive trucks.", "We bake.", "You drive trucks.", "You drive trucks often.", "We bake."}
	done := 0
	got, err := e.Embed(t.Context(), texts, func(n int) { done += n })
	if err != nil || done != len(texts) {
		t.Fatal(done, err)
	}
	alone, err := e.Embed(t.Context(), texts[:4][1:], nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range []int{1, 0, 1, 2, 0} {
		if !slices.Equal(got.Row(i), alone.Row(row)) {
			t.Errorf("%q has another vector", texts[i])
		}
	}
	ids, err := e.Tokens(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	sequences := 0
	if err := forEachBatch(t.Context(), ids, nil, func(b *model.Batch, _ [][]int) error { sequences += b.Size(); return nil }); err != nil || sequences != 3 {
		t.Errorf("%d sequences are computed, want 3: %v", sequences, err)
	}
}

// A model whose output overflows is an error: its vectors would rank no skill and say so without a word.
func TestOutputThatIsNotFiniteIsAnError(t *testing.T) {
	dir := t.TempDir()
	checkpointtest.BiEncoder(t, filepath.Join(dir, "biencoder"), checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	both, err := LoadBiEncoder(filepath.Join(dir, "biencoder"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer both.Close()
	checkpointtest.Filter(t, filepath.Join(dir, "filter"), checkpointtest.TinyBERT(t), 0.5)
	filter, err := LoadFilter(filepath.Join(dir, "filter"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	for _, parameters := range []*model.Parameters{both.Sentences.Tower.Encoder.Parameters(), filter.Model.Encoder.Parameters()} {
		for _, parameter := range parameters.List() {
			size := int64(1)
			for _, n := range parameter.Shape {
				size *= n
			}
			err := libtorch.Do(func(s *libtorch.Scope) error {
				huge := s.Float32s(slices.Repeat([]float32{math.MaxFloat32}, int(size)), parameter.Shape...)
				return libtorch.CopyInto(parameter.Tensor, huge)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := both.Sentences.Embed(t.Context(), []string{"You drive trucks."}, nil); err == nil || !strings.Contains(err.Error(), "vector 0 is not of unit length: its squares sum to NaN") {
		t.Errorf("embed: %v", err)
	}
	if _, err := filter.Logits(t.Context(), corpus.Alone("You drive trucks.")); err == nil || !strings.Contains(err.Error(), "logit 0 is NaN") {
		t.Errorf("filter: %v", err)
	}
}
