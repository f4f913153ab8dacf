package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/data/tokenize"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/family"
)

// mixedSentences returns 200 English and Chinese sentences of all lengths, in the context of the one before.
func mixedSentences(t *testing.T) []corpus.Sentence {
	t.Helper()
	texts := []string{"x", "!", "C++", strings.Repeat("You drive long trucks, and ", 60)}
	for _, name := range []string{"sentences.jsonl", "sentences-zh.jsonl"} {
		file, err := os.Open(filepath.Join("..", "..", "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var row struct{ Text string }
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, row.Text)
		}
	}
	if len(texts) < 200 {
		t.Fatalf("%d sentences", len(texts))
	}
	return corpus.InOrder(texts[:200])
}

// runExported runs an exported folder's model on sentences. The tokens are those of this repository's tokenizer, which
// other tests compare with Hugging Face's.
func runExported(t *testing.T, dir string, sentences []corpus.Sentence) (rows [][]float64) {
	t.Helper()
	manifest, err := os.ReadFile(filepath.Join(dir, "checkpoint.json")) // which the commands refuse to load, without weights of theirs
	if err != nil {
		t.Fatal(err)
	}
	var m checkpoints.Manifest
	if err := json.Unmarshal(manifest, &m); err != nil {
		t.Fatal(err)
	}
	tokenizer, err := tokenize.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts, before := make([]string, len(sentences)), make([]string, len(sentences))
	for i, s := range sentences {
		texts[i], before[i] = s.Text, s.Before
	}
	ids, own, err := tokenizer.InContext(t.Context(), texts, before, m.Model.MaxLength, m.Model.ContextTokens)
	if err != nil {
		t.Fatal(err)
	}
	return runOnTokens(t, dir, ids, own)
}

// runOnTokens runs an exported folder under its foreign runtime, by scripts/parity, and reads the rows that this
// prints.
func runOnTokens(t *testing.T, dir string, ids [][]int32, own []int) (rows [][]float64) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"ids": ids, "own": own})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("..", "..", "scripts", "parity", "exported_run.py"), dir)
	cmd.Stdin, cmd.Env = bytes.NewReader(body), append(os.Environ(), "HF_HUB_OFFLINE=1", "OMP_NUM_THREADS=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("exported_run.py: %v: %s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &rows); err != nil || len(rows) != len(ids) {
		t.Fatalf("exported_run.py: %d rows, %v", len(rows), err)
	}
	return rows
}

// needsPython skips the test if the environment of `make parity` does not exist or lacks a module.
func needsPython(t *testing.T, module string) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs Python")
	}
	if _, err := os.Stat(python); err != nil {
		t.Skipf("%s is missing (scripts/parity/setup.sh makes it)", python)
	}
	if err := exec.Command(python, "-c", "import "+module).Run(); err != nil {
		t.Skipf("%s has no %s (scripts/parity/setup.sh installs it)", python, module)
	}
}

// agreement is the largest difference of two sets of rows, and the least cosine of two rows.
func agreement(got, want [][]float64) (difference, cosine float64) {
	cosine = 1
	for i := range want {
		var ab, aa, bb float64
		for k := range want[i] {
			difference = max(difference, math.Abs(got[i][k]-want[i][k]))
			ab, aa, bb = ab+got[i][k]*want[i][k], aa+got[i][k]*got[i][k], bb+want[i][k]*want[i][k]
		}
		cosine = min(cosine, ab/math.Sqrt(max(aa*bb, 1e-30)))
	}
	return difference, cosine
}

// encoders are the encoders whose exports are compared: a tiny BERT, and in `make parity`, which sets
// SKILLSPACE_PARITY, real ones.
func encoders(t *testing.T) map[string]string {
	all := map[string]string{"tiny BERT": checkpointtest.TinyBERT(t)}
	if os.Getenv("SKILLSPACE_PARITY") == "" {
		return all
	}
	for name, dir := range map[string]string{"MiniLM-L6": "../../.deps/models/all-MiniLM-L6-v2", "e5-small-zh-en-roberta": "../../../shared/models/e5-small-zh-en-roberta"} {
		if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
			all[name] = dir
		}
	}
	return all
}

var exportedHeads = map[string]model.HeadConfig{
	"mean":                 {Pooling: model.MeanPooling},
	"cls, projection":      {Pooling: model.CLSPooling, Projection: 12},
	"BiLSTM and attention": {Pooling: model.AttentionPooling, BiLSTM: true, BiLSTMState: 12, Projection: 8},
}

// embedded are the sentences' vectors as computed here.
func embedded(t *testing.T, dir string, sentences []corpus.Sentence) (rows [][]float64) {
	t.Helper()
	texts := make([]string, len(sentences))
	for i, s := range sentences {
		texts[i] = s.Text
	}
	vectors := embed(t, dir, texts...)
	for i := range texts {
		row := make([]float64, vectors.Dimension)
		for k, v := range vectors.Row(i) {
			row[k] = float64(v)
		}
		rows = append(rows, row)
	}
	return rows
}

