package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/embedding"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

// python has torch and transformers; scripts/parity/setup.sh makes it.
var python = filepath.Join(cmp.Or(os.Getenv("PARITY_VENV"), "../../.deps/parity"), "bin", "python")

var exampleTexts = []string{"You drive trucks.", "you need to speak the language of our customers, and to write it", "x"}

// runExample runs the Python of a model card inside its folder and evaluates an expression.
func runExample(t *testing.T, dir, expression string) string {
	t.Helper()
	card, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(card), "```python\n")
	code, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("no example in\n%s", card)
	}
	if lines := strings.Count(code, "\n"); lines > 26 {
		t.Errorf("the example has %d lines", lines)
	}
	executable, err := filepath.Abs(python)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), executable, "-c", code+"\nimport json\nprint(json.dumps("+expression+"))\n")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "OMP_NUM_THREADS=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, stderr.String(), code)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

func listOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The example of a model card must compute what the checkpoint computes here, for every kind of head.
func TestCardExample(t *testing.T) {
	if _, err := os.Stat(python); err != nil {
		t.Skipf("%s is missing (scripts/parity/setup.sh makes it)", python)
	}
	if testing.Short() {
		t.Skip("runs Python")
	}
	families := []string{"bert"}
	if os.Getenv("SKILLSPACE_PARITY") != "" {
		families = append(families, "mpnet")
	}
	for _, family := range families {
		t.Run(family, func(t *testing.T) { checkCardExample(t, family) })
	}
}

func checkCardExample(t *testing.T, family string) {
	source := filepath.Join(t.TempDir(), "source")
	checkpointtest.RandomBiEncoder(t, source, checkpointtest.Tiny(t, family), model.HeadConfig{Pooling: model.AttentionPooling, BiLSTM: true, BiLSTMState: 12, Projection: 8})
	output := exportAs(t, source)
	want := embed(t, output, exampleTexts...)
	var rows [][]float64
	result := runExample(t, output, "[embed(text).tolist() for text in "+listOf(t, exampleTexts)+"]")
	if err := json.Unmarshal([]byte(result), &rows); err != nil || len(rows) != len(exampleTexts) {
		t.Fatalf("%v: %s", err, result)
	}
	for i, row := range rows {
		for j, v := range row {
			if math.Abs(v-float64(want.Row(i)[j])) > 1e-5 {
				t.Fatalf("%q: Python %v, here %v", exampleTexts[i], row, want.Row(i))
			}
		}
	}
}

func TestFilterCardExample(t *testing.T) {
	if _, err := os.Stat(python); err != nil {
		t.Skipf("%s is missing (scripts/parity/setup.sh makes it)", python)
	}
	if testing.Short() {
		t.Skip("runs Python")
	}
	before := "We are a bakery. What you bring:"
	for name, c := range map[string]struct {
		contextTokens int
		call          string
	}{"alone": {0, "probability(text)"}, "in context": {6, "probability(text, " + listOf(t, before) + ")"}} {
		t.Run(name, func(t *testing.T) {
			source, output := filepath.Join(t.TempDir(), "filter"), filepath.Join(t.TempDir(), "exported")
			checkpointtest.FilterInContext(t, source, checkpointtest.TinyBERT(t), 0.5, c.contextTokens)
			if _, err := execute(t, t.Context(), "--checkpoint", source, "--output", output); err != nil {
				t.Fatal(err)
			}
			checkFilterExample(t, output, output, before, "["+c.call+" for text in "+listOf(t, exampleTexts)+"]")
		})
	}
}

// The examples of an ONNX and a TorchScript folder, too, must compute what the checkpoint computes here.
func TestOneFileCardExample(t *testing.T) {
	needsPython(t, "onnxruntime")
	for format, file := range map[string]string{"onnx": "model.onnx", "torchscript": "model.pt"} {
		source := filepath.Join(t.TempDir(), "biencoder")
		checkpointtest.RandomBiEncoder(t, source, checkpointtest.TinyBERT(t), exportedHeads["BiLSTM and attention"])
		output := exportAs(t, source, "--format", format, "--taxonomy", ontology)
		if got := strings.Join(files(t, output), " "); got != "README.md checkpoint.json config.json "+file+" skills.jsonl skills.safetensors tokenizer_config.json vocab.txt" {
			t.Errorf("files %s", got)
		}
		var rows [][]float64
		if err := json.Unmarshal([]byte(runExample(t, output, "embed("+listOf(t, exampleTexts)+").tolist()")), &rows); err != nil {
			t.Fatal(err)
		}
		if difference, _ := agreement(rows, embedded(t, source, corpus.Alone(exampleTexts...))); difference > 1e-4 {
			t.Errorf("%s: the example differs by %.3g", format, difference)
		}
		before := "We are a bakery. What you bring:"
		for _, contextTokens := range []int{0, 6} {
			source := filepath.Join(t.TempDir(), "filter")
			checkpointtest.FilterInContext(t, source, checkpointtest.TinyBERT(t), 0.5, contextTokens)
			call := "probabilities(" + listOf(t, exampleTexts) + ").tolist()"
			if contextTokens > 0 {
				call = "probabilities(" + listOf(t, exampleTexts) + ", " + listOf(t, []string{before, before, before}) + ").tolist()"
			}
			checkFilterExample(t, source, exportAs(t, source, "--format", format), before, call)
		}
	}
}

// checkFilterExample holds what an expression gives in Python against the filter's probabilities of the example texts.
func checkFilterExample(t *testing.T, source, output, before, expression string) {
	t.Helper()
	filter, err := embedding.LoadFilter(source, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	sentences := corpus.Alone(exampleTexts...)
	for i := range sentences {
		sentences[i].Before = before
	}
	want, err := filter.Probabilities(t.Context(), sentences)
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	result := runExample(t, output, expression)
	if err := json.Unmarshal([]byte(result), &got); err != nil || len(got) != len(want) {
		t.Fatalf("%v: %s", err, result)
	}
	for i := range got {
		if math.Abs(got[i]-float64(want[i])) > 1e-5 {
			t.Errorf("%q: Python %v, here %v", exampleTexts[i], got[i], want[i])
		}
	}
}
