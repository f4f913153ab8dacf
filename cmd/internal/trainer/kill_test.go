package trainer

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"skillspace/config"
)

// faultTraining saves and validates often: in thirty steps it saves `step-N` and `last` at every second one.
func faultTraining(metric string) config.Train {
	return config.Train{Epochs: 4, MaxSteps: 30, BatchSize: 8, Accumulation: 1, Precision: "fp32", CheckpointEverySteps: 2,
		ValidateEverySteps: 4, KeepCheckpoints: 2, BestMetric: metric}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// faultBiEncoder is a bi-encoder's configuration for [newWorkplace].
func faultBiEncoder(t *testing.T, corpus string) *config.TrainBiencoder {
	cfg := biencoderConfig(t, corpus)
	cfg.Run.Dir, cfg.Train = "run", faultTraining("mrr")
	cfg.Taxonomy, cfg.Model.Encoder = absolute(t, ontology), absolute(t, tinyBERT)
	return cfg
}

// faultFilter is a filter's configuration for [newWorkplace].
func faultFilter(t *testing.T, corpus string) *config.TrainFilter {
	cfg := &config.TrainFilter{}
	cfg.Defaults()
	cfg.Run, cfg.Train = config.Run{Dir: "run", Seed: 7, Threads: 1}, faultTraining("f1")
	cfg.Device, cfg.Data.Train, cfg.Data.Share = "cpu", []string{corpus}, 0.2
	cfg.Model.Encoder, cfg.Model.MaxLength = absolute(t, tinyBERT), 48
	return cfg
}

func TestKilledBiEncoderEndsBitIdentical(t *testing.T) {
	faultTest(t)
	cfg := faultBiEncoder(t, writeCorpus(t))
	killAndResume(t, "train-biencoder", cfg, 20)
}

func TestKilledFilterEndsBitIdentical(t *testing.T) {
	faultTest(t)
	cfg := faultFilter(t, writeCorpus(t))
	killAndResume(t, "train-filter", cfg, 6)
}

// killAndResume kills runs by SIGKILL, half of them at a random moment and half inside a save. It resumes each run, which must end
// with the uninterrupted run's bytes.
func killAndResume(t *testing.T, name string, schema config.Schema, kills int) {
	whole := newWorkplace(t, name, fastFolder(t), schema)
	began := time.Now()
	whole.start(t, false).finish(t, 0)
	length := time.Since(began)
	random := rand.New(rand.NewPCG(4, uint64(kills)))
	inSave := 0
	for round := range kills {
		w := newWorkplace(t, name, fastFolder(t), schema)
		if round%2 == 0 {
			killAtMoment(t, w, random, length)
		} else {
			killInSave(t, w, random)
		}
		if len(w.pending()) > 0 {
			inSave++
		}
		last, steps := w.verified(t), w.steps()
		w.start(t, true).finish(t, 0)
		wantSameRun(t, whole.run(), w.run())
		if t.Failed() {
			t.Fatalf("kill %d, at step %d with a checkpoint of step %d", round+1, steps, last)
		}
	}
	t.Logf("%d kills, %d of them inside a save; a whole run took %v", kills, inSave, length)
}

// killAtMoment kills a run at a random moment between its first and its last instant. If the run ends earlier, it tries again with an earlier moment.
func killAtMoment(t *testing.T, w *workplace, random *rand.Rand, length time.Duration) {
	t.Helper()
	for moment := time.Duration(random.Float64() * float64(length)); ; moment = moment * 3 / 4 {
		p := w.start(t, false)
		time.Sleep(moment)
		if p.kill(t) {
			return
		}
		if err := os.RemoveAll(w.run()); err != nil {
			t.Fatal(err)
		}
	}
}

// killInSave kills a run inside a random save, once a random number of the checkpoint's files has appeared. If the save ends before
// the signal arrives, it tries again.
func killInSave(t *testing.T, w *workplace, random *rand.Rand) {
	t.Helper()
	for range 20 {
		target, files := 1+random.IntN(20), random.IntN(7)
		p := w.start(t, false)
		seen := map[string]bool{}
		p.await(t, func() bool {
			pending := w.pending()
			for _, name := range pending {
				seen[name] = true
			}
			if len(seen) < target || len(pending) == 0 {
				return len(seen) > target // this save was over too soon
			}
			entries, _ := os.ReadDir(pending[0])
			return len(entries) >= files
		})
		if p.kill(t) && len(w.pending()) > 0 {
			return
		}
		if err := os.RemoveAll(w.run()); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no kill was inside a save")
}

// kill ends the process by SIGKILL and returns whether it was still alive.
func (p *process) kill(t *testing.T) bool {
	t.Helper()
	_ = p.Process.Kill()
	<-p.ended
	return !p.ProcessState.Exited()
}
