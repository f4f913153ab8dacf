package checkpoints

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

const tinyBERT = "../testdata/tiny-bert"

// saveFilter saves an untrained filter and returns its folder.
func saveFilter(t *testing.T) string {
	t.Helper()
	encoder, err := model.LoadEncoder(tinyBERT, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := model.NewFilter(encoder, model.MeanPooling, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	dir := filepath.Join(t.TempDir(), "filter")
	content := Content{Parts: filter.Parts(), Config: tinyBERT, Tokenizer: []string{filepath.Join(tinyBERT, "vocab.txt")}}
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
