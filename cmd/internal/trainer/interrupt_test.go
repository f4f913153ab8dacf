package trainer

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"skillspace/checkpoints"
	"skillspace/config"
)

// stopAtLook is a context that is cancelled when its Err is called for the n-th time since training began.
type stopAtLook struct {
	context.Context
	run  string
	left atomic.Int64
}

func newStopAtLook(run string, look int64) *stopAtLook {
	s := &stopAtLook{Context: context.Background(), run: run}
	s.left.Store(look)
	return s
}

// training says whether the run has read its data.
func (s *stopAtLook) training() bool {
	_, err := os.Stat(filepath.Join(s.run, "metrics.jsonl"))
	return err == nil
}

func (s *stopAtLook) Err() error {
	if s.training() && s.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterruptedRunEndsBitIdentical stops a run where it checks its context: between steps and inside validations.
func TestInterruptedRunEndsBitIdentical(t *testing.T) {
	cfg := faultBiEncoder(t, writeCorpus(t))
	cfg.Train.MaxSteps, cfg.Train.Accumulation = 12, 2
	t.Run("defaults", func(t *testing.T) { interruptAndResume(t, cfg, 10) })
	everyOption(cfg)
	t.Run("every option", func(t *testing.T) { interruptAndResume(t, cfg, 5) })
}

// everyOption turns on the settings that have a state or change the flow of a step.
func everyOption(cfg *config.TrainBiencoder) {
	cfg.Train.ChunkSize, cfg.Train.EMADecay, cfg.Train.Patience = 5, 0.9, 2
	cfg.Batching.NoDuplicates = true
	cfg.Negatives = config.Negatives{MineEverySteps: 3, PerSentence: 2, NearestTo: "sentence", Pool: 5}
	cfg.Schedule.PerEpoch, cfg.Optimizer.LayerDecay, cfg.Optimizer.SparseEmbeddings = true, 0.8, true
}

// interruptAndResume stops runs at a number of evenly spread checks, resumes each and compares it with the uninterrupted run.
func interruptAndResume(t *testing.T, cfg *config.TrainBiencoder, stops int64) {
	whole := fastFolder(t)
	t.Chdir(whole)
	counted := newStopAtLook(cfg.Run.Dir, 1<<30)
	if err := BiEncoder(counted, cfg, false, io.Discard); err != nil {
		t.Fatal(err)
	}
	looks := 1<<30 - counted.left.Load()
	betweenSteps, inValidation := 0, 0
	for look := int64(1); look < looks; look += looks/stops + 1 {
		folder := fastFolder(t)
		t.Chdir(folder)
		err := BiEncoder(newStopAtLook(cfg.Run.Dir, look), cfg, false, io.Discard)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at look %d of %d: error %v, want cancelled", look, looks, err)
		}
		if m, err := checkpoints.Verify("run/checkpoints/last"); err == nil && len(m.Training.Pending) > 0 {
			inValidation++
		} else if err == nil {
			betweenSteps++
		}
		if err := BiEncoder(context.Background(), cfg, true, io.Discard); err != nil {
			t.Fatal(err)
		}
		wantSameRun(t, filepath.Join(whole, "run"), filepath.Join(folder, "run"))
		if t.Failed() {
			t.Fatalf("stopped at look %d of %d and resumed", look, looks)
		}
	}
	if betweenSteps == 0 || inValidation == 0 {
		t.Errorf("%d stops between steps and %d inside a validation, want some of each", betweenSteps, inValidation)
	}
}

// TestCtrlCEndsBitIdentical sends the real command SIGINT at random moments.
func TestCtrlCEndsBitIdentical(t *testing.T) {
	faultTest(t)
	cfg := faultBiEncoder(t, writeCorpus(t))
	whole := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
	whole.start(t, false).finish(t, 0)
	random := rand.New(rand.NewPCG(6, 1))
	for range 3 {
		w := newWorkplace(t, "train-biencoder", fastFolder(t), cfg)
		p := w.start(t, false)
		target, delay := 1+random.IntN(24), time.Duration(random.Float64()*float64(10*time.Millisecond))
		p.await(t, func() bool { return w.steps() >= target })
		time.Sleep(delay)
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		p.finish(t, 130)
		if last := w.verified(t); last < target {
			t.Errorf("interrupted after step %d, but the last checkpoint is of step %d", target, last)
		}
		if text := p.stderr.String(); !strings.Contains(text, "continue with --resume") || !strings.Contains(text, "interrupted") {
			t.Errorf("stderr:\n%s", text)
		}
		w.start(t, true).finish(t, 0)
		wantSameRun(t, whole.run(), w.run())
	}
}
