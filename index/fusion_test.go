package index_test

import (
	"math"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/lexical"
	"skillspace/model"
)

func ranker(t *testing.T, dir string, fused bool) *index.Ranker {
	t.Helper()
	r, err := index.OpenCheckpoint(t.Context(), dir, skills, index.OpenOptions{Views: index.Views{AltLabels: true}, Lexical: fused, Device: libtorch.CPU})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// A fused score is the cosine score, with the preferred label at 0.6, and the lexical score.
func TestFusedScores(t *testing.T) {
	dir := t.TempDir()
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	fused, plain := ranker(t, dir, true), ranker(t, dir, false)
	labels, err := index.OpenCheckpoint(t.Context(), dir, skills, index.OpenOptions{Device: libtorch.CPU})
	if err != nil {
		t.Fatal(err)
	}
	defer labels.Close()
	texts := []string{"Truck driving at night", "You speak German"}
	rows := func(r *index.Ranker) [][]float32 {
		scores, err := r.Score(t.Context(), corpus.Alone(texts...))
		if err != nil {
			t.Fatal(err)
		}
		return scores
	}
	mean, label, both := rows(plain), rows(labels), rows(fused)
	words := lexical.NewLabels(skills, lexical.DefaultWeights())
	added := make([]float32, len(skills))
	for i, text := range texts {
		words.Score(text, added)
		for skill := range skills {
			cosine := mean[i][skill] // of skill 1, which has no alternative label
			if len(skills[skill].AltLabels) > 0 {
				cosine = 0.6*label[i][skill] + 0.4*(2*mean[i][skill]-label[i][skill])
			}
			if want := cosine + added[skill]; math.Abs(float64(both[i][skill]-want)) > 1e-5 {
				t.Errorf("%q, skill %d: %v, want %v", text, skill, both[i][skill], want)
			}
		}
	}
	vectors, err := fused.Embedder.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := fused.Search(t.Context(), texts, vectors, func(int) index.Limit { return index.Limit{K: 3, Threshold: -1} })
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []index.Match{{Skill: 0, Label: "truck driving"}, {Skill: 1, Label: "speak German"}} {
		best := found[i][0]
		if best.Skill != want.Skill || best.Label != want.Label || len(found[i]) != 3 || math.Abs(float64(best.Score-min(both[i][want.Skill], 1))) > 1e-5 {
			t.Errorf("%q: %+v of %+v, want %+v", texts[i], best, found[i], want)
		}
		if found[i][1].Label != "" || found[i][1].Why() != "" {
			t.Errorf("%q: %+v stands in the text", texts[i], found[i][1])
		}
	}
	if why := found[0][0].Why(); why != `label "truck driving"` {
		t.Errorf("why: %s", why)
	}
	// Without lexical scores a search is the index's own.
	found, err = plain.Search(t.Context(), texts, vectors, func(int) index.Limit { return index.Limit{K: 3, Threshold: -1} })
	if err != nil || found[0][0].Label != "" || math.Abs(float64(found[0][0].Score-mean[0][found[0][0].Skill])) > 1e-5 {
		t.Errorf("%+v, %v", found, err)
	}
}
