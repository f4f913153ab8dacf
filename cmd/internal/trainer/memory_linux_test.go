package trainer

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"skillspace/config"
)

// make kill-tests trains the tiny encoder. make soak does the same over more steps of a real encoder:
//
//	go test ./cmd/internal/trainer -run TestResidentMemoryStaysFlat -timeout 0 -v -args -soak .deps/models/all-MiniLM-L6-v2 -steps 5000
var (
	soakEncoder = flag.String("soak", "", "folder of the `encoder` whose training's resident memory is watched, from the repository's root")
	soakSteps   = flag.Int("steps", 1500, "steps of that training")
	soakBatch   = flag.Int("batch", 32, "sentences a step of that encoder")
)

const (
	settled    = 200  // step from which memory must not grow
	mostGrowth = 0.03 // to the run's end
)

// TestResidentMemoryStaysFlat reads the resident memory of a training process whose batches vary in length and which saves and
// validates regularly. A leak of 6 KB a step fails the test with the tiny encoder.
func TestResidentMemoryStaysFlat(t *testing.T) {
	if *soakEncoder == "" {
		faultTest(t)
	}
	cfg := faultBiEncoder(t, absolute(t, sentences))
	cfg.Train = config.Train{Epochs: 1000, MaxSteps: *soakSteps, BatchSize: 8, Accumulation: 1, Precision: "fp32", BestMetric: "mrr",
		CheckpointEverySteps: 100, ValidateEverySteps: 100, KeepCheckpoints: 1}
	patience := 5 * time.Minute
	if *soakEncoder != "" {
		cfg.Model.Encoder, cfg.Model.MaxLength, cfg.Run.Threads = absolute(t, filepath.Join("../../..", *soakEncoder)), 128, 0
		cfg.Train.BatchSize, cfg.Train.Precision, patience = *soakBatch, "auto", 24*time.Hour
	}
	w := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	p := w.start(t, false)
	samples := w.watchMemory(t, p, patience)
	p.finish(t, 0)
	early, late := residentBetween(samples, settled, settled+settled/4), residentBetween(samples, *soakSteps*19/20, *soakSteps)
	if early == 0 || late == 0 {
		t.Fatalf("too few samples to tell: %v", samples)
	}
	growth := float64(late)/float64(early) - 1
	t.Logf("resident memory: %d KiB at step %d, %d KiB at step %d: %+.1f%%", early, settled, late, *soakSteps, 100*growth)
	if growth >= mostGrowth {
		t.Errorf("resident memory grew by %.1f%%, want less than %.0f%%", 100*growth, 100*mostGrowth)
	}
}

// sample is a process's resident memory in KiB at a training step.
type sample struct{ step, resident int }

// watchMemory samples a training until it ends, forty times a second.
func (w *workplace) watchMemory(t *testing.T, p *process, patience time.Duration) (samples []sample) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		select {
		case <-p.ended:
			return samples
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the training does not end; stderr:\n%s", p.stderr)
		}
		resident, err := residentMemory(p.Process.Pid)
		if step := w.lastRecordedStep(t); err == nil && resident > 0 && step > 0 {
			samples = append(samples, sample{step, resident})
		}
	}
}

// lastRecordedStep returns the newest step in metrics.jsonl. It reads the file's end only.
func (w *workplace) lastRecordedStep(t *testing.T) int {
	t.Helper()
	file, err := os.Open(filepath.Join(w.run(), "metrics.jsonl"))
	if err != nil {
		return 0
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	tail := make([]byte, min(info.Size(), 4096))
	if _, err := file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		t.Fatal(err)
	}
	_, line, found := bytes.Cut(tail[max(bytes.LastIndex(tail, []byte(`{"step":`)), 0):], []byte(`{"step":`))
	number, _, whole := bytes.Cut(line, []byte(","))
	step, err := strconv.Atoi(string(number))
	if !found || !whole || err != nil {
		return 0
	}
	return step
}

// residentMemory reads VmRSS, in KiB, as ps and top show it.
func residentMemory(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			return strconv.Atoi(fields[1])
		}
	}
	return 0, nil // the process has ended
}

// residentBetween is the median over the samples of a span of steps, 0 if there are none.
func residentBetween(samples []sample, from, to int) int {
	var values []int
	for _, s := range samples {
		if s.step >= from && s.step <= to {
			values = append(values, s.resident)
		}
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
