package trainer

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/config"
	"skillspace/train"
)

// Run with -update after a change that is meant to change the numbers:
//
//	go test ./cmd/internal/trainer -run TestGoldenLosses -update
var update = flag.Bool("update", false, "write testdata/golden from what this code computes")

const (
	goldenFolder = "../../../testdata/golden"
	sentences    = "../../../examples/sentences.jsonl"
	miniLM       = "../../../.deps/models/all-MiniLM-L6-v2"
)

// A golden number may differ by this much. Another CPU's kernels sum in another order. This changes a loss by about 1e-7 of its value,
// and fifty steps of AdamW, which divides small gradients by their size, amplify the difference. With libtorch's and our plain kernels
// instead of those for AVX-512 (ATEN_CPU_CAPABILITY and SKILLSPACE_KERNELS set to default) and MKL's (MKL_CBWR=COMPATIBLE) it was at
// most 5e-6. The random numbers, also those of dropout, are the same everywhere. A beta1 of 0.901 instead of 0.9 makes 1.6e-4.
const (
	lossTolerance       = 1e-4 // relative; of the gradient's norm, too
	validationTolerance = 1e-3 // absolute: two skills of nearly equal score may change places
)

// golden is a line of a golden file: a step's numbers, or a validation's.
type golden struct {
	Step         int                `json:"step"`
	Loss         float64            `json:"loss,omitempty"`
	GradientNorm float64            `json:"gradient_norm,omitempty"`
	Validation   map[string]float64 `json:"validation,omitempty"`
}

// goldenTraining is fifty steps of fp32 on one thread.
func goldenTraining(run string, batch int, metric string) (config.Run, config.Train) {
	return config.Run{Dir: run, Seed: 11, Threads: 1}, config.Train{Epochs: 9, MaxSteps: 50, BatchSize: batch, Accumulation: 1,
		Precision: "fp32", BestMetric: metric}
}

func goldenBiEncoder(t *testing.T, run string, batch int) *config.TrainBiencoder {
	cfg := biencoderConfig(t, sentences)
	cfg.Run, cfg.Train = goldenTraining(run, batch, "mrr")
	return cfg
}

func TestGoldenLosses(t *testing.T) {
	biencoder := func(t *testing.T, run string) error {
		cfg := goldenBiEncoder(t, run, 8)
		return BiEncoder(context.Background(), cfg, false, io.Discard)
	}
	// The real encoder with few tokens: it has twelve heads of 32 units and a large word table.
	realEncoder := func(t *testing.T, run string) error {
		cfg := goldenBiEncoder(t, run, 4)
		cfg.Optimizer.SparseEmbeddings = true
		cfg.Model.Encoder, cfg.Model.MaxLength, cfg.SkillText.DescriptionWeight = miniLM, 12, 0
		return BiEncoder(context.Background(), cfg, false, io.Discard)
	}
	filter := func(_ *testing.T, run string) error {
		cfg := &config.TrainFilter{}
		cfg.Defaults()
		cfg.Run, cfg.Train = goldenTraining(run, 8, "f1")
		cfg.Device, cfg.Data.Train, cfg.Data.Share = "cpu", []string{sentences}, 0.2
		cfg.Model.Encoder, cfg.Model.MaxLength = tinyBERT, 48
		return Filter(context.Background(), cfg, false, io.Discard)
	}
	for name, run := range map[string]func(t *testing.T, run string) error{
		"biencoder-tiny": biencoder, "biencoder-minilm": realEncoder, "filter-tiny": filter,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(miniLM); err != nil && strings.HasSuffix(name, "minilm") {
				t.Skip("the encoder all-MiniLM-L6-v2 is missing; make model fetches it")
			}
			folder := filepath.Join(fastFolder(t), "run")
			if err := run(t, folder); err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join(goldenFolder, name+".jsonl"), measured(t, folder))
		})
	}
}

// measured returns a run's numbers that do not depend on the clock.
func measured(t *testing.T, run string) []golden {
	t.Helper()
	history, err := train.ReadMetrics(filepath.Join(run, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []golden
	for _, s := range history.Steps {
		lines = append(lines, golden{Step: s.Step, Loss: s.Loss, GradientNorm: s.GradientNorm})
	}
	for _, v := range history.Validations {
		lines = append(lines, golden{Step: v.Step, Validation: v.Validation})
	}
	return lines
}

func compareGolden(t *testing.T, path string, got []golden) {
	t.Helper()
	if *update {
		writeGolden(t, path, got)
		return
	}
	want := readGolden(t, path)
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
	worst := map[string]float64{}
	check := func(what string, step int, got, want, tolerance, scale float64) {
		off := math.Abs(got-want) / scale
		worst[what] = max(worst[what], off)
		if !(off <= tolerance) {
			t.Errorf("step %d: %s is %v, was %v: %.1e apart, allowed is %.0e", step, what, got, want, off, tolerance)
		}
	}
	for i, w := range want {
		g := got[i]
		if g.Step != w.Step || len(g.Validation) != len(w.Validation) {
			t.Fatalf("line %d is of step %d with %d figures, want step %d with %d", i+1, g.Step, len(g.Validation), w.Step, len(w.Validation))
		}
		if w.Validation == nil {
			check("loss", w.Step, g.Loss, w.Loss, lossTolerance, max(w.Loss, 0.01)) // a batch of one skill has loss 0
			check("gradient norm", w.Step, g.GradientNorm, w.GradientNorm, lossTolerance, max(w.GradientNorm, 0.01))
		}
		for _, name := range slices.Sorted(maps.Keys(w.Validation)) {
			value, found := g.Validation[name]
			if !found {
				t.Errorf("step %d: %s is not measured", w.Step, name)
			}
			check("validation", w.Step, value, w.Validation[name], validationTolerance, 1)
		}
	}
	t.Logf("%d lines; most apart: %s", len(want), fmt.Sprint(worst))
}

func writeGolden(t *testing.T, path string, lines []golden) {
	t.Helper()
	var text []byte
	for _, line := range lines {
		encoded, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		text = append(append(text, encoded...), '\n')
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func readGolden(t *testing.T, path string) (lines []golden) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("%v (run with -update to make it)", err)
	}
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		var line golden
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		lines = append(lines, line)
	}
	return lines
}
