package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/model"
)

// loadAndEncode is Python that loads the folder of its first argument and encodes the texts of the second.
const loadAndEncode = `
import json, sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", trust_remote_code=True)
print(json.dumps(model.encode(json.loads(sys.argv[2])).tolist()))
`

// sentenceTransformers runs loadAndEncode.
func sentenceTransformers(t *testing.T, folder string) (rows [][]float64, failure string) {
	t.Helper()
	executable, err := filepath.Abs(python)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), executable, "-c", loadAndEncode, folder, listOf(t, exampleTexts))
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "OMP_NUM_THREADS=1", "HF_HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, stderr.String()
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &rows); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return rows, ""
}

// sentence-transformers computes what we compute, with every kind of head, and refuses what it cannot compute.
func TestSentenceTransformersParity(t *testing.T) {
	needsPython(t, "sentence_transformers")
	for name, head := range map[string]model.HeadConfig{
		"mean":                          {Pooling: model.MeanPooling},
		"CLS, projection":               {Pooling: model.CLSPooling, Projection: 8},
		"BiLSTM, mean":                  {Pooling: model.MeanPooling, BiLSTM: true, BiLSTMState: 12},
		"attention":                     {Pooling: model.AttentionPooling},
		"BiLSTM, attention, projection": {Pooling: model.AttentionPooling, BiLSTM: true, Projection: 8},
	} {
		t.Run(name, func(t *testing.T) {
			_, output := export(t, head)
			rows, failure := sentenceTransformers(t, output)
			want := embed(t, output, exampleTexts...)
			if failure != "" || len(rows) != len(exampleTexts) {
				t.Fatalf("%d rows: %s", len(rows), failure)
			}
			for i, row := range rows {
				for j, v := range row {
					if math.Abs(v-float64(want.Row(i)[j])) > 1e-5 {
						t.Fatalf("%q: sentence-transformers %v, here %v", exampleTexts[i], row, want.Row(i))
					}
				}
			}
		})
	}
	filter := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, filter, checkpointtest.TinyBERT(t), 0.5)
	if _, failure := sentenceTransformers(t, exportAs(t, filter)); !strings.Contains(failure, "this is a skillspace filter") {
		t.Errorf("a filter is loaded: %s", failure)
	}
}
