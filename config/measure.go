package config

// MeasureCorpus configures `generate-corpus report` and `generate-corpus compare`.
type MeasureCorpus struct {
	// Folder with ESCO's CSV files, the taxonomy of the corpus. Required.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
	// Language of the skills' labels, such as `zh` for skills_zh.csv. Empty: English, or the only one there is.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// Most sentences that name a skill to be measured, drawn from the corpus.
	Sample int `yaml:"sample"`
	// Seed of the draw, of the probe's split and of the intervals.
	Seed uint64 `yaml:"seed"`
	// Folder of a pretrained encoder on whose embeddings, mean-pooled and as it came, skills are told apart. Empty: discriminability is not measured.
	Encoder string `yaml:"encoder" path:"folder"`
	// Text put before every sentence for the encoder, such as `query: ` for the E5 family.
	EncoderPrefix string `yaml:"encoder_prefix"`
	// The language model that fluency is measured by.
	Fluency Fluency `yaml:"fluency"`
	// How a comparison is written: `table`, `markdown` or `json`.
	Format string `yaml:"format"`
	// Where the encoder runs: `auto` (CUDA if this build and machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device), or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device string `yaml:"device"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// Fluency names a causal language model and what it scores.
type Fluency struct {
	// Address of an OpenAI-compatible server that echoes a prompt with its tokens' log-probabilities (`/v1/completions` with `echo`), such as `http://localhost:8000/v1`. Empty: fluency is not measured.
	BaseURL string `yaml:"base_url"`
	// Name of the model.
	Model string `yaml:"model"`
	// Environment variable that holds the server's key; it may be empty for a server of your own.
	KeyEnv string `yaml:"key_env"`
	// Sentences of the sample that are scored, at most.
	Sentences int `yaml:"sentences"`
	// File of real text to score beside the corpus: one text a line, or JSON lines with a text. Empty: without it.
	Reference string `yaml:"reference" path:"file"`
	// Most likely tokens asked for at each place, from a server whose log-probabilities are off by one; a token beyond them counts as the last one.
	Top int `yaml:"top"`
	// Requests at a time.
	Concurrency int `yaml:"concurrency"`
	// Seconds that a request may take.
	TimeoutSeconds float64 `yaml:"timeout_seconds"`
}

// Defaults overwrites every field with its default.
func (c *MeasureCorpus) Defaults() {
	*c = MeasureCorpus{
		Sample: 1500, Seed: 1, Format: "table", Device: "auto",
		Fluency: Fluency{KeyEnv: "OPENAI_API_KEY", Sentences: 200, Top: 200, Concurrency: 1, TimeoutSeconds: 60},
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *MeasureCorpus) Validate() error {
	var k checker
	k.required("taxonomy", c.Taxonomy, "the folder with ESCO's CSV files")
	k.between("sample", c.Sample, 2, 20000)
	k.oneOf("format", c.Format, "table", "markdown", "json")
	if c.Fluency.BaseURL != "" {
		k.required("fluency.model", c.Fluency.Model, "the language model's name")
	}
	k.between("fluency.sentences", c.Fluency.Sentences, 2, 20000)
	k.between("fluency.top", c.Fluency.Top, 1, 10000)
	k.between("fluency.concurrency", c.Fluency.Concurrency, 1, 256)
	k.above("fluency.timeout_seconds", c.Fluency.TimeoutSeconds, 0)
	checkDevice(&k, c.Device)
	k.between("threads", c.Threads, 0, 1024)
	return k.result()
}
