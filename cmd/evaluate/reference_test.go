package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"skillspace/config"
)

const (
	sharedData = "../../../shared/data" // ../shared/data from the repository's root
	minilm     = "../../.deps/models/all-MiniLM-L6-v2"
)

// skipWithout skips a test by name of what is missing.
func skipWithout(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			t.Skipf("%s is missing", path)
		}
	}
}

// TestStockReference reproduces the reference of the benchmarks' stock encoder: MiniLM-L6 with mean pooling against the
// preferred labels of ESCO 1.1.0. The figures were computed a second time without Go, by
// scripts/parity/stock_reference.py.
func TestStockReference(t *testing.T) {
	skipWithout(t, sharedData, minilm)
	if testing.Short() {
		t.Skip("embeds 13,891 labels")
	}
	benchmarks := filepath.Join(sharedData, "skill-extraction-benchmark")
	cfg := new(config.Evaluate)
	cfg.Defaults()
	cfg.Baselines, cfg.Encoder, cfg.Taxonomy, cfg.Format, cfg.Resamples = true, minilm, filepath.Join(sharedData, "esco-1.1.0"), "json", 0
	cfg.Benchmark = []string{filepath.Join(benchmarks, "tech_validation_annotations.csv"), filepath.Join(benchmarks, "house_validation_annotations.csv")}
	var out bytes.Buffer
	if err := run(t.Context(), cfg, &out); err != nil {
		t.Fatal(err)
	}
	want := []map[string]float64{
		{"queries": 75, "mrr": 0.530, "rp@1": 0.387, "rp@5": 0.530, "rp@10": 0.665, "p@5": 0.155, "r@5": 0.530, "f1@5": 0.229},
		{"queries": 61, "mrr": 0.440, "rp@1": 0.279, "rp@5": 0.481, "rp@10": 0.558, "p@5": 0.151, "r@5": 0.479, "f1@5": 0.217},
	}
	var document struct {
		Benchmarks []struct {
			Systems []map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil || len(document.Benchmarks) != len(want) {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	for i, b := range document.Benchmarks {
		stock := b.Systems[len(b.Systems)-1]
		for name, figure := range want[i] {
			if got := math.Round(1000*number(t, stock[name])) / 1000; got != figure {
				t.Errorf("%s: %s is %.3f, want %.3f", filepath.Base(cfg.Benchmark[i]), name, got, figure)
			}
		}
	}
}

// number reads 75 or {"value": 0.53}.
func number(t *testing.T, raw json.RawMessage) float64 {
	t.Helper()
	var value float64
	if json.Unmarshal(raw, &value) == nil {
		return value
	}
	var interval struct{ Value *float64 }
	if err := json.Unmarshal(raw, &interval); err != nil || interval.Value == nil {
		t.Fatalf("%s is neither a number nor an interval", raw)
	}
	return *interval.Value
}
