package config

// TrainBiencoder configures train-biencoder.
type TrainBiencoder struct {
	Run         Run `yaml:"run"`
	Placement   `yaml:",inline"`
	SkillSource `yaml:",inline"`
	// Corpus to train on, as generate-corpus writes it: JSON lines, or CSV if its name ends in .csv. Required.
	Corpus     string         `yaml:"corpus" path:"file"`
	Validation Validation     `yaml:"validation"`
	Model      BiencoderModel `yaml:"model"`
	SkillText  SkillText      `yaml:"skill_text"`
	// Text put before every sentence, such as `query: ` for the E5 family.
	SentencePrefix string    `yaml:"sentence_prefix"`
	Loss           Loss      `yaml:"loss"`
	Train          Train     `yaml:"train"`
	Negatives      Negatives `yaml:"negatives"`
	Optimizer      Optimizer `yaml:"optimizer"`
	Schedule       Schedule  `yaml:"schedule"`
	Batching       Batching  `yaml:"batching"`
}

// Validation says what the bi-encoder is measured on while it trains. A measurement ranks all skills for each query.
type Validation struct {
	// Benchmark files (TECH/HOUSE or SkillSkape CSV, or a corpus) to measure at each validation. The best checkpoint has the best mean over them. Empty: the held-out sentences are used.
	Benchmark []string `yaml:"benchmark" path:"file"`
	// Share of the skills (0 to below 1) whose sentences are held out of training. A hash of the skill's URI chooses them, so they are the same in every run.
	Share float64 `yaml:"share"`
	// Largest number of held-out sentences to measure at each validation; 0 for all.
	MaxQueries int `yaml:"max_queries"`
}

// BiencoderModel is the architecture: encoder, optional BiLSTM, pooling, optional projection, L2 norm.
type BiencoderModel struct {
	// Folder with the pretrained encoder: config.json, model.safetensors and its tokenizer. Required.
	Encoder string `yaml:"encoder" path:"folder"`
	// Number of encoder layers to keep; 0 for all. They are spread evenly over the pretrained layers and include the last one. Fewer layers are faster and less accurate.
	Layers int `yaml:"layers"`
	// How token states become one vector: `mean`, `cls` or `attention`.
	Pooling string `yaml:"pooling" choices:"mean,cls,attention"`
	// Whether a BiLSTM runs between the encoder and the pooling.
	BiLSTM bool `yaml:"bilstm"`
	// Units of the BiLSTM in each direction; 0 for half the encoder's hidden size.
	BiLSTMHidden int `yaml:"bilstm_hidden"`
	// Size of the final vector; 0 for no projection (the vector has the encoder's hidden size).
	Projection int `yaml:"projection"`
	// Whether sentences and skills share one set of weights.
	SharedTowers bool `yaml:"shared_towers"`
	// Longest input in tokens, special tokens included. Longer texts are cut on the right.
	MaxLength int `yaml:"max_length"`
	// Dropout probability in training (0 to below 1); -1 for the value in the encoder's config.json.
	Dropout float64 `yaml:"dropout"`
}

// SkillText says which text stands for a skill in a training pair: one of its texts, drawn by weight.
type SkillText struct {
	// Weight of the preferred label in the draw; 0 for never.
	LabelWeight float64 `yaml:"label_weight"`
	// Weight of the alternative labels in the draw; 0 for never. A skill without alternative labels uses its preferred label.
	AltLabelWeight float64 `yaml:"alt_label_weight"`
	// Weight of the description in the draw; 0 for never. A skill without a description uses its preferred label.
	DescriptionWeight float64 `yaml:"description_weight"`
	// Text put before every skill text, such as `passage: ` for the E5 family.
	Prefix string `yaml:"prefix"`
}

// Loss is the contrastive objective of the bi-encoder.
type Loss struct {
	// Loss by name: `infonce` (in-batch negatives), `margin` (random negatives, the older variant), or another registered loss.
	Kind string `yaml:"kind"`
	// Settings of a loss that has no keys here, each NAME=VALUE. Empty: its defaults.
	Options []string `yaml:"options,omitempty"`
	// Temperature of InfoNCE (above 0): cosine similarities are divided by it. If it is learnable, this is its first value.
	Temperature float64 `yaml:"temperature"`
	// Whether the temperature is trained with the weights.
	LearnableTemperature bool `yaml:"learnable_temperature"`
	// Whether InfoNCE is the mean of both directions: sentence to skill, and skill to sentence.
	Symmetric bool `yaml:"symmetric"`
	// Margin of the margin loss (above 0 to 2): a negative at a larger cosine distance has no loss.
	Margin float64 `yaml:"margin"`
}

