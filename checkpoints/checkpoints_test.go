package checkpoints

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/family"
)

const tinyBERT = "../testdata/tiny-bert"

// saveFilter saves an untrained filter and returns its folder.
func saveFilter(t *testing.T) string {
	t.Helper()
	return saveFilterOf(t, 0)
}

// saveFilterOf saves one with so many of the encoder's layers, 0 for all.
func saveFilterOf(t *testing.T, layers int64) string {
	t.Helper()
	encoder, err := model.LoadEncoderLayers(tinyBERT, layers, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	dir := filepath.Join(t.TempDir(), "filter")
	content := Content{Groups: filter.ParameterGroups(), Config: tinyBERT, Tokenizer: []string{filepath.Join(tinyBERT, "vocab.txt")}}
	content.Manifest = Manifest{Kind: Filter, Step: 3, Model: ModelInfo{Head: model.HeadConfig{Pooling: model.MeanPooling}, MaxLength: 32, Threshold: 0.4}}
	if err := Save(dir, content); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSavedFilterLoads(t *testing.T) {
	dir := saveFilter(t)
	filter, manifest, err := LoadFilter(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	filter.Close()
	if manifest.Model.Threshold != 0.4 || manifest.Step != 3 || len(manifest.Files) != 4 {
		t.Errorf("manifest %+v", manifest)
	}
	if _, _, err := LoadBiEncoder(dir, libtorch.CPU); err == nil || !strings.Contains(err.Error(), "holds a filter") {
		t.Errorf("a filter loaded as a bi-encoder: %v", err)
	}
}

// A model with fewer layers than the encoder's folder says loads from its checkpoint, whose config.json is otherwise
// the folder's.
func TestSavedWithFewerLayers(t *testing.T) {
	dir := saveFilterOf(t, 1)
	loaded, _, err := LoadFilter(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Close()
	want, err := model.ReadEncoderConfig(tinyBERT)
	if err != nil {
		t.Fatal(err)
	}
	want.Layers = 1
	if loaded.Encoder.Config != want {
		t.Errorf("%+v, want %+v", loaded.Encoder.Config, want)
	}
	var stored map[string]any
	text, err := os.ReadFile(filepath.Join(dir, encoderConfigName))
	if err := errors.Join(err, json.Unmarshal(text, &stored)); err != nil || stored["initializer_range"] != 0.02 || stored["num_hidden_layers"] != 1.0 {
		t.Errorf("%v, %s", err, text)
	}
}

// The number of layers stands under the family's own key, and the checkpoint loads with it.
func TestEveryFamilyIsSavedWithFewerLayers(t *testing.T) {
	for _, name := range family.ModelTypes() {
		folder := filepath.Join("..", "testdata", "tiny-"+name)
		encoder, err := model.LoadEncoderLayers(folder, 1, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), name)
		manifest := Manifest{Kind: Filter, Model: ModelInfo{Head: model.HeadConfig{Pooling: model.MeanPooling}, MaxLength: 32}}
		err = Save(dir, Content{Manifest: manifest, Groups: filter.ParameterGroups(), Config: folder})
		filter.Close()
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, encoderConfigName))
		if err != nil {
			t.Fatal(err)
		}
		key := "num_hidden_layers"
		if name == "distilbert" {
			key = "n_layers"
		}
		if !strings.Contains(string(text), fmt.Sprintf("%q: 1,", key)) {
			t.Errorf("%s: no %s of 1 in %s", name, key, text)
		}
		loaded, _, err := LoadFilter(dir, libtorch.CPU)
		if err != nil {
			t.Fatal(err)
		}
		if loaded.Encoder.Config.Layers != 1 {
			t.Errorf("%s: %d layers", name, loaded.Encoder.Config.Layers)
		}
		loaded.Close()
	}
}

func TestManifestCannotLeaveItsFolder(t *testing.T) {
	dir := saveFilter(t)
	path := filepath.Join(dir, manifestName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := &Manifest{}
	if err := json.Unmarshal(content, m); err != nil {
		t.Fatal(err)
	}
	m.Files["../head.safetensors"] = m.Files["head.safetensors"]
	if err := writeManifest(dir, m); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("a file outside the folder: %v", err)
	}
}
