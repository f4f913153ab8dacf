package config

import "regexp"

// Run says where a training run writes and what makes it repeatable.
type Run struct {
	// Folder the run writes: config.yaml, metrics.jsonl, checkpoints/.
	Dir string `yaml:"dir"`
	// Seed of every random choice (0 or above).
	Seed int64 `yaml:"seed"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// Train is the loop that both trainers share. A step is one update of the weights.
type Train struct {
	// Passes over the training data.
	Epochs int `yaml:"epochs"`
	// Steps after which training ends, whatever epochs says; 0 for no such limit.
	MaxSteps int `yaml:"max_steps"`
	// Examples a batch; in-batch negatives come from one batch.
	BatchSize int `yaml:"batch_size"`
	// Batches whose gradients are summed into one step.
	Accumulation int `yaml:"accumulation"`
	// Sequences encoded at once by GradCache (arXiv 2101.06983): a batch then needs the memory of a chunk and of its embeddings, for one more forward pass; 0 encodes a batch whole. For train-biencoder only.
	ChunkSize int `yaml:"chunk_size"`
	// Whether the backward pass computes each encoder layer's inside again from its input (arXiv 1604.06174): less memory for about a third more time. On the CPU; CUDA runs without it.
	GradientCheckpointing bool `yaml:"gradient_checkpointing"`
	// Arithmetic of the forward pass: `auto` (bf16 where the GPU or the CPU multiplies it natively, else fp32), `fp32`, `bf16`, or `fp16` with dynamic loss scaling, on CUDA only. Weights stay fp32.
	Precision string `yaml:"precision"`
	// Decay of the weights' moving average (0 to below 1), such as 0.999: validation and the checkpoint `best` use the averaged weights; 0 for no average.
	EMADecay float64 `yaml:"ema_decay"`
	// Validations without improvement after which training ends; 0 for never.
	Patience int `yaml:"patience"`
	// Steps between checkpoints `step-N` and `last`; 0 for one an epoch.
	CheckpointEverySteps int `yaml:"checkpoint_every_steps"`
	// Steps between validations; 0 for one an epoch.
	ValidateEverySteps int `yaml:"validate_every_steps"`
	// Newest `step-N` checkpoints kept beside `best` and `last`; 0 for none.
	KeepCheckpoints int `yaml:"keep_checkpoints"`
	// Validation metric that chooses the checkpoint `best`: for train-biencoder `mrr`, `rp@1`, `rp@5` or `rp@10`; for train-filter `average_precision` or `f1`.
	BestMetric string `yaml:"best_metric"`
}

// Optimizer is AdamW (Loshchilov and Hutter, arXiv 1711.05101).
type Optimizer struct {
	// Peak learning rate of the pretrained encoder.
	LearningRate float64 `yaml:"learning_rate"`
	// Peak learning rate of what starts untrained: BiLSTM, pooling, projection, classification head, temperature.
	HeadLearningRate float64 `yaml:"head_learning_rate"`
	// Decoupled weight decay; not applied to biases and norms.
	WeightDecay float64 `yaml:"weight_decay"`
	// Decay of the gradient's running mean (0 to below 1).
	Beta1 float64 `yaml:"beta1"`
	// Decay of the squared gradient's running mean (0 to below 1).
	Beta2 float64 `yaml:"beta2"`
	// Term added to the denominator (above 0).
	Eps float64 `yaml:"eps"`
	// Learning rate of each encoder layer as a share (above 0 to 1) of that of the layer above it, embeddings lowest; 1 for the same everywhere.
	LayerDecay float64 `yaml:"layer_decay"`
	// Whether the rows of the word embeddings that a step's texts do not name stay as they are, at no cost: neither decayed nor moved by their momentum. On the CPU only.
	SparseEmbeddings bool `yaml:"sparse_embeddings"`
	// Largest L2 norm of all gradients together; 0 for no clipping.
	ClipNorm float64 `yaml:"clip_norm"`
}

// Schedule is how the learning rates move over the steps.
type Schedule struct {
	// After the warm-up: `linear` (to 0), `constant` or `cosine` (to 0).
	Kind string `yaml:"kind"`
	// Share of all steps (0 to below 1) over which the learning rate rises from 0.
	WarmupRatio float64 `yaml:"warmup_ratio"`
	// Whether the schedule starts again with every epoch, warm-up included.
	PerEpoch bool `yaml:"per_epoch"`
}

// Batching is how examples are grouped into batches.
type Batching struct {
	// Batches whose examples are sorted by length together, to save padding; 1 for no sorting.
	Window int `yaml:"window"`
	// Most tokens a batch, padding included, in place of a fixed count of examples; 0 for train.batch_size examples.
	Tokens int `yaml:"tokens"`
	// Whether a batch names a skill in one of its sentences only, where that is possible. For train-biencoder only.
	NoDuplicates bool `yaml:"no_duplicates"`
}

func defaultTrain(metric string) Train {
	return Train{Epochs: 1, BatchSize: 64, Accumulation: 1, Precision: "auto", CheckpointEverySteps: 500, KeepCheckpoints: 1, BestMetric: metric}
}

func defaultOptimizer() Optimizer {
	return Optimizer{LearningRate: 5e-5, HeadLearningRate: 1e-3, WeightDecay: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, LayerDecay: 1, ClipNorm: 1}
}

func defaultSchedule() Schedule { return Schedule{Kind: "linear", WarmupRatio: 0.1} }

func defaultBatching() Batching { return Batching{Window: 32} }

func (r *Run) check(k *checker) {
	k.required("run.dir", r.Dir, "the folder that the run writes")
	if r.Seed < 0 {
		k.fail("run.seed", "is %d; want 0 or above", r.Seed)
	}
	k.between("run.threads", r.Threads, 0, 1024)
}

func (t *Train) check(k *checker, metrics ...string) {
	k.atLeast("train.epochs", t.Epochs, 1)
	k.atLeast("train.max_steps", t.MaxSteps, 0)
	k.between("train.batch_size", t.BatchSize, 1, 1<<16)
	k.between("train.accumulation", t.Accumulation, 1, 1<<16)
	k.between("train.chunk_size", t.ChunkSize, 0, 1<<16)
	k.oneOf("train.precision", t.Precision, "auto", "fp32", "bf16", "fp16")
	k.share("train.ema_decay", t.EMADecay)
	k.atLeast("train.patience", t.Patience, 0)
	k.atLeast("train.checkpoint_every_steps", t.CheckpointEverySteps, 0)
	k.atLeast("train.validate_every_steps", t.ValidateEverySteps, 0)
	k.atLeast("train.keep_checkpoints", t.KeepCheckpoints, 0)
	k.oneOf("train.best_metric", t.BestMetric, metrics...)
}

func (o *Optimizer) check(k *checker) {
	k.above("optimizer.learning_rate", o.LearningRate, 0)
	k.above("optimizer.head_learning_rate", o.HeadLearningRate, 0)
	k.notNegative("optimizer.weight_decay", o.WeightDecay)
	k.share("optimizer.beta1", o.Beta1)
	k.share("optimizer.beta2", o.Beta2)
	k.above("optimizer.eps", o.Eps, 0)
	k.above("optimizer.layer_decay", o.LayerDecay, 0)
	k.atMost("optimizer.layer_decay", o.LayerDecay, 1)
	k.notNegative("optimizer.clip_norm", o.ClipNorm)
}

func (s *Schedule) check(k *checker) {
	k.oneOf("schedule.kind", s.Kind, "linear", "constant", "cosine")
	k.share("schedule.warmup_ratio", s.WarmupRatio)
}

func (b *Batching) check(k *checker) {
	k.atLeast("batching.window", b.Window, 1)
	k.atLeast("batching.tokens", b.Tokens, 0)
}

// numberedCUDA matches a CUDA device by its index, such as cuda:1.
var numberedCUDA = regexp.MustCompile(`^cuda:(0|[1-9][0-9]{0,2})$`)

func checkDevice(k *checker, device string) {
	if !numberedCUDA.MatchString(device) {
		k.oneOf("device", device, "auto", "cpu", "cuda", "cuda:N")
	}
}

func checkHalf(k *checker, device, precision string) {
	if device == "cpu" && precision == "fp16" {
		k.fail("train.precision", "is \"fp16\", which needs a CUDA device; on the CPU choose bf16 or fp32")
	}
}

func checkEncoder(k *checker, folder string, layers int, pooling string, maxLength int, dropout float64) {
	k.required("model.encoder", folder, "the folder with the pretrained encoder (fetch-model makes one)")
	k.between("model.layers", layers, 0, 1024)
	k.oneOf("model.pooling", pooling, "mean", "cls", "attention")
	k.between("model.max_length", maxLength, 3, 1<<14) // below 3 nothing fits between the two special tokens
	if dropout != -1 {
		k.share("model.dropout", dropout)
	}
}
