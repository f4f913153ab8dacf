// Package trainer turns the configurations of train-biencoder and train-filter into a [train.Run]. It holds wiring only:
// package train trains, train/dataset reads the data and train/validation measures.
package trainer

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"skillspace/config"
	"skillspace/data/batch"
	"skillspace/internal/command"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/train"
)

func loopOptions(t config.Train, o config.Optimizer, s config.Schedule) train.LoopOptions {
	return train.LoopOptions{
		Epochs: t.Epochs, MaxSteps: t.MaxSteps, Accumulation: t.Accumulation,
		Schedule: train.Schedule{Kind: s.Kind, WarmupRatio: s.WarmupRatio, PerEpoch: s.PerEpoch},
		Optimizer: train.OptimizerOptions{LearningRate: o.LearningRate, HeadLearningRate: o.HeadLearningRate, WeightDecay: o.WeightDecay,
			Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.Eps, ClipNorm: o.ClipNorm,
			LayerDecay: o.LayerDecay, RowsOnly: o.SparseEmbeddings, LossScaling: t.Precision == "fp16"},
	}
}

// apply copies the settings that both trainers share.
func apply(r *train.Run, w *world, run config.Run, t config.Train) {
	r.Options.World, r.Options.Seed = w.Group, uint64(run.Seed)
	r.BestMetric, r.ValidateEvery, r.Patience, r.EMADecay = t.BestMetric, t.ValidateEverySteps, t.Patience, t.EMADecay
	r.SaveEvery, r.Keep = t.CheckpointEverySteps, t.KeepCheckpoints
}

// tokenFolder keeps token ids between runs. It is beside the run's folder, which the user may write to, where the other runs of a
// sweep find it. The corpus's folder may be read-only and shared.
func tokenFolder(r config.Run) string {
	return filepath.Join(filepath.Dir(filepath.Clean(r.Dir)), ".cache", "tokens")
}

func batching(r config.Run, t config.Train, b config.Batching) batch.Rules {
	return batch.Rules{Size: t.BatchSize, Tokens: b.Tokens, Window: b.Window, Seed: uint64(r.Seed)}
}

// loadEncoder loads a pretrained encoder, or some of its layers, for training. A dropout below 0 means that of config.json.
func loadEncoder(folder string, layers int, dropout float64, t config.Train, device libtorch.Device) (*model.Encoder, error) {
	stored, err := model.ReadEncoderConfig(folder)
	if err != nil {
		return nil, err
	}
	if int64(layers) > stored.Layers {
		return nil, command.Usagef("model.layers is %d; the encoder %s has %d", layers, folder, stored.Layers)
	}
	encoder, err := model.LoadEncoderLayers(folder, int64(layers), device)
	if err != nil {
		return nil, err
	}
	if dropout >= 0 {
		encoder.SetDropout(dropout)
	}
	encoder.Recompute = t.GradientCheckpointing
	if t.GradientCheckpointing && !encoder.CanRecompute() {
		slog.Warn("train.gradient_checkpointing has no effect: it works on the CPU, with encoders of other families than mpnet; "+
			"train.chunk_size saves memory too", "family", stored.ModelType, "device", device)
	}
	return encoder, nil
}

// prepare chooses device, threads and seed before the model is made.
func prepare(device string, r config.Run, precision string) (libtorch.Device, error) {
	chosen, err := libtorch.Choose(device)
	if err != nil {
		return chosen, command.Usage(err)
	}
	if precision == "fp16" && !chosen.IsCUDA() {
		return chosen, command.Usagef("train.precision: fp16 needs a CUDA device, and there is none; set it to bf16 or fp32")
	}
	if r.Threads > 0 {
		if err := libtorch.SetThreads(r.Threads); err != nil {
			return chosen, err
		}
	}
	if device == "auto" && !chosen.IsCUDA() {
		slog.Info("no CUDA device, training on the CPU", "threads", libtorch.Threads())
	}
	return chosen, libtorch.Seed(uint64(r.Seed))
}

// interrupted tells the user how to continue after Ctrl-C. If the run could not be saved, it returns another error than that of an
// interruption.
func interrupted(err error, dir string) error {
	if errors.Is(err, context.Canceled) && errors.Is(err, train.ErrNotSaved) {
		return errors.New("stopped, but the training since the last checkpoint is lost: " + err.Error())
	}
	if errors.Is(err, context.Canceled) {
		slog.Info("stopped and saved; continue with --resume", "run", dir)
	}
	return libtorch.Advise(err, memoryAdvice)
}

// memoryAdvice names the settings that a training step's memory depends on.
const memoryAdvice = "lower train.batch_size, batching.tokens or model.max_length, set train.precision: bf16, or, for a bi-encoder, train.chunk_size"
