package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// SKILLSPACE_DATASETS replaces the folder datasets at the start of inputs, of one path and of lists, and of nothing else.
func TestDatasetsVariable(t *testing.T) {
	text := "taxonomy: datasets/esco\ncorpus: datasetsx/corpus.jsonl\nvalidation:\n  benchmark: [datasets/b/tech.csv, own/datasets/c.csv]\nmodel: {encoder: encoder}\nrun: {dir: datasets/run}\n"
	file := write(t, text)
	t.Setenv("SKILLSPACE_DATASETS", "/data/")
	cfg, err := Load[TrainBiencoder](Sources{File: file, SkipInputs: true})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(append([]string{cfg.Taxonomy, cfg.Corpus, cfg.Run.Dir}, cfg.Validation.Benchmark...), " ")
	if want := "/data/esco datasetsx/corpus.jsonl datasets/run /data/b/tech.csv own/datasets/c.csv"; got != want {
		t.Errorf("paths %s\nwant  %s", got, want)
	}
}

// A data set that is missing says in one line how it is had.
func TestMissingDatasetSaysHow(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, folder := range []string{"", filepath.Join(t.TempDir(), "d")} {
		t.Setenv("SKILLSPACE_DATASETS", folder)
		_, err := Load[GenerateCorpus](Sources{File: "preset:corpus-esco"})
		if err == nil || !strings.Contains(err.Error(), "; `make datasets` gets the public data sets (docs/data.md)") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v", err)
		}
	}
	t.Setenv("SKILLSPACE_DATASETS", "")
	if _, err := Load[GenerateCorpus](Sources{File: "preset:corpus-esco", Set: []string{"taxonomy=elsewhere"}}); err == nil || strings.Contains(err.Error(), "make datasets") {
		t.Errorf("another folder: %v", err)
	}
}

// A taxonomy may be a folder or a ZIP archive.
func TestTaxonomyMayBeAnArchive(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, fits := range map[string]bool{"esco.zip": true, "ESCO.ZIP": true, "skills.csv": false} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Load[GenerateCorpus](Sources{File: "preset:corpus-esco", Set: []string{"taxonomy=" + name}})
		if (err == nil) != fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}
