package config

// TrainFilter configures train-filter.
type TrainFilter struct {
	Run       Run `yaml:"run"`
	Placement `yaml:",inline"`
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
	// Files with sentences that choose the checkpoint and calibrate the threshold. Empty: a share of data.train is held out.
	Validation []string `yaml:"validation" path:"file"`
	// Share of the training sentences (0 to below 1) to hold out where data.validation is empty. A hash of the text chooses them.
	Share float64 `yaml:"share"`
	// Folder with the skills: ESCO's CSV files or ZIP archives, or a list with its list.yaml, for the keyword baseline in the run's report. Empty: the report has no keyword baseline.
	Taxonomy string `yaml:"taxonomy" path:"taxonomy"`
}

// FilterModel is the architecture: an encoder, a pooling, a classification head.
type FilterModel struct {
	// Folder with the pretrained encoder: config.json, model.safetensors and its tokenizer. Required.
	Encoder string `yaml:"encoder" path:"folder"`
	// Number of encoder layers to keep; 0 for all. They are spread evenly over the pretrained layers and include the last one. Fewer layers are faster and less accurate.
	Layers int `yaml:"layers"`
	// How token states become one vector: `mean`, `cls` or `attention`.
	Pooling string `yaml:"pooling" choices:"mean,cls,attention"`
	// Longest input in tokens, special tokens included. Longer texts are cut on the right.
	MaxLength int `yaml:"max_length"`
	// Tokens of context: the filter also reads this many last tokens of the sentence before, in the same ad, a special token included; 0 for none.
	// The data must say which ad a sentence is from, as SkillSpan does.
	ContextTokens int `yaml:"context_tokens"`
	// Dropout probability in training (0 to below 1); -1 for the value in the encoder's config.json.
	Dropout float64 `yaml:"dropout"`
}

// FilterLoss is the filter's objective.
type FilterLoss struct {
	// Loss by name: `bce` (binary cross-entropy), `focal` (arXiv 1708.02002: sentences that are already classified well count less), or another registered loss.
	Kind string `yaml:"kind"`
	// Settings of a loss that has no keys here, each NAME=VALUE. Empty: its defaults.
	Options []string `yaml:"options,omitempty"`
	// Exponent of the focal loss (above 0). With a higher exponent, sentences that are classified well count less.
	FocalGamma float64 `yaml:"focal_gamma"`
	// Label smoothing (0 to below 1): the share of each label that is spread evenly over both classes.
	LabelSmoothing float64 `yaml:"label_smoothing"`
	// Weight (0 or above) of a second loss in training, which classifies each word as part of a skill or not. It needs data with marked skills, such as SkillSpan; 0 for none.
	SpanWeight float64 `yaml:"span_weight"`
	// Weight of a sentence with a skill relative to one without; 0 to balance the two classes by their counts in the training data.
	PositiveWeight float64 `yaml:"positive_weight"`
}

// Threshold says how the decision threshold of the filter is chosen on the validation sentences.
type Threshold struct {
	// Whether scores are calibrated before the threshold is chosen, by one temperature (arXiv 1706.04599) fitted on the validation sentences.
	Calibrate bool `yaml:"calibrate"`
	// `best_f1` (highest F1), `recall` (the highest threshold that reaches the target recall) or `precision` (the lowest threshold that reaches the target precision).
	Rule string `yaml:"rule" choices:"best_f1,recall,precision"`
	// Target recall or precision (above 0 to 1). The rule `best_f1` does not use it.
	Target float64 `yaml:"target"`
}

// Defaults overwrites every field with its default.
func (c *TrainFilter) Defaults() {
	*c = TrainFilter{
		Run:       Run{Dir: "runs/filter", Seed: 1},
		Placement: Placement{Device: "auto"},
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
	k.choices("", c)
	if len(c.Data.Train) == 0 {
		k.lacks("data.train", "; it names files with labelled sentences")
	}
	k.share("data.share", c.Data.Share)
	if len(c.Data.Validation) == 0 && c.Data.Share == 0 {
		k.fail("data.share", "is 0 and data.validation is empty, so nothing is left to calibrate the threshold on; set one of them")
	}
	k.choices("model.", &c.Model)
	checkEncoder(&k, c.Model.Encoder, c.Model.Layers, c.Model.MaxLength, c.Model.Dropout)
	k.between("model.context_tokens", c.Model.ContextTokens, 0, 1<<14)
	c.Loss.check(&k)
	k.choices("threshold.", &c.Threshold)
	k.positive("threshold.target", c.Threshold.Target)
	k.atMost("threshold.target", c.Threshold.Target, 1)
	c.Train.check(&k, c.Device, "average_precision", "f1")
	if c.Train.ChunkSize != 0 {
		k.fail("train.chunk_size", "is %d; a filter's loss has no in-batch negatives: set a smaller train.batch_size and a larger train.accumulation instead",
			c.Train.ChunkSize)
	}
	if c.Batching.NoDuplicates {
		k.fail("batching.no_duplicates", "is true; a filter's sentences have no skills to keep apart")
	}
	c.Optimizer.check(&k)
	c.Schedule.check(&k)
	c.Batching.check(&k)
	return k.result()
}

func (l *FilterLoss) check(k *checker) {
	k.positive("loss.focal_gamma", l.FocalGamma)
	k.share("loss.label_smoothing", l.LabelSmoothing)
	k.notNegative("loss.span_weight", l.SpanWeight)
	k.notNegative("loss.positive_weight", l.PositiveWeight)
}
