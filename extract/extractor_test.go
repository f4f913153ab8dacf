package extract_test

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/extract"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

var skills = []taxonomy.Skill{
	{URI: "u:0", PreferredLabel: "drive trucks", AltLabels: []string{"truck driving", "driving of lorries"}},
	{URI: "u:1", PreferredLabel: "speak German"},
	{URI: "u:2", PreferredLabel: "manage staff", AltLabels: []string{"lead people"}},
}

// An ad's result does not depend on the ads that are extracted with it.
func TestExtractAll(t *testing.T) {
	dir := t.TempDir()
	checkpointtest.BiEncoder(t, filepath.Join(dir, "biencoder"), checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8})
	checkpointtest.Filter(t, filepath.Join(dir, "filter"), checkpointtest.TinyBERT(t), 0.5)
	ranker, err := index.OpenCheckpoint(t.Context(), filepath.Join(dir, "biencoder"), skills, index.OpenOptions{Views: index.Views{AltLabels: true}, Device: libtorch.CPU})
	if err != nil {
		t.Fatal(err)
	}
	filter, err := embedding.LoadFilter(filepath.Join(dir, "filter"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	x := &extract.Extractor{Ranker: ranker, Filter: filter}
	defer x.Close()
	ads := []string{"You drive trucks. You speak German.", "", "Pay: 3,000 a month.\n\nYou lead people who drive. " + strings.Repeat("And so on. ", 30), " "}
	o := extract.Criteria{TopK: 2, Threshold: -1}
	all, err := x.ExtractAll(t.Context(), ads, o)
	if err != nil || len(all) != len(ads) {
		t.Fatal(len(all), err)
	}
	for i, ad := range ads {
		alone, err := x.Extract(t.Context(), ad, o)
		if err != nil || len(alone) != len(all[i]) {
			t.Fatalf("ad %d: %d sentences alone, %d with others, %v", i, len(alone), len(all[i]), err)
		}
		for j := range alone {
			a, b := alone[j], all[i][j]
			if a.Kept != b.Kept || a.Sentence != b.Sentence || len(a.Skills) != len(b.Skills) || math.Abs(float64(a.Probability-b.Probability)) > 1e-5 {
				t.Errorf("ad %d: %+v alone, %+v with others", i, a, b)
				continue
			}
			for k := range a.Skills {
				if math.Abs(float64(a.Skills[k].Score-b.Skills[k].Score)) > 1e-5 {
					t.Errorf("ad %d: %+v alone, %+v with others", i, a.Skills, b.Skills)
				}
			}
		}
	}
	testOwnOptions(t, x, ads[0])
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Extract(ctx, ads[0], o); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// Ads that share a pass keep their own criteria.
func testOwnOptions(t *testing.T, x *extract.Extractor, ad string) {
	t.Helper()
	all, none := 0.0, 1.0
	var ads []extract.Ad
	for _, o := range []extract.Criteria{{TopK: 1, Threshold: -1, FilterThreshold: &all}, {TopK: 3, Threshold: -1, FilterThreshold: &all}, {TopK: 3, Threshold: -1, FilterThreshold: &none}} {
		prepared, err := x.Prepare(t.Context(), ad, o)
		if err != nil {
			t.Fatal(err)
		}
		ads = append(ads, prepared)
	}
	found, err := x.ExtractPrepared(t.Context(), ads)
	if err != nil {
		t.Fatal(err)
	}
	if len(found[0][0].Skills) != 1 || len(found[1][0].Skills) != 3 || !found[1][0].Kept || found[2][0].Kept || len(found[2][0].Skills) != 0 {
		t.Errorf("%+v", found)
	}
	if ads[0].Tokens() != ads[1].Tokens() || ads[0].Tokens() < len(ads[0].Sentences)*3 {
		t.Errorf("%d and %d tokens", ads[0].Tokens(), ads[1].Tokens())
	}
}
