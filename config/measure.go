package config

// MeasureCorpus configures `generate-corpus report` and `generate-corpus compare`.
type MeasureCorpus struct {
	// taxonomy: Folder with the skills: ESCO's CSV files or ZIP archives, or a list with its list.yaml, the taxonomy of the corpus. Required.
	SkillSource `yaml:",inline"`
	// Largest number of sentences to measure, drawn from the sentences of the corpus that have a skill.
	Sample int `yaml:"sample"`
	// Seed of the draw, of the linear probe's split and of the intervals.
	Seed uint64 `yaml:"seed"`
	// Folder of a pretrained encoder to measure discriminability with: how well its mean-pooled embeddings tell skills apart. Empty: discriminability is not measured.
	Encoder string `yaml:"encoder" path:"folder"`
	// Text put before every sentence for the encoder, such as `query: ` for the E5 family.
	EncoderPrefix string `yaml:"encoder_prefix"`
	// The language model that measures fluency.
	Fluency Fluency `yaml:"fluency"`
	// How a comparison is written: `table`, `markdown` or `json`.
	Format  string `yaml:"format" choices:"table,markdown,json"`
	Compute `yaml:",inline"`
}

// Fluency names a causal language model and what it scores.
type Fluency struct {
	// Address of an OpenAI-compatible server that returns the log-probabilities of a prompt's tokens (`/v1/completions` with `echo`), such as `http://localhost:8000/v1`. Empty: fluency is not measured.
	BaseURL string `yaml:"base_url"`
	// Name of the model.
	Model string `yaml:"model"`
	// Environment variable with the server's key. It may be empty for a local server.
	KeyEnv string `yaml:"key_env"`
	// Largest number of sentences to score, taken from the sample.
	Sentences int `yaml:"sentences"`
	// File of real text to score beside the corpus: one text a line, or JSON lines with a text. Empty: only the corpus is scored.
	Reference string `yaml:"reference" path:"file"`
	// Number of most likely tokens to ask for at each position. It is used only with a server whose log-probabilities are shifted by one token. A token that is not among them counts as the last one.
	Top int `yaml:"top"`
	// Number of requests at the same time.
	Concurrency int `yaml:"concurrency"`
	// Seconds after which a request has failed (above 0).
	TimeoutSeconds float64 `yaml:"timeout_seconds"`
}

// Defaults overwrites every field with its default.
func (c *MeasureCorpus) Defaults() {
	*c = MeasureCorpus{
		Sample: 1500, Seed: 1, Format: "table", Compute: defaultCompute(),
		Fluency: Fluency{KeyEnv: "OPENAI_API_KEY", Sentences: 200, Top: 200, Concurrency: 1, TimeoutSeconds: 60},
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *MeasureCorpus) Validate() error {
	var k checker
	k.choices("", c)
	checkSkillSource(&k, c.SkillSource)
	k.between("sample", c.Sample, 2, 20000)
	if c.Fluency.BaseURL != "" {
		k.required("fluency.model", c.Fluency.Model, "the language model's name")
	}
	k.between("fluency.sentences", c.Fluency.Sentences, 2, 20000)
	k.between("fluency.top", c.Fluency.Top, 1, 10000)
	k.between("fluency.concurrency", c.Fluency.Concurrency, 1, 256)
	k.positive("fluency.timeout_seconds", c.Fluency.TimeoutSeconds)
	checkCompute(&k, c.Compute)
	return k.result()
}
