package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
)

const (
	tinyBERT    = "../testdata/tiny-bert"
	tinyRoBERTa = "../testdata/tiny-roberta"
)

// miniLM returns the folder of the MiniLM-L6 weights that `make setup` fetches.
func miniLM(t *testing.T) string {
	folder := filepath.Join("..", ".deps", "models", "all-MiniLM-L6-v2")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("needs the weights in %s (make setup)", folder)
	}
	return folder
}

func openEncoder(t *testing.T, folder string) *Encoder {
	t.Helper()
	e, err := LoadEncoder(folder, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestMiniLMHiddenStatesMatchTransformers(t *testing.T) {
	checkMiniLM(t, openGolden(t, "encoder-minilm"), openEncoder(t, miniLM(t)))
}

func checkMiniLM(t *testing.T, want values, e *Encoder) {
	tower, err := NewTower(e, HeadConfig{Pooling: MeanPooling})
	if err != nil {
		t.Fatal(err)
	}
	defer tower.head.parameters.Close()
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() {
			b := want.batch()
			want.Near("hidden", e.Hidden(s, b, false), 1e-5)
			want.Near("embedding", tower.Embed(s, b, libtorch.Float32, false), 1e-5)
		})
	})
}

func TestMPNetHiddenStatesMatchTransformers(t *testing.T) {
	folder := filepath.Join("..", ".deps", "models", "all-mpnet-base-v2")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("needs the weights in %s (scripts/fetch-mpnet.sh)", folder)
	}
	e := openEncoder(t, folder)
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() {
			want := openGolden(t, "encoder-mpnet")
			want.Near("hidden", e.Hidden(s, want.batch(), false), 1e-5)
		})
	})
}

func TestDamagedEncoderFoldersAreNamed(t *testing.T) {
	config, err := os.ReadFile(filepath.Join(tinyBERT, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	weights, err := os.ReadFile(filepath.Join(tinyBERT, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	rename := strings.Replace(string(weights), "encoder.layer.0.output.dense.bias", "encoder.layer.0.output.dense.bia5", 1)
	for _, c := range []struct{ name, config, file, weights, want string }{
		{"missing tensor", string(config), "model.safetensors", rename, `"encoder.layer.0.output.dense.bias" is missing`},
		{"misshapen", strings.Replace(string(config), `"vocab_size": 200`, `"vocab_size": 201`, 1), "model.safetensors", string(weights), "want [201 32], got [200 32]"},
		{"pickle", string(config), "pytorch_model.bin", "x", "pickle"},
		{"model type", strings.Replace(string(config), `"bert"`, `"t5"`, 1), "model.safetensors", string(weights), "model_type"},
		{"no json", "{", "model.safetensors", string(weights), "config.json"},
	} {
		folder := t.TempDir()
		for name, content := range map[string]string{"config.json": c.config, c.file: c.weights} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e, err := LoadEncoder(folder, libtorch.CPU)
		if err == nil {
			e.Close()
			t.Errorf("%s: loaded", c.name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q does not say %q", c.name, err, c.want)
		}
	}
}

func TestIdsAndLengthsOutOfRangeAreErrors(t *testing.T) {
	e := openEncoder(t, tinyBERT)
	for _, ids := range [][]int32{{1, 200}, {-1}, make([]int32, 65)} {
		b, err := NewBatch([][]int32{ids})
		if err != nil {
			t.Fatal(err)
		}
		err = libtorch.Do(func(s *libtorch.Scope) error { e.Hidden(s, b, false); return nil })
		if err == nil {
			t.Errorf("%d ids from %d on were accepted", len(ids), ids[0])
		}
	}
}

// TestParity compares a larger set that scripts/parity/run.sh makes with transformers.
func TestParity(t *testing.T) {
	folder := os.Getenv("SKILLSPACE_PARITY_DIR")
	if folder == "" {
		t.Skip("runs in make parity, which sets SKILLSPACE_PARITY_DIR")
	}
	checkMiniLM(t, openReference(t, filepath.Join(folder, "encoder-minilm.safetensors")), openEncoder(t, miniLM(t)))
	larger := filepath.Join(folder, "encoder-e5.safetensors")
	if _, err := os.Stat(larger); err != nil {
		t.Log("the bilingual e5-small is not compared: ../shared is missing")
		return
	}
	for _, name := range e5Names {
		checkHidden(t, openReference(t, larger), openEncoder(t, sharedModel(t, name)))
	}
}

// e5Names are the bilingual e5-small in BERT's layout and in RoBERTa's.
var e5Names = []string{"e5-small-zh-en", "e5-small-zh-en-roberta"}

func sharedModel(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join("..", "..", "shared", "models", name)
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("needs ../shared/models/%s", name)
	}
	return folder
}

func TestBilingualE5HiddenStatesMatchTransformers(t *testing.T) {
	for _, name := range e5Names {
		t.Run(name, func(t *testing.T) {
			checkHidden(t, openGolden(t, "encoder-e5"), openEncoder(t, sharedModel(t, name)))
		})
	}
}

func checkHidden(t *testing.T, want values, e *Encoder) {
	t.Helper()
	run(t, func(s *libtorch.Scope) {
		libtorch.NoGrad(func() { want.Near("hidden", e.Hidden(s, want.batch(), false), 1e-5) })
	})
}