// Negatives says how hard negatives are mined: skills that the model mistakes for those of a sentence. Skills above and below a
// sentence's skills in the taxonomy, and skills with an equal label, are never its negatives.
type Negatives struct {
	// Steps between searches for hard negatives with the current model. The first search comes before training. 0: the batch's other skills are the only negatives.
	MineEverySteps int `yaml:"mine_every_steps"`
	// Hard negatives drawn for each sentence of a batch. They are negatives of the batch's other sentences too.
	PerSentence int `yaml:"per_sentence"`
	// What hard negatives are near to: `skill` (a skill of the sentence; a search embeds all skills' labels) or `sentence` (the sentence itself; a search embeds the training sentences too).
	NearestTo string `yaml:"nearest_to" choices:"skill,sentence"`
	// Number of nearest skills that hard negatives are drawn from.
	Pool int `yaml:"pool"`
}

// Defaults overwrites every field with its default.
func (c *TrainBiencoder) Defaults() {
	*c = TrainBiencoder{
		Run:        Run{Dir: "runs/biencoder", Seed: 1},
		Placement:  Placement{Device: "auto"},
		Validation: Validation{Share: 0.02, MaxQueries: 2000},
		Model:      BiencoderModel{Pooling: "attention", BiLSTM: true, SharedTowers: true, MaxLength: 96, Dropout: -1},
		SkillText:  SkillText{LabelWeight: 1, AltLabelWeight: 1, DescriptionWeight: 1},
		Loss:       Loss{Kind: "infonce", Temperature: 0.05, Symmetric: true, Margin: 0.5},
		Train:      defaultTrain("mrr"),
		Negatives:  Negatives{PerSentence: 1, NearestTo: "skill", Pool: 20},
		Optimizer:  defaultOptimizer(),
		Schedule:   defaultSchedule(),
		Batching:   defaultBatching(),
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *TrainBiencoder) Validate() error {
	var k checker
	c.Run.check(&k)
	k.choices("", c)
	checkSkillSource(&k, c.SkillSource)
	k.required("corpus", c.Corpus, "the corpus.jsonl that generate-corpus writes")
	k.share("validation.share", c.Validation.Share)
	k.atLeast("validation.max_queries", c.Validation.MaxQueries, 0)
	c.Model.check(&k)
	c.SkillText.check(&k)
	c.Loss.check(&k)
	c.Train.check(&k, c.Device, "mrr", "rp@1", "rp@5", "rp@10")
	c.Negatives.check(&k)
	c.Optimizer.check(&k)
	c.Schedule.check(&k)
	c.Batching.check(&k)
	if len(c.Validation.Benchmark) == 0 && c.Validation.Share == 0 {
		k.fail("validation.share", "is 0 and validation.benchmark is empty, so nothing is left to choose the best checkpoint on; set one of them")
	}
	return k.result()
}

func (m *BiencoderModel) check(k *checker) {
	k.choices("model.", m)
	checkEncoder(k, m.Encoder, m.Layers, m.MaxLength, m.Dropout)
	k.between("model.bilstm_hidden", m.BiLSTMHidden, 0, 1<<14)
	k.between("model.projection", m.Projection, 0, 1<<14)
}

func (s *SkillText) check(k *checker) {
	k.notNegative("skill_text.label_weight", s.LabelWeight)
	k.notNegative("skill_text.alt_label_weight", s.AltLabelWeight)
	k.notNegative("skill_text.description_weight", s.DescriptionWeight)
	if s.LabelWeight+s.AltLabelWeight+s.DescriptionWeight == 0 {
		k.fail("skill_text.label_weight", "and the other two weights are 0, so a skill has no text; set one of them above 0")
	}
}

func (n *Negatives) check(k *checker) {
	k.choices("negatives.", n)
	k.atLeast("negatives.mine_every_steps", n.MineEverySteps, 0)
	k.between("negatives.per_sentence", n.PerSentence, 1, 64)
	k.between("negatives.pool", n.Pool, n.PerSentence, 1024)
}

func (l *Loss) check(k *checker) {
	k.positive("loss.temperature", l.Temperature)
	k.positive("loss.margin", l.Margin)
	k.atMost("loss.margin", l.Margin, 2)
}
