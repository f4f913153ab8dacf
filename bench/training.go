package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"skillspace/config"
)

// The sides of the training task.
const (
	peerDefaults = "sentence-transformers, defaults"
	peerBest     = "sentence-transformers, at its best"
	oursAuto     = "skillspace, precision auto, mean pooling"
	oursFP32     = "skillspace, fp32, mean pooling"
	oursBiLSTM   = "skillspace, precision auto, BiLSTM + attention"
)

// spareSteps come after the timed ones: the last step of a run of ours validates and saves, and the stopwatch ends it before.
const spareSteps = 2

// shape is what a training run is measured at.
type shape struct {
	batch, maxLength, warmUp, steps int
	seed                            uint64
	data                            string // folder of writeTraining
}

// peerTraining returns a run of sentence-transformers' trainer with further arguments of train.py.
func (b *bench) peerTraining(name string, more ...string) func(context.Context, shape) (measurement, error) {
	return func(ctx context.Context, s shape) (measurement, error) {
		return b.training(ctx, s, func(folder string) (*child, string, error) {
			metrics := filepath.Join(folder, "metrics.jsonl")
			args := append([]string{"--model", b.Model, "--pairs", filepath.Join(s.data, pairsFile), "--metrics", metrics,
				"--batch", strconv.Itoa(s.batch), "--max-length", strconv.Itoa(s.maxLength),
				"--steps", strconv.Itoa(s.warmUp + s.steps), "--seed", strconv.FormatUint(s.seed, 10)}, more...)
			return b.script(name, "train.py", args...), metrics, nil
		})
	}
}

// peerAtItsBest groups batches by length and, where the processor multiplies bfloat16 natively, trains under autocast.
func (b *bench) peerAtItsBest() func(context.Context, shape) (measurement, error) {
	if b.nativeBF16() {
		return b.peerTraining(peerBest, "--grouped", "--bf16")
	}
	return b.peerTraining(peerBest, "--grouped")
}

// ourTraining returns a run of the real train-biencoder.
func (b *bench) ourTraining(name, precision string, bilstm bool) func(context.Context, shape) (measurement, error) {
	return func(ctx context.Context, s shape) (measurement, error) {
		return b.training(ctx, s, func(folder string) (*child, string, error) {
			path := filepath.Join(folder, "config.yaml")
			command := []string{filepath.Join(b.Bin, "train-biencoder"), "--config", path}
			run := filepath.Join(folder, "run")
			return &child{name: name, env: b.environment(), command: command, interrupt: true}, filepath.Join(run, "metrics.jsonl"),
				writeConfig(path, b.trainingConfig(s, run, precision, bilstm))
		})
	}
}

// trainingConfig is train-biencoder with the peer's objective: in-batch negatives from sentence to skill, at the peer's temperature,
// learning rate and weight decay, without validation or saves among the timed steps.
func (b *bench) trainingConfig(s shape, run, precision string, bilstm bool) *config.TrainBiencoder {
	c := &config.TrainBiencoder{}
	c.Defaults()
	c.Run.Dir, c.Run.Seed, c.Run.Threads = run, int64(s.seed), b.Threads
	c.Device = "cpu"
	c.Taxonomy, c.Corpus = filepath.Join(s.data, taxonomyName), filepath.Join(s.data, corpusFile)
	c.Validation.Share, c.Validation.Benchmark = 0, []string{filepath.Join(s.data, queryFile)}
	c.Model.Encoder, c.Model.MaxLength, c.Model.BiLSTM = b.Model, s.maxLength, bilstm
	c.Model.Pooling = map[bool]string{false: "mean", true: "attention"}[bilstm]
	c.SkillText = config.SkillText{LabelWeight: 1}
	c.Loss.Symmetric, c.Loss.Temperature = false, 0.05
	c.Optimizer.WeightDecay = 0
	c.Schedule.WarmupRatio = 0
	c.Train.Precision, c.Train.BatchSize, c.Train.MaxSteps = precision, s.batch, s.warmUp+s.steps+spareSteps
	c.Train.CheckpointEverySteps, c.Train.ValidateEverySteps, c.Train.KeepCheckpoints = 0, 0, 0
	return c
}

// training runs one child that prepare makes for a fresh folder, under a stopwatch on the metrics file that it also names.
func (b *bench) training(ctx context.Context, s shape, prepare func(folder string) (*child, string, error)) (measurement, error) {
	folder, err := os.MkdirTemp(b.work, "run")
	if err != nil {
		return measurement{}, err
	}
	defer os.RemoveAll(folder)
	c, metrics, err := prepare(folder)
	if err != nil {
		return measurement{}, err
	}
	watch := &stopwatch{path: metrics, warmUp: s.warmUp, steps: s.steps}
	c.watch = watch.watch
	f, err := c.run(ctx)
	if err != nil {
		return measurement{}, err
	}
	rate, err := watch.perSecond()
	if err != nil {
		return measurement{}, fmt.Errorf("%s: %w: %s", c.name, err, f.stdout)
	}
	if err := b.note(f); err != nil {
		return measurement{}, err
	}
	return measurement{rate: rate, peak: f.peak, wall: f.wall, start: watch.first.Sub(f.began)}, nil
}

// trainTask is (a), the training half of (c), and (e).
func (b *bench) trainTask(ctx context.Context) error {
	data, err := b.rounds()
	if err != nil {
		return err
	}
	trainer := func(name string, run func(context.Context, shape) (measurement, error)) side {
		return side{name, "examples/s", func(ctx context.Context, round int) (measurement, error) {
			return run(ctx, shape{b.Batch, b.MaxLength, b.WarmUp, b.Steps, b.Seed + uint64(round), data[round].folder})
		}}
	}
	rows, err := interleave(ctx, "training", []side{
		trainer(peerDefaults, b.peerTraining(peerDefaults)),
		trainer(oursAuto, b.ourTraining(oursAuto, "auto", false)),
		trainer(peerBest, b.peerAtItsBest()),
		trainer(oursFP32, b.ourTraining(oursFP32, "fp32", false)),
		trainer(oursBiLSTM, b.ourTraining(oursBiLSTM, "auto", true)),
		{multiplication, "GFLOP/s", b.multiply},
	}, b.Rounds)
	if err != nil {
		return err
	}
	b.result.Training = &Comparison{Title: fmt.Sprintf("Training, MiniLM-L6, batch %d, %d corpus pairs", b.Batch, b.Pairs), Rows: rows, Ratios: []Ratio{
		speed(rows, oursAuto, peerDefaults, 3.5), speed(rows, oursAuto, peerBest, 1.3), speed(rows, oursFP32, peerDefaults, 0),
		speed(rows, oursBiLSTM, peerDefaults, 0), speed(rows, oursBiLSTM, peerBest, 0),
		memory(rows, oursAuto, peerDefaults, 0.6), memory(rows, oursAuto, peerBest, 0), memory(rows, oursBiLSTM, peerDefaults, 0),
		shareOfPeak(rows, data),
	}}
	return nil
}
