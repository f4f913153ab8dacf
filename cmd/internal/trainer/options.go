package trainer

import (
	"path/filepath"

	"skillspace/config"
	"skillspace/data/batch"
	"skillspace/train"
)

func loopOptions(t config.Train, o config.Optimizer, s config.Schedule) train.Options {
	return train.Options{
		Epochs: t.Epochs, MaxSteps: t.MaxSteps, Accumulation: t.Accumulation,
		Schedule: train.Schedule{Kind: s.Kind, WarmupRatio: s.WarmupRatio, PerEpoch: s.PerEpoch},
		Optimizer: train.OptimizerOptions{LearningRate: o.LearningRate, HeadLearningRate: o.HeadLearningRate, WeightDecay: o.WeightDecay,
			Beta1: o.Beta1, Beta2: o.Beta2, Epsilon: o.Eps, ClipNorm: o.ClipNorm,
			LayerDecay: o.LayerDecay, RowsOnly: o.SparseEmbeddings, LossScaling: t.Precision == "fp16"},
	}
}

// tokenFolder is where token ids are kept between runs: beside the run, on a disk that the user chose to be written, where the other
// runs of a sweep find them. The corpus's own folder may be read-only and shared.
func tokenFolder(r config.Run) string {
	return filepath.Join(filepath.Dir(filepath.Clean(r.Dir)), ".cache", "tokens")
}

func batching(r config.Run, t config.Train, b config.Batching) batch.Rules {
	return batch.Rules{Size: t.BatchSize, Tokens: b.Tokens, Window: b.Window, Seed: uint64(r.Seed)}
}
