package checkpoints

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

// A manifest with intact checksums but a number that no trainer writes is refused by the number's key.
func TestNumbersOutOfRangeAreRefused(t *testing.T) {
	for want, change := range map[string]func(m *Manifest){
		"max_length: -1 is not between 1 and 16384":         func(m *Manifest) { m.Model.MaxLength = -1 },
		"max_length: 1000000000 is not between 1 and 16384": func(m *Manifest) { m.Model.MaxLength = 1e9 },
		"max_length: 65 tokens, but the encoder has 64":     func(m *Manifest) { m.Model.MaxLength = 65 },
		"projection: 1000000000 is out of range":            func(m *Manifest) { m.Model.Head.Projection = 1e9 },
		"bilstm_hidden: -1 is out of range":                 func(m *Manifest) { m.Model.Head.BiLSTMState = -1 },
		"context_tokens: 100000 is out of range":            func(m *Manifest) { m.Model.ContextTokens = 1e5 },
		"threshold: 1e+300 is out of range":                 func(m *Manifest) { m.Model.Threshold = 1e300 },
		"temperature: -1, want above 0":                     func(m *Manifest) { m.Model.Temperature = -1 },
		"sentence_prefix":                                   func(m *Manifest) { m.Model.SentencePrefix = strings.Repeat("x", 5000) },
		"step: -1 is out of range":                          func(m *Manifest) { m.Step = -1 },
		"epoch: -1 is out of range":                         func(m *Manifest) { m.Training = &State{Epoch: -1} },
		"does not name optimizer.safetensors":               func(m *Manifest) { m.Training = &State{} },
		"does not name model.safetensors":                   func(m *Manifest) { delete(m.Files, "model.safetensors") },
		"does not name":                                     func(m *Manifest) { m.Files = nil },
		`kind "" is unknown`:                                func(m *Manifest) { m.Kind = "" },
	} {
		dir := saveFilter(t)
		text, err := os.ReadFile(filepath.Join(dir, manifestName))
		if err != nil {
			t.Fatal(err)
		}
		m := &Manifest{}
		if err := json.Unmarshal(text, m); err != nil {
			t.Fatal(err)
		}
		change(m)
		if err := writeManifest(dir, m); err != nil {
			t.Fatal(err)
		}
		if _, _, err := LoadFilter(dir, libtorch.CPU); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A file of a checkpoint that is a device or a FIFO is refused at once.
func TestDevicesAndFIFOsAreRefused(t *testing.T) {
	for _, name := range []string{manifestName, encoderName, encoderConfigName, "vocab.txt"} {
		for what, replace := range map[string]func(path string) error{
			"FIFO":   func(path string) error { return unix.Mkfifo(path, 0o600) },
			"device": func(path string) error { return os.Symlink("/dev/zero", path) },
		} {
			dir := saveFilter(t)
			path := filepath.Join(dir, name)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := replace(path); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { _, err := Verify(dir); done <- err }()
			select {
			case err := <-done:
				if err == nil || !strings.Contains(err.Error(), name+": not a regular file") {
					t.Errorf("%s is a %s: %v", name, what, err)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s is a %s: the reader waits", name, what)
			}
		}
	}
}

// A weight that is not a finite number is refused by the tensor's name.
func TestWeightsThatAreNotFiniteAreRefused(t *testing.T) {
	for _, value := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		encoder, err := model.LoadEncoderLayers(tinyBERT, 1, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { filter.Close() })
		if err := fillGroups(filter.ParameterGroups(), value); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "filter")
		content := Content{Groups: filter.ParameterGroups(), Config: tinyBERT}
		content.Manifest = Manifest{Kind: Filter, Model: ModelInfo{Head: model.HeadConfig{Pooling: model.MeanPooling}, MaxLength: 32}}
		if err := Save(dir, content); err != nil {
			t.Fatal(err)
		}
		if _, _, err := LoadFilter(dir, libtorch.CPU); err == nil || !strings.Contains(err.Error(), `.weight": value 0 is not a finite number`) {
			t.Errorf("%v: %v", value, err)
		}
	}
}
