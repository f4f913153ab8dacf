package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/config"
	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

func examplePairs(t *testing.T, n int, seed uint64) []pair {
	t.Helper()
	tax, err := taxonomy.Load("../examples/ontology")
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := writePairs(context.Background(), tax, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return pairs
}

func TestPairsAreTheSameForTheSameSeed(t *testing.T) {
	pairs := examplePairs(t, 200, 1)
	if len(pairs) != 200 || !slices.Equal(pairs, examplePairs(t, 200, 1)) || slices.Equal(pairs, examplePairs(t, 200, 2)) {
		t.Error("the pairs do not follow the seed")
	}
	drawn := sample(pairs, 100, 3)
	if !slices.Equal(drawn, sample(pairs, 100, 3)) || slices.Equal(drawn, sample(pairs, 100, 4)) {
		t.Error("a round's pairs do not follow its seed")
	}
}

// What train-biencoder reads must be the peers' pairs, one by one.
func TestOurSideTrainsOnThePeersPairs(t *testing.T) {
	folder := t.TempDir()
	pairs := examplePairs(t, 300, 1)
	if err := writeTraining(folder, pairs); err != nil {
		t.Fatal(err)
	}
	tax, err := taxonomy.Load(filepath.Join(folder, taxonomyName))
	if err != nil {
		t.Fatal(err)
	}
	examples, rejects, err := corpus.Read(filepath.Join(folder, corpusFile))
	if err != nil || rejects.Rows > 0 {
		t.Fatal(err, rejects)
	}
	peers, err := readLines[pair](filepath.Join(folder, pairsFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(examples) != len(pairs) || !slices.Equal(peers, pairs) {
		t.Fatalf("%d examples for %d pairs", len(examples), len(pairs))
	}
	for i, e := range examples {
		skill, known := tax.Index(e.Skills[0])
		if !known || len(e.Skills) != 1 {
			t.Fatalf("example %d: %v", i, e)
		}
		if got := (pair{e.Text, tax.Skills()[skill].PreferredLabel}); got != pairs[i] {
			t.Fatalf("example %d: %q, want %q", i, got, pairs[i])
		}
	}
}

func TestTrainingConfigLoads(t *testing.T) {
	folder := t.TempDir()
	if err := writeTraining(folder, examplePairs(t, 64, 1)); err != nil {
		t.Fatal(err)
	}
	b := &bench{options: defaultOptions()}
	b.Model = "../testdata/tiny-bert"
	path := filepath.Join(folder, "config.yaml")
	wanted := b.trainingConfig(shape{batch: 8, maxLength: 48, warmUp: 1, steps: 2, seed: 5, data: folder}, filepath.Join(folder, "run"), "fp32", true)
	if err := writeConfig(path, wanted); err != nil {
		t.Fatal(err)
	}
	got, err := config.Load[config.TrainBiencoder](config.Sources{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if got.Train.BatchSize != 8 || got.Train.MaxSteps != 3+spareSteps || got.Run.Seed != 5 || got.Train.Precision != "fp32" || got.Model.Pooling != "attention" {
		t.Errorf("%+v", got)
	}
}

func TestLengthenFillsEveryText(t *testing.T) {
	long := lengthen(examplePairs(t, 50, 1), 64, 20)
	if len(long) != 20 {
		t.Fatalf("%d pairs", len(long))
	}
	for _, p := range long {
		if len(strings.Fields(p.Anchor)) < 64 || len(strings.Fields(p.Positive)) < 64 {
			t.Errorf("too short: %+v", p)
		}
	}
}
