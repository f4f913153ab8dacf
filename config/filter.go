package config

// TrainFilter configures train-filter.
type TrainFilter struct {
	Run Run `yaml:"run"`
	// Where the computation runs: `auto` (CUDA if this build and machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device), or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device    string      `yaml:"device"`
	Data      FilterData  `yaml:"data"`
	Model     FilterModel `yaml:"model"`
	Loss      FilterLoss  `yaml:"loss"`
	Threshold Threshold   `yaml:"threshold"`
	Train     Train       `yaml:"train"`
	Optimizer Optimizer   `yaml:"optimizer"`
	Schedule  Schedule    `yaml:"schedule"`
	Batching  Batching    `yaml:"batching"`
}

// FilterData names the labelled sentences of the filter.
type FilterData struct {
	// Files with sentences to train on: text,label as JSON lines or CSV, SkillSpan JSON lines, or a corpus. Required.
	Train []string `yaml:"train" path:"file"`
	// Files with sentences to choose the checkpoint and calibrate the threshold on. Empty: a share of data.train is held out.
	Validation []string `yaml:"validation" path:"file"`
	// Share of the training sentences (0 to below 1) held out, chosen by a hash of the text, where data.validation is empty.
	Share float64 `yaml:"share"`
	// Folder with ESCO's CSV files, for the keyword baseline of the run's report. Empty: without it.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
}

// FilterModel is the architecture: an encoder, a pooling, a classification head.
type FilterModel struct {
	// Folder with the pretrained encoder: config.json, model.safetensors and its tokenizer. Required.
	Encoder string `yaml:"encoder" path:"folder"`
	// Layers of the encoder that are kept, spread evenly over those it has and the last one among them: fewer are faster and less exact; 0 for all.
	Layers int `yaml:"layers"`
	// How token states become one vector: `mean`, `cls` or `attention`.
	Pooling string `yaml:"pooling"`
	// Longest input in tokens, special tokens included; longer texts are cut on the right.
	MaxLength int `yaml:"max_length"`
	// Tokens of the sentence before it in the same ad that are read beside a sentence, the last ones and the closing special token; 0 for none.
	// The data must know ads, as SkillSpan's does.
	ContextTokens int `yaml:"context_tokens"`
	// Dropout probability while training (0 to below 1); -1 for what the encoder's config.json says.
	Dropout float64 `yaml:"dropout"`
}

// FilterLoss is the filter's objective.
type FilterLoss struct {
	// Loss by name: `bce` (binary cross-entropy), `focal` (arXiv 1708.02002: a sentence counts less the surer the model is of its class), or another one that is registered.
	Kind string `yaml:"kind"`
	// Settings of a loss that has no keys here, each NAME=VALUE. Empty: its defaults.
	Options []string `yaml:"options,omitempty"`
	// Exponent of the focal loss (above 0): the higher, the less what is already right counts.
	FocalGamma float64 `yaml:"focal_gamma"`
	// Share of each label (0 to below 1) that is given to both classes evenly.
	LabelSmoothing float64 `yaml:"label_smoothing"`
	// Weight (0 or above) of a second loss while training, which tells words of skills from others where the data marks them, as SkillSpan does; 0 for none.
	SpanWeight float64 `yaml:"span_weight"`
	// Weight of a skill sentence against one of none; 0 to balance both classes as the training data has them.
	PositiveWeight float64 `yaml:"positive_weight"`
}

// Threshold says how the score from which a sentence counts as naming a skill is chosen on the validation sentences.
type Threshold struct {
	// Whether scores are calibrated on the validation sentences, by one temperature (arXiv 1706.04599), before the threshold is chosen.
	Calibrate bool `yaml:"calibrate"`
	// `best_f1` (highest F1), `recall` (the highest threshold that reaches the wanted recall) or `precision` (the lowest that reaches the wanted precision).
	Rule string `yaml:"rule"`
	// Wanted recall or precision (above 0 to 1); not used by best_f1.
	Target float64 `yaml:"target"`
}

// Defaults overwrites every field with its default.
func (c *TrainFilter) Defaults() {
	*c = TrainFilter{
		Run:       Run{Dir: "runs/filter", Seed: 1},
		Device:    "auto",
		Data:      FilterData{Share: 0.1},
		Model:     FilterModel{Pooling: "mean", MaxLength: 96, Dropout: -1},
		Loss:      FilterLoss{Kind: "bce", FocalGamma: 2},
		Threshold: Threshold{Calibrate: true, Rule: "best_f1", Target: 0.95},
		Train:     defaultTrain("average_precision"),
		Optimizer: defaultOptimizer(),
		Schedule:  defaultSchedule(),
		Batching:  defaultBatching(),
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *TrainFilter) Validate() error {
	var k checker
	c.Run.check(&k)
	checkDevice(&k, c.Device)
	if len(c.Data.Train) == 0 {
		k.fail("data.train", "is not set; it names files with labelled sentences")
	}
	k.share("data.share", c.Data.Share)
	if len(c.Data.Validation) == 0 && c.Data.Share == 0 {
		k.fail("data.share", "is 0 and data.validation is empty, so there is nothing to calibrate the threshold on; set one of them")
	}
	checkEncoder(&k, c.Model.Encoder, c.Model.Layers, c.Model.Pooling, c.Model.MaxLength, c.Model.Dropout)
	k.between("model.context_tokens", c.Model.ContextTokens, 0, 1<<14)
	k.above("loss.focal_gamma", c.Loss.FocalGamma, 0)
	k.share("loss.label_smoothing", c.Loss.LabelSmoothing)
	k.notNegative("loss.span_weight", c.Loss.SpanWeight)
	k.notNegative("loss.positive_weight", c.Loss.PositiveWeight)
	k.oneOf("threshold.rule", c.Threshold.Rule, "best_f1", "recall", "precision")
	k.above("threshold.target", c.Threshold.Target, 0)
	k.atMost("threshold.target", c.Threshold.Target, 1)
	c.Train.check(&k, "average_precision", "f1")
	if c.Train.ChunkSize != 0 {
		k.fail("train.chunk_size", "is %d; a filter's loss has no in-batch negatives, so a smaller train.batch_size with train.accumulation does the same", c.Train.ChunkSize)
	}
	if c.Batching.NoDuplicates {
		k.fail("batching.no_duplicates", "is true; a filter's sentences have no skills to keep apart")
	}
	checkHalf(&k, c.Device, c.Train.Precision)
	c.Optimizer.check(&k)
	c.Schedule.check(&k)
	c.Batching.check(&k)
	return k.result()
}
