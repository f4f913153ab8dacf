package trainer

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints"
	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
	"skillspace/internal/libtorch"
	"skillspace/train"
)

const (
	tinyBERT = "../../../testdata/tiny-bert"
	ontology = "../../../examples/ontology"
)

// writeCorpus writes a small synthetic corpus and returns its path.
func writeCorpus(t *testing.T) string {
	t.Helper()
	return writeCorpusOf(t, ontology)
}

func writeCorpusOf(t *testing.T, folder string) string {
	t.Helper()
	tax, err := taxonomy.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "corpus.jsonl")
	w, err := corpus.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = synthesis.Generate(context.Background(), tax, synthesis.Spec{Sentences: 240, Seed: 3, Pairing: "hierarchical",
		MinSkills: 1, MaxSkills: 3, NegativeShare: 0.3, Coverage: 1}, w.Write)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

func biencoderConfig(t *testing.T, corpusPath string) *config.TrainBiencoder {
	cfg := &config.TrainBiencoder{}
	cfg.Defaults()
	cfg.Run = config.Run{Dir: filepath.Join(t.TempDir(), "run"), Seed: 7, Threads: 1}
	cfg.Device, cfg.Taxonomy, cfg.Corpus = "cpu", ontology, corpusPath
	cfg.Model.Encoder, cfg.Model.MaxLength = tinyBERT, 48
	cfg.Validation.Share, cfg.Validation.MaxQueries = 0.1, 20
	cfg.Train = config.Train{Epochs: 2, BatchSize: 16, Accumulation: 2, Precision: "fp32", CheckpointEverySteps: 3, KeepCheckpoints: 2, BestMetric: "mrr"}
	cfg.Loss.LearnableTemperature = true
	return cfg
}

// stopAt is a context that is cancelled once a run has recorded a step.
type stopAt struct {
	context.Context
	run  string
	step int
}

func (s *stopAt) Err() error {
	history, err := train.ReadMetrics(filepath.Join(s.run, "metrics.jsonl"))
	if err == nil && len(history.Steps) < s.step {
		return nil
	}
	return context.Canceled
}

func TestRunFolderIsProtected(t *testing.T) {
	cfg := biencoderConfig(t, writeCorpus(t))
	cfg.Train.MaxSteps = 3
	if err := BiEncoder(context.Background(), cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := BiEncoder(context.Background(), cfg, false, io.Discard); err == nil || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("a second run in the same folder: %v", err)
	}
	changed := *cfg
	changed.Train.MaxSteps = 4
	if err := BiEncoder(context.Background(), &changed, true, io.Discard); err == nil || !strings.Contains(err.Error(), "configuration") {
		t.Errorf("resumed with another configuration: %v", err)
	}
	damaged := filepath.Join(cfg.Run.Dir, "checkpoints", "last", "optimizer.safetensors")
	content, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(damaged, content, 0o644); err != nil {
		t.Fatal(err)
	}
	err = BiEncoder(context.Background(), cfg, true, io.Discard)
	if !errors.Is(err, checkpoints.ErrDamaged) || !strings.Contains(err.Error(), "optimizer.safetensors") || !strings.Contains(err.Error(), "step-3") {
		t.Errorf("a flipped bit: %v", err)
	}
}

// A skill list of one's own is trained on as ESCO is.
func TestTrainsOnAList(t *testing.T) {
	const list = "../../../examples/list"
	cfg := biencoderConfig(t, writeCorpusOf(t, list))
	cfg.Taxonomy, cfg.Validation.Share, cfg.Train.MaxSteps = list, 0.2, 3
	if err := BiEncoder(t.Context(), cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	best, err := checkpoints.Open(filepath.Join(cfg.Run.Dir, "checkpoints", "best"), checkpoints.BiEncoder)
	if err != nil {
		t.Fatal(err)
	}
	defer best.Close()
	if err := best.Verify(); err != nil {
		t.Error(err)
	}
	// Training ends by choosing the threshold.
	if r := best.Manifest.Model.Reporting; r == nil || r.Sentences == 0 || len(r.Curve) < 2 || r.Views != config.DefaultViews || !r.Lexical {
		t.Errorf("stored %+v", r)
	}
}

func TestTaxonomyLanguage(t *testing.T) {
	cfg := biencoderConfig(t, writeCorpus(t))
	cfg.TaxonomyLanguage = "zh"
	p, err := readBiEncoder(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if i, ok := p.Taxonomy.ByPreferredLabel("英语"); !ok || len(p.Taxonomy.Level2(i)) == 0 {
		t.Errorf("the Chinese label is that of skill %d, %v", i, ok)
	}
	cfg.TaxonomyLanguage = "fr"
	if _, err := readBiEncoder(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "skills_fr.csv") {
		t.Errorf("%v", err)
	}
}

// With device: auto, only the run knows whether it trains on the CPU.
func TestHalfPrecisionNeedsCUDA(t *testing.T) {
	if libtorch.CUDADevices() > 0 {
		t.Skip("this machine has a CUDA device")
	}
	if _, err := prepare("auto", config.Run{Threads: 1}, "fp16"); err == nil || !strings.Contains(err.Error(), "train.precision: fp16 needs a CUDA device") {
		t.Errorf("error %v", err)
	}
}
