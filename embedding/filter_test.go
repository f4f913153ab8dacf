package embedding

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/corpus"
	"skillspace/internal/libtorch"
)

// The temperature is stored in the checkpoint and divides the logits of the loaded filter.
func TestFilterIsCalibrated(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "filter")
	checkpointtest.Filter(t, dir, checkpointtest.TinyBERT(t), 0.5)
	m, err := checkpoints.Verify(dir)
	if err != nil || m.Model.Temperature != checkpointtest.Temperature {
		t.Fatalf("temperature %v, %v", m.Model.Temperature, err)
	}
	filter, err := LoadFilter(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer filter.Close()
	texts := corpus.Alone("You drive trucks.", "Five weeks of holiday.")
	logits, err := filter.Logits(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	calibrated, err := filter.Probabilities(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	filter.Temperature = 0 // as in a checkpoint that is older than temperatures
	plain, err := filter.Probabilities(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, logit := range logits {
		if want := 1 / (1 + math.Exp(-float64(logit)/checkpointtest.Temperature)); math.Abs(float64(calibrated[i])-want) > 1e-6 {
			t.Errorf("%q: %v, want %v", texts[i].Text, calibrated[i], want)
		}
		if want := 1 / (1 + math.Exp(-float64(logit))); math.Abs(float64(plain[i])-want) > 1e-6 {
			t.Errorf("%q without a temperature: %v, want %v", texts[i].Text, plain[i], want)
		}
	}
}
