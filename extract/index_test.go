package extract_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
	"skillspace/extract"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

var skills = []taxonomy.Skill{
	{URI: "u:0", PreferredLabel: "drive trucks", AltLabels: []string{"truck driving", "driving of lorries"}, Description: "Drive trucks safely."},
	{URI: "u:1", PreferredLabel: "speak German", HiddenLabels: []string{"deutsch"}, Type: "knowledge", ReuseLevel: "transversal"},
	{URI: "u:2", PreferredLabel: "manage <staff> & teams\u2028", AltLabels: []string{"lead people"}, Description: "Lead."},
}

func embedder(t *testing.T) *extract.Embedder {
	t.Helper()
	e, closeModel, err := extract.LoadStock(checkpointtest.TinyBERT(t), 64, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeModel)
	return e
}

func build(t *testing.T, e *extract.Embedder, views extract.Views) *extract.Index {
	t.Helper()
	index, err := extract.BuildIndex(t.Context(), e, skills, views, nil)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func cosine(a, b []float32) float32 {
	var sum float32
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// A skill's score is the mean over the kinds of text it has, of its best text of the kind.
func TestScore(t *testing.T) {
	e := embedder(t)
	texts := []string{"you drive a truck", "drive trucks", "truck driving", "driving of lorries", "Drive trucks safely.", "speak German"}
	v, err := e.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	query := extract.Vectors{Dimension: v.Dimension, Data: v.Row(0)}
	label, alt := cosine(v.Row(0), v.Row(1)), max(cosine(v.Row(0), v.Row(2)), cosine(v.Row(0), v.Row(3)))
	description, german := cosine(v.Row(0), v.Row(4)), cosine(v.Row(0), v.Row(5))
	for name, want := range map[string][2]float32{
		"label": {label, german}, "labels": {(label + alt) / 2, german}, "all": {(label + alt + description) / 3, german},
	} {
		views, err := extract.ParseViews(name)
		if err != nil {
			t.Fatal(err)
		}
		index := build(t, e, views)
		loose, err := index.Score(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		index.Hold(libtorch.CPU)
		held, err := index.Score(t.Context(), query)
		if err != nil || !reflect.DeepEqual(held, loose) {
			t.Errorf("%s: held %v, loose %v, %v", name, held, loose, err)
		}
		index.Close()
		for skill, score := range want {
			if math.Abs(float64(loose[0][skill]-score)) > 1e-5 {
				t.Errorf("%s: skill %d scores %v, want %v", name, skill, loose[0][skill], score)
			}
		}
	}
	if _, err := extract.ParseViews("none"); err == nil {
		t.Error("unknown views were accepted")
	}
	if _, err := build(t, e, extract.LabelsOnly).Score(t.Context(), extract.Vectors{Dimension: 3, Data: make([]float32, 3)}); err == nil {
		t.Error("queries of another dimension were accepted")
	}
}

func TestTop(t *testing.T) {
	got := extract.Top([]float32{0.5, 0.9, 0.5, 0.1}, 3, 0.5)
	if want := []extract.Match{{Skill: 1, Score: 0.9}, {Skill: 0, Score: 0.5}, {Skill: 2, Score: 0.5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := extract.Top([]float32{0.5}, 3, 0.6); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestIndexFile(t *testing.T) {
	e := embedder(t)
	views := extract.Views{AltLabels: true}
	index := build(t, e, views)
	key := extract.IndexKey("model", skills, views)
	path := filepath.Join(t.TempDir(), "skills.safetensors")
	var file bytes.Buffer
	if err := index.Write(&file, key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	read, found, err := extract.ReadIndex(path, key, 32, skills, views)
	if err != nil || !found || !reflect.DeepEqual(read, index) {
		t.Fatalf("found %v, %v, equal %v", found, err, reflect.DeepEqual(read, index))
	}
	other := append([]taxonomy.Skill(nil), skills...)
	other[1].PreferredLabel = "speak Danish"
	for name, key := range map[string]string{
		"model": extract.IndexKey("other", skills, views), "views": extract.IndexKey("model", skills, extract.LabelsOnly), "texts": extract.IndexKey("model", other, views),
	} {
		if _, found, err := extract.ReadIndex(path, key, 32, skills, views); found || err != nil {
			t.Errorf("another %s: found %v, %v", name, found, err)
		}
	}
	if _, _, err := extract.ReadIndex(path, key, 16, skills, views); err == nil || !strings.Contains(err.Error(), `tensor "embeddings": want F32 [6 16], got F32 [6 32]`) {
		t.Errorf("another dimension: %v", err)
	}
	if _, _, err := extract.ReadIndex(path+"x", key, 32, skills, views); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestStoredSkills(t *testing.T) {
	dir := t.TempDir()
	if _, err := extract.StoredSkills(dir); !errors.Is(err, extract.ErrNoStoredSkills) {
		t.Errorf("no file: %v", err)
	}
	var file bytes.Buffer
	if err := extract.WriteSkills(&file, skills, extract.Views{AltLabels: true, Descriptions: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(file.String(), `"rows":[5,8]`) {
		t.Errorf("rows are missing in\n%s", file.String())
	}
	path := filepath.Join(dir, extract.StoredSkillsName)
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if read, err := extract.StoredSkills(dir); err != nil || !reflect.DeepEqual(read, skills) {
		t.Errorf("%v\n%+v\nwant\n%+v", err, read, skills)
	}
	for content, want := range map[string]string{
		"":                                     "is empty",
		`{"uri":"u","label":"l"}` + "\nx":      "skills.jsonl:2: ",
		`{"uri":"u"}`:                          "skills.jsonl:1: want UTF-8 text with uri and label",
		"{\"uri\":\"u\",\"label\":\"\xff\"}":   "skills.jsonl:1: want UTF-8",
		strings.Repeat("x", (1<<20)+10) + "\n": "token too long",
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := extract.StoredSkills(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", content, err, want)
		}
	}
}

func TestStockMaxLength(t *testing.T) {
	dir := t.TempDir()
	config, err := os.ReadFile(filepath.Join(checkpointtest.TinyBERT(t), "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := extract.StockMaxLength(dir); err == nil {
		t.Error("a folder without config.json was accepted")
	}
	write("config.json", string(config))
	for content, want := range map[string]int{"": 64, `{"max_seq_length": 32}`: 32, `{"max_seq_length": 1000}`: 64, `{"max_seq_length": -1}`: 64, `{"max_seq_length": null}`: 64} {
		if content != "" {
			write("sentence_bert_config.json", content)
		} else if err := os.RemoveAll(filepath.Join(dir, "sentence_bert_config.json")); err != nil {
			t.Fatal(err)
		}
		if got, err := extract.StockMaxLength(dir); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", content, got, err, want)
		}
	}
	write("sentence_bert_config.json", "{")
	if _, err := extract.StockMaxLength(dir); err == nil || !strings.Contains(err.Error(), "sentence_bert_config.json") {
		t.Errorf("a broken file: %v", err)
	}
}

// What is found in an ad must not depend on the ads it is searched with.
func TestExtractAll(t *testing.T) {
	dir := t.TempDir()
	checkpointtest.BiEncoder(t, filepath.Join(dir, "biencoder"), checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8})
	checkpointtest.Filter(t, filepath.Join(dir, "filter"), checkpointtest.TinyBERT(t), 0.5)
	ranker, closeModel, err := extract.OpenCheckpoint(t.Context(), filepath.Join(dir, "biencoder"), skills, extract.OpenOptions{Views: extract.Views{AltLabels: true}, Device: libtorch.CPU})
	if err != nil {
		t.Fatal(err)
	}
	defer closeModel()
	filter, closeFilter, err := extract.LoadFilter(filepath.Join(dir, "filter"), libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer closeFilter()
	x := &extract.Extractor{Embedder: ranker.Embedder, Index: ranker.Index, Filter: filter}
	ads := []string{"You drive trucks. You speak German.", "", "Pay: 3,000 a month.\n\nYou lead people who drive. " + strings.Repeat("And so on. ", 30), " "}
	o := extract.Options{TopK: 2, Threshold: -1}
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

// Ads that share a pass keep their own options.
func testOwnOptions(t *testing.T, x *extract.Extractor, ad string) {
	t.Helper()
	all, none := 0.0, 1.0
	var ads []extract.Ad
	for _, o := range []extract.Options{{TopK: 1, Threshold: -1, FilterThreshold: &all}, {TopK: 3, Threshold: -1, FilterThreshold: &all}, {TopK: 3, Threshold: -1, FilterThreshold: &none}} {
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

// Only so many old files of embeddings stay.
func TestForgetsOldEmbeddings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	for n := 1; n <= len(skills); n++ {
		for _, views := range []extract.Views{extract.LabelsOnly, {Descriptions: true}} {
			_, closeModel, err := extract.OpenCheckpoint(t.Context(), dir, skills[:n], extract.OpenOptions{Views: views, Cache: true, Device: libtorch.CPU})
			if err != nil {
				t.Fatal(err)
			}
			closeModel()
		}
	}
	kept, err := filepath.Glob(filepath.Join(dir, "cache", "*"))
	if err != nil || len(kept) != 3 {
		t.Errorf("%d files kept, want 3: %v, %v", len(kept), kept, err)
	}
}

// Embeddings of one precision are not taken for those of the other, and score nearly the same.
func TestEmbeddingsOfEachPrecisionAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	var scores [][]float32
	for _, precision := range []string{"fp32", "bf16", "bf16"} {
		ranker, closeModel, err := extract.OpenCheckpoint(t.Context(), dir, skills, extract.OpenOptions{
			Views: extract.LabelsOnly, Cache: true, Device: libtorch.CPU, Precision: precision,
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := ranker.Score(t.Context(), corpus.Alone("You drive trucks."))
		closeModel()
		if err != nil {
			t.Fatal(err)
		}
		scores = append(scores, rows[0])
	}
	kept, err := filepath.Glob(filepath.Join(dir, "cache", "*"))
	if err != nil || len(kept) != 2 {
		t.Errorf("%d files kept, want one a precision: %v, %v", len(kept), kept, err)
	}
	same := true
	for i, exact := range scores[0] {
		if math.Abs(float64(exact-scores[1][i])) > 0.05 || scores[1][i] != scores[2][i] {
			t.Errorf("skill %d: %v in fp32, %v in bf16, %v from the kept file", i, exact, scores[1][i], scores[2][i])
		}
		same = same && exact == scores[1][i]
	}
	if same {
		t.Error("bf16 scores as fp32 does: was it used?")
	}
}
