package config

// Run says where a training run writes and what makes it repeatable.
type Run struct {
	// Folder that the run writes: config.yaml, metrics.jsonl, checkpoints/.
	Dir string `yaml:"dir" output:"folder"`
	// Seed of every random choice (0 or above).
	Seed int64 `yaml:"seed"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// Train is the loop that both trainers share. A step is one update of the weights.
type Train struct {
	// Passes over the training data.
	Epochs int `yaml:"epochs"`
	// Steps after which training ends, even within an epoch; 0 for no limit.
	MaxSteps int `yaml:"max_steps"`
	// Examples in a batch. In-batch negatives come from the same batch.
	BatchSize int `yaml:"batch_size"`
	// Batches whose gradients are added up for one step.
	Accumulation int `yaml:"accumulation"`
	// Sequences that GradCache (arXiv 2101.06983) encodes at a time; 0 to encode a whole batch at once. A batch then needs only the memory of a chunk and of all embeddings, and one more forward pass. For train-biencoder only.
	ChunkSize int `yaml:"chunk_size"`
	// Whether the backward pass recomputes the activations of each encoder layer from its input (arXiv 1604.06174). It saves memory and takes about a third more time. On the CPU only, and not for MPNet; ignored otherwise.
	GradientCheckpointing bool `yaml:"gradient_checkpointing"`
	// Precision of the forward pass: `auto` (bf16 if the GPU or CPU computes in bf16, else fp32), `fp32`, `bf16`, or `fp16` with dynamic loss scaling (CUDA only). Weights stay fp32.
	Precision string `yaml:"precision" choices:"auto,fp32,bf16,fp16"`
	// Decay of the moving average of the weights (0 to below 1), such as 0.999; 0 for no average. Validation and the checkpoint `best` use the averaged weights.
	EMADecay float64 `yaml:"ema_decay"`
	// Number of validations in a row without improvement after which training ends; 0 for never.
	Patience int `yaml:"patience"`
	// Steps between checkpoints (`step-N` and `last`); 0 for one each epoch.
	CheckpointEverySteps int `yaml:"checkpoint_every_steps"`
	// Steps between validations; 0 for one each epoch.
	ValidateEverySteps int `yaml:"validate_every_steps"`
	// Number of newest `step-N` checkpoints to keep, beside `best` and `last`; 0 for none.
	KeepCheckpoints int `yaml:"keep_checkpoints"`
	// Validation metric that chooses the checkpoint `best`: for train-biencoder `mrr`, `rp@1`, `rp@5` or `rp@10`; for train-filter `average_precision` or `f1`.
	BestMetric string `yaml:"best_metric"`
}

// Optimizer is AdamW (Loshchilov and Hutter, arXiv 1711.05101).
type Optimizer struct {
	// Peak learning rate of the pretrained encoder.
	LearningRate float64 `yaml:"learning_rate"`
	// Peak learning rate of the untrained parts: BiLSTM, pooling, projection, classification head, temperature.
	HeadLearningRate float64 `yaml:"head_learning_rate"`
	// Decoupled weight decay. Biases and norms have none.
	WeightDecay float64 `yaml:"weight_decay"`
	// Decay of the running mean of the gradient (0 to below 1).
	Beta1 float64 `yaml:"beta1"`
	// Decay of the running mean of the squared gradient (0 to below 1).
	Beta2 float64 `yaml:"beta2"`
	// Term added to the denominator (above 0).
	Eps float64 `yaml:"eps"`
	// Factor (above 0 to 1) by which the learning rate falls from each encoder layer to the one below it, down to the embeddings; 1 for the same rate in all layers.
	LayerDecay float64 `yaml:"layer_decay"`
	// Whether a step leaves the word embeddings of absent tokens unchanged: no weight decay, no momentum, no cost. CPU only.
	SparseEmbeddings bool `yaml:"sparse_embeddings"`
	// Largest L2 norm of all gradients together. Larger gradients are scaled down to it. 0 for no clipping.
	ClipNorm float64 `yaml:"clip_norm"`
}

// Schedule is how the learning rates move over the steps.
type Schedule struct {
	// Learning rate after the warm-up: `linear` (falls to 0), `constant` or `cosine` (falls to 0).
	Kind string `yaml:"kind" choices:"linear,constant,cosine"`
	// Share of all steps (0 to below 1) in which the learning rate rises from 0 to its peak.
	WarmupRatio float64 `yaml:"warmup_ratio"`
	// Whether the schedule, warm-up included, starts again with every epoch.
	PerEpoch bool `yaml:"per_epoch"`
}

// Batching is how examples are grouped into batches.
type Batching struct {
	// Number of batches whose examples are sorted by length together, so that a batch needs less padding; 1 for no sorting.
	Window int `yaml:"window"`
	// Largest number of tokens in a batch, padding included; 0 for a fixed number of examples, train.batch_size.
	Tokens int `yaml:"tokens"`
	// Whether the sentences of a batch share no skill, where that is possible. For train-biencoder only.
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

func (t *Train) check(k *checker, device string, metrics ...string) {
	k.choices("train.", t)
	k.atLeast("train.epochs", t.Epochs, 1)
	k.atLeast("train.max_steps", t.MaxSteps, 0)
	k.between("train.batch_size", t.BatchSize, 1, 1<<16)
	k.between("train.accumulation", t.Accumulation, 1, 1<<16)
	k.between("train.chunk_size", t.ChunkSize, 0, 1<<16)
	k.share("train.ema_decay", t.EMADecay)
	k.atLeast("train.patience", t.Patience, 0)
	k.atLeast("train.checkpoint_every_steps", t.CheckpointEverySteps, 0)
	k.atLeast("train.validate_every_steps", t.ValidateEverySteps, 0)
	k.atLeast("train.keep_checkpoints", t.KeepCheckpoints, 0)
	k.oneOf("train.best_metric", t.BestMetric, metrics...)
	if device == "cpu" && t.Precision == "fp16" {
		k.fail("train.precision", "is \"fp16\", which needs a CUDA device; on the CPU choose bf16 or fp32")
	}
}

func (o *Optimizer) check(k *checker) {
	k.positive("optimizer.learning_rate", o.LearningRate)
	k.positive("optimizer.head_learning_rate", o.HeadLearningRate)
	k.notNegative("optimizer.weight_decay", o.WeightDecay)
	k.share("optimizer.beta1", o.Beta1)
	k.share("optimizer.beta2", o.Beta2)
	k.positive("optimizer.eps", o.Eps)
	k.positive("optimizer.layer_decay", o.LayerDecay)
	k.atMost("optimizer.layer_decay", o.LayerDecay, 1)
	k.notNegative("optimizer.clip_norm", o.ClipNorm)
}

func (s *Schedule) check(k *checker) {
	k.choices("schedule.", s)
	k.share("schedule.warmup_ratio", s.WarmupRatio)
}

func (b *Batching) check(k *checker) {
	k.atLeast("batching.window", b.Window, 1)
	k.atLeast("batching.tokens", b.Tokens, 0)
}

func checkEncoder(k *checker, folder string, layers, maxLength int, dropout float64) {
	k.required("model.encoder", folder, "the folder with the pretrained encoder (fetch-model makes one)")
	k.between("model.layers", layers, 0, 1024)
	k.between("model.max_length", maxLength, 3, 1<<14) // below 3 nothing fits between the two special tokens
	if dropout != -1 {
		k.share("model.dropout", dropout)
	}
}
