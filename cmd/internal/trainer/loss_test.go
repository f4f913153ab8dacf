package trainer

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/config"
	"skillspace/internal/libtorch"
	"skillspace/internal/usage"
	"skillspace/model/loss"
	"skillspace/train"
)

// The recipe of docs/extending.md, "A loss": a file with a type, its settings and its registration. This test file is that file.

func init() {
	loss.ContrastiveLosses.Register("test-squared", func() loss.Contrastive { return &squared{Target: 1} })
}

// squared is the mean over the positive pairs of (target - cosine)^2.
type squared struct {
	Target float64 `setting:"target"`
}

func (*squared) Unscaled() {}

func (l *squared) Check() error {
	if math.Abs(l.Target) > 1 {
		return errors.New("target: no cosine is above 1")
	}
	return nil
}

func (l *squared) Terms(pairing loss.Pairing) ([]loss.Term[loss.Embeddings], error) {
	return []loss.Term[loss.Embeddings]{func(s *libtorch.Scope, e loss.Embeddings) libtorch.Tensor {
		var places []int64
		for row, positive := range pairing.Positive {
			for _, column := range positive {
				places = append(places, int64(row*pairing.Skills+column))
			}
		}
		n := int64(len(places))
		cosineBS := s.MatMul(e.SentencesBD, s.Transpose(e.SkillsSD, 0, 1))
		positiveP1 := s.Rows(s.Reshape(cosineBS, -1, 1), s.ToDevice(s.Int64s(places, n), e.Device))
		off := s.AddScalar(positiveP1, -l.Target)
		return s.Scale(s.Sum(s.Mul(off, off)), 1/float64(n))
	}}, nil
}

// A registered loss trains by its name from a configuration file, whole and in chunks, and its own settings count.
func TestRecipeOfALoss(t *testing.T) {
	corpus := absolute(t, writeCorpus(t))
	losses := map[string]float64{}
	for name, set := range map[string][]string{"plain": nil, "chunks": {"train.chunk_size=5"}, "other target": {"loss.options=target=0"}} {
		dir := t.TempDir()
		file := filepath.Join(dir, "train.yaml")
		text := "run: {dir: " + dir + "/run, seed: 3, threads: 1}\ndevice: cpu\ntaxonomy: " + absolute(t, ontology) + "\ncorpus: " + corpus +
			"\nmodel: {encoder: " + absolute(t, tinyBERT) + ", max_length: 32, dropout: 0}\nloss: {kind: test-squared}\n" +
			"optimizer: {learning_rate: 1e-3}\ntrain: {max_steps: 6, batch_size: 8, precision: fp32}\nvalidation: {share: 0.1}\n"
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(config.Sources{File: file, Set: set}, CheckBiEncoder)
		if err != nil {
			t.Fatal(err)
		}
		if err := BiEncoder(t.Context(), cfg, false, io.Discard); err != nil {
			t.Fatal(err)
		}
		history, err := train.ReadMetrics(filepath.Join(dir, "run", "metrics.jsonl"))
		if err != nil || len(history.Steps) != 6 {
			t.Fatalf("%s: %d steps, %v", name, len(history.Steps), err)
		}
		first, last := history.Steps[0].Loss, history.Steps[5].Loss
		if name == "plain" && last >= first {
			t.Errorf("the loss went from %v to %v", first, last)
		}
		losses[name] = first
	}
	if math.Abs(losses["plain"]-losses["chunks"]) > 1e-5 || math.Abs(losses["plain"]-losses["other target"]) < 1e-2 {
		t.Errorf("losses of the first step: %v", losses)
	}
}

// A loss that does not exist, and settings that it does not have, are one line that names the key and where it was set.
func TestWrongLossIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "train.yaml")
	text := "taxonomy: t\ncorpus: c\nmodel: {encoder: e}\nloss:\n  kind: triplet\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		set  []string
		want string
	}{
		{nil, `train.yaml:5: loss.kind is "triplet"; want infonce, margin or test-squared`},
		{[]string{"loss.kind=bce"}, `--set loss.kind=bce: loss.kind is "bce"; want infonce, margin or test-squared`},
		{[]string{"loss.kind=margin", "loss.options=gamma=2"}, `--set loss.options=gamma=2: loss.options: does not suit margin: `},
		{[]string{"loss.kind=margin", "loss.options=margin=2"}, `loss.options has "margin=2"; set loss.margin itself`},
		{[]string{"loss.kind=test-squared", "loss.options=target"}, `loss.options has "target"; want NAME=VALUE`},
		{[]string{"loss.kind=test-squared", "loss.options=target=high"}, `loss.options: does not suit test-squared: `},
		{[]string{"loss.kind=test-squared", "loss.options=target=2"}, `loss.options: target: no cosine is above 1`},
	} {
		_, err := config.Load(config.Sources{File: file, Set: c.set, SkipInputs: true}, CheckBiEncoder)
		if wrong := (*usage.Error)(nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want %s", c.set, err, c.want)
		}
	}
	_, err := config.Load(config.Sources{Set: []string{"data.train=d", "model.encoder=e", "loss.kind=infonce"}, SkipInputs: true}, CheckFilter)
	if want := `loss.kind is "infonce"; want bce or focal`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}
