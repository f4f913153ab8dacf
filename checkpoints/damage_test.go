package checkpoints

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// saveRun saves an untrained bi-encoder with two towers as a run does, with an optimiser's file and a model card, and
// returns its folder.
func saveRun(t *testing.T, dir string, step int) string {
	t.Helper()
	var towers []*model.Tower
	for range 2 {
		encoder, err := model.LoadEncoder(tinyBERT, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		tower, err := model.NewTower(encoder, model.HeadConfig{Pooling: model.MeanPooling})
		if err != nil {
			t.Fatal(err)
		}
		towers = append(towers, tower)
	}
	biencoder, err := model.NewBiEncoder(towers[0], towers[1], 0.05)
	if err != nil {
		t.Fatal(err)
	}
	defer biencoder.Close()
	content := Content{Groups: biencoder.ParameterGroups(), Config: tinyBERT,
		Tokenizer: []string{filepath.Join(tinyBERT, "vocab.txt"), filepath.Join(tinyBERT, "tokenizer_config.json")},
		Optimizer: func() ([]safetensors.Tensor, map[string]string) {
			return []safetensors.Tensor{{Name: "exp_avg.x", DType: "F32", Shape: []int64{2},
				Data: func() ([]byte, error) { return safetensors.Float32Bytes([]float32{1, 2}), nil }}}, map[string]string{"step": "3"}
		},
		Extra: map[string][]byte{"README.md": []byte("# A model")}}
	content.Manifest = Manifest{Kind: BiEncoder, Step: step, Training: &State{Step: step, Generator: []byte("state"), Config: "hash"},
		Model: ModelInfo{Head: model.HeadConfig{Pooling: model.MeanPooling}, MaxLength: 32}}
	if err := Save(dir, content); err != nil {
		t.Fatal(err)
	}
	return dir
}

// damages are what happens to files.
var damages = map[string]func(path string, content []byte, random *rand.Rand) error{
	"truncated": func(path string, content []byte, random *rand.Rand) error {
		return os.WriteFile(path, content[:random.IntN(len(content))], 0o600)
	},
	"cut by a byte": func(path string, content []byte, _ *rand.Rand) error {
		return os.WriteFile(path, content[:len(content)-1], 0o600)
	},
	"longer": func(path string, content []byte, _ *rand.Rand) error {
		return os.WriteFile(path, append(bytes.Clone(content), '\n'), 0o600)
	},
	"bit flipped": func(path string, content []byte, random *rand.Rand) error {
		content = bytes.Clone(content)
		content[random.IntN(len(content))] ^= 1 << random.IntN(8)
		return os.WriteFile(path, content, 0o600)
	},
	"removed": func(path string, _ []byte, _ *rand.Rand) error { return os.Remove(path) },
	"replaced by a folder": func(path string, _ []byte, _ *rand.Rand) error {
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	},
	"replaced by a dangling link": func(path string, _ []byte, _ *rand.Rand) error {
		return errors.Join(os.Remove(path), os.Symlink("nowhere", path))
	},
}

// TestDamageToAnyFileIsNamed: whatever happens to whichever file of a checkpoint, the error names the file, and the
// checkpoint before it is offered.
func TestDamageToAnyFileIsNamed(t *testing.T) {
	run := t.TempDir()
	before, dir := saveRun(t, filepath.Join(run, "step-2"), 2), saveRun(t, filepath.Join(run, "last"), 4)
	if err := os.Mkdir(filepath.Join(run, ".last.tmp-AAAA"), 0o700); err != nil { // an interrupted save
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 9 {
		t.Fatalf("the checkpoint has %d files, want 9: %v", len(entries), entries)
	}
	random := rand.New(rand.NewPCG(8, 8))
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, damage := range damages {
			rounds := 1
			if what == "bit flipped" {
				rounds = 20
			}
			for range rounds {
				if err := damage(path, content, random); err != nil {
					t.Fatal(err)
				}
				if _, err := Verify(dir); err == nil || !strings.Contains(err.Error(), entry.Name()) {
					t.Errorf("%s %s: error %v", entry.Name(), what, err)
				}
				if others := Intact(dir); !slices.Equal(others, []string{before}) {
					t.Errorf("%s %s: offered %v, want %s", entry.Name(), what, others, before)
				}
				if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, content, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := Verify(dir); err != nil || m.Step != 4 {
		t.Errorf("restored, with a file of the user's beside: %v", err)
	}
}

// TestFirstFormatIsRead: a manifest of the format before, which has no checksum of its own.
func TestFirstFormatIsRead(t *testing.T) {
	dir := saveFilter(t)
	path := filepath.Join(dir, manifestName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, checksumKey) {
			lines = append(lines, strings.Replace(line, `"format": 2`, `"format": 1`, 1))
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := Verify(dir); err != nil || m.Format != 1 {
		t.Errorf("%v", err)
	}
}
