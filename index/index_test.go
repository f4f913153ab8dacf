package index_test

import (
	"bytes"
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
	"skillspace/embedding"
	"skillspace/index"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

var skills = []taxonomy.Skill{
	{URI: "u:0", PreferredLabel: "drive trucks", AltLabels: []string{"truck driving", "driving of lorries"}, Description: "Drive trucks safely."},
	{URI: "u:1", PreferredLabel: "speak German", HiddenLabels: []string{"deutsch"}, Type: "knowledge", ReuseLevel: "transversal"},
	{URI: "u:2", PreferredLabel: "manage <staff> & teams\u2028", AltLabels: []string{"lead people"}, Description: "Lead."},
}

func embedder(t *testing.T) *embedding.Embedder {
	t.Helper()
	e, err := embedding.LoadStock(checkpointtest.TinyBERT(t), 64, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func build(t *testing.T, e *embedding.Embedder, views index.Views) *index.Index {
	t.Helper()
	built, err := index.Build(t.Context(), e, skills, views, nil)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func cosine(a, b []float32) float32 {
	var sum float32
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// A skill's score is the mean over its kinds of text of the best text of the kind.
func TestScore(t *testing.T) {
	e := embedder(t)
	texts := []string{"you drive a truck", "drive trucks", "truck driving", "driving of lorries", "Drive trucks safely.", "speak German"}
	v, err := e.Embed(t.Context(), texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	query := embedding.Vectors{Dimension: v.Dimension, Data: v.Row(0)}
	label, alt := cosine(v.Row(0), v.Row(1)), max(cosine(v.Row(0), v.Row(2)), cosine(v.Row(0), v.Row(3)))
	description, german := cosine(v.Row(0), v.Row(4)), cosine(v.Row(0), v.Row(5))
	for name, want := range map[string][2]float32{
		"label": {label, german}, "labels": {(label + alt) / 2, german}, "all": {(label + alt + description) / 3, german},
	} {
		views, err := index.ParseViews(name)
		if err != nil {
			t.Fatal(err)
		}
		x := build(t, e, views)
		loose, err := x.Score(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		x.Pin(libtorch.CPU)
		pinned, err := x.Score(t.Context(), query)
		if err != nil || !reflect.DeepEqual(pinned, loose) {
			t.Errorf("%s: pinned %v, else %v, %v", name, pinned, loose, err)
		}
		x.Close()
		for skill, score := range want {
			if math.Abs(float64(loose[0][skill]-score)) > 1e-5 {
				t.Errorf("%s: skill %d scores %v, want %v", name, skill, loose[0][skill], score)
			}
		}
	}
	if _, err := index.ParseViews("none"); err == nil {
		t.Error("unknown views were accepted")
	}
	if _, err := build(t, e, index.LabelsOnly).Score(t.Context(), embedding.Vectors{Dimension: 3, Data: make([]float32, 3)}); err == nil {
		t.Error("queries of another dimension were accepted")
	}
}

func TestEmbeddingsFile(t *testing.T) {
	e := embedder(t)
	views := index.Views{AltLabels: true}
	x := build(t, e, views)
	key := index.Key("model", skills, views)
	path := filepath.Join(t.TempDir(), "skills.safetensors")
	var file bytes.Buffer
	if err := x.Write(&file, key); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	read, found, err := index.Read(path, key, 32, skills, views)
	if err != nil || !found || !reflect.DeepEqual(read, x) {
		t.Fatalf("found %v, %v, equal %v", found, err, reflect.DeepEqual(read, x))
	}
	other := append([]taxonomy.Skill(nil), skills...)
	other[1].PreferredLabel = "speak Danish"
	for name, key := range map[string]string{
		"model": index.Key("other", skills, views), "views": index.Key("model", skills, index.LabelsOnly), "texts": index.Key("model", other, views),
	} {
		if _, found, err := index.Read(path, key, 32, skills, views); found || err != nil {
			t.Errorf("another %s: found %v, %v", name, found, err)
		}
	}
	if _, _, err := index.Read(path, key, 16, skills, views); err == nil || !strings.Contains(err.Error(), `tensor "embeddings": want F32 [6 16], got F32 [6 32]`) {
		t.Errorf("another dimension: %v", err)
	}
	if _, _, err := index.Read(path+"x", key, 32, skills, views); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for bit := range 8 * file.Len() {
		damaged := bytes.Clone(file.Bytes())
		damaged[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, found, _ := index.Read(path, key, 32, skills, views); found {
			t.Fatalf("a file with bit %d flipped was read", bit)
		}
	}
}

// Embeddings that are no unit vectors are refused by name, also where their checksum is right.
func TestImpossibleEmbeddingsAreRefused(t *testing.T) {
	key := index.Key("model", skills, index.LabelsOnly)
	for want, value := range map[string]float32{"squares sum to NaN": float32(math.NaN()), "squares sum to +Inf": float32(math.Inf(-1)), "squares sum to 1e+20": 1e10} {
		x := build(t, embedder(t), index.LabelsOnly)
		row := x.Rows().Row(1)
		clear(row)
		row[3] = value
		path := filepath.Join(t.TempDir(), "skills.safetensors")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(x.Write(file, key), file.Close()); err != nil {
			t.Fatal(err)
		}
		if _, found, err := index.Read(path, key, 32, skills, index.LabelsOnly); found || err == nil || !strings.Contains(err.Error(), "vector 1 is not of unit length: its "+want) {
			t.Errorf("found %v, %v, want %q", found, err, want)
		}
	}
}

// A damaged file of the cache is made again, and is whole afterwards.
func TestDamagedCacheIsMadeAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	scores := func() []float32 {
		t.Helper()
		ranker, err := index.OpenCheckpoint(t.Context(), dir, skills, index.OpenOptions{Views: index.LabelsOnly, Cache: true, Device: libtorch.CPU})
		if err != nil {
			t.Fatal(err)
		}
		defer ranker.Close()
		rows, err := ranker.Score(t.Context(), corpus.Alone("You drive trucks."))
		if err != nil {
			t.Fatal(err)
		}
		return rows[0]
	}
	want := scores()
	kept, err := filepath.Glob(filepath.Join(dir, "cache", "*"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	whole, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-100] ^= 0x40
	if err := os.WriteFile(kept[0], damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := scores(); !reflect.DeepEqual(got, want) {
		t.Errorf("scores %v with a damaged cache, want %v", got, want)
	}
	if again, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(again, whole) {
		t.Errorf("the cache was not made again: %v", err)
	}
}

func TestSkillsFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := index.ReadSkills(dir); !errors.Is(err, index.ErrNoSkills) {
		t.Errorf("no file: %v", err)
	}
	var file bytes.Buffer
	if err := index.WriteSkills(&file, skills, index.Views{AltLabels: true, Descriptions: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(file.String(), `"rows":[5,8]`) {
		t.Errorf("rows are missing in\n%s", file.String())
	}
	path := filepath.Join(dir, index.SkillsFile)
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if read, err := index.ReadSkills(dir); err != nil || !reflect.DeepEqual(read, skills) {
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
		if _, err := index.ReadSkills(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", content, err, want)
		}
	}
}

// Only the newest files of embeddings stay in the cache.
func TestForgetsOldEmbeddings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	for n := 1; n <= len(skills); n++ {
		for _, views := range []index.Views{index.LabelsOnly, {Descriptions: true}} {
			ranker, err := index.OpenCheckpoint(t.Context(), dir, skills[:n], index.OpenOptions{Views: views, Cache: true, Device: libtorch.CPU})
			if err != nil {
				t.Fatal(err)
			}
			ranker.Close()
		}
	}
	kept, err := filepath.Glob(filepath.Join(dir, "cache", "*"))
	if err != nil || len(kept) != 3 {
		t.Errorf("%d files kept, want 3: %v, %v", len(kept), kept, err)
	}
}

// Embeddings of each precision are cached apart, and their scores are nearly the same.
func TestEmbeddingsOfEachPrecisionAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "biencoder")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	var scores [][]float32
	for _, precision := range []string{"fp32", "bf16", "bf16"} {
		ranker, err := index.OpenCheckpoint(t.Context(), dir, skills, index.OpenOptions{
			Views: index.LabelsOnly, Cache: true, Device: libtorch.CPU, Precision: precision,
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := ranker.Score(t.Context(), corpus.Alone("You drive trucks."))
		ranker.Close()
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