// exportAs exports a checkpoint in a format.
func exportAs(t *testing.T, source string, args ...string) (output string) {
	t.Helper()
	output = filepath.Join(t.TempDir(), "exported")
	if _, err := execute(t, t.Context(), append([]string{"--checkpoint", source, "--output", output}, args...)...); err != nil {
		t.Fatal(err)
	}
	return output
}

func TestExportParity(t *testing.T) {
	needsPython(t, "onnxruntime")
	sentences := mixedSentences(t)
	for encoder, folder := range encoders(t) {
		for name, head := range exportedHeads {
			if large := !strings.HasPrefix(encoder, "tiny"); large && name == "cls, projection" {
				continue
			}
			t.Run(encoder+", "+name, func(t *testing.T) {
				source := filepath.Join(t.TempDir(), "source")
				checkpointtest.RandomBiEncoder(t, source, folder, head)
				want := embedded(t, source, sentences)
				difference, _ := agreement(runExported(t, exportAs(t, source, "--format", "onnx"), sentences), want)
				if difference > 1e-4 {
					t.Errorf("ONNX differs by %.3g", difference)
				}
				small, cosine := agreement(runExported(t, exportAs(t, source, "--format", "onnx", "--precision", "int8"), sentences), want)
				script, _ := agreement(runExported(t, exportAs(t, source, "--format", "torchscript"), sentences), want)
				if script > 1e-4 {
					t.Errorf("TorchScript differs by %.3g", script)
				}
				t.Logf("TorchScript differs by %.3g, ONNX in fp32 by %.3g, int8 by %.3g at a least cosine of %.4f", script, difference, small, cosine)
				if encoder == "MiniLM-L6" && name == "mean" && cosine < 0.95 {
					t.Errorf("int8: a cosine of %.4f", cosine)
				}
			})
		}
	}
}

// Every family's exports compute what the checkpoint computes, under onnxruntime and PyTorch.
func TestExportParityOfFamilies(t *testing.T) {
	if os.Getenv("SKILLSPACE_PARITY") == "" {
		t.Skip("runs in make parity, which sets SKILLSPACE_PARITY")
	}
	needsPython(t, "onnxruntime")
	ids := checkpointtest.TokenIDs()
	own := make([]int, len(ids))
	for i, row := range ids {
		own[i] = len(row)
	}
	for _, name := range family.ModelTypes() {
		t.Run(name, func(t *testing.T) {
			source := filepath.Join(t.TempDir(), "source")
			checkpointtest.RandomBiEncoder(t, source, checkpointtest.Tiny(t, name), exportedHeads["BiLSTM and attention"])
			var want [][]float64
			for _, row := range checkpointtest.Embedded(t, source, ids) {
				wide := make([]float64, len(row))
				for k, v := range row {
					wide[k] = float64(v)
				}
				want = append(want, wide)
			}
			graph, _ := agreement(runOnTokens(t, exportAs(t, source, "--format", "onnx"), ids, own), want)
			small, cosine := agreement(runOnTokens(t, exportAs(t, source, "--format", "onnx", "--precision", "int8"), ids, own), want)
			script, _ := agreement(runOnTokens(t, exportAs(t, source, "--format", "torchscript"), ids, own), want)
			if graph > 1e-4 || script > 1e-4 || cosine < 0.9 {
				t.Errorf("ONNX differs by %.3g, TorchScript by %.3g, int8 by %.3g at a least cosine of %.4f", graph, script, small, cosine)
			}
			t.Logf("ONNX differs by %.3g, TorchScript by %.3g, int8 by %.3g at a least cosine of %.4f", graph, script, small, cosine)
			if again := checkpointtest.Embedded(t, exportAs(t, source), ids); !slices.EqualFunc(again, checkpointtest.Embedded(t, source, ids), slices.Equal) {
				t.Error("the exported checkpoint computes something else")
			}
		})
	}
}

func TestExportParityOfFilters(t *testing.T) {
	needsPython(t, "onnxruntime")
	sentences := slices.DeleteFunc(mixedSentences(t), func(s corpus.Sentence) bool { return len(s.Text) > 45 }) // the tests' encoder has 64 positions
	for encoder, folder := range encoders(t) {
		for _, contextTokens := range []int{0, 12} {
			source := filepath.Join(t.TempDir(), "source")
			checkpointtest.FilterInContext(t, source, folder, 0.5, contextTokens)
			filter, err := embedding.LoadFilter(source, libtorch.CPU)
			if err != nil {
				t.Fatal(err)
			}
			logits, err := filter.Logits(t.Context(), sentences)
			filter.Close()
			if err != nil {
				t.Fatal(err)
			}
			want := make([][]float64, len(logits))
			for i, logit := range logits {
				want[i] = []float64{float64(logit) / checkpointtest.Temperature}
			}
			for _, format := range []string{"onnx", "torchscript"} {
				difference, _ := agreement(runExported(t, exportAs(t, source, "--format", format), sentences), want)
				t.Logf("%s, %s, %d tokens of context: %.3g", format, encoder, contextTokens, difference)
				if difference > 1e-4 {
					t.Errorf("%s, %s, %d tokens of context: logits differ by %.3g", format, encoder, contextTokens, difference)
				}
			}
		}
	}
}
