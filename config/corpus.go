package config

// GenerateCorpus configures generate-corpus.
type GenerateCorpus struct {
	// Folder with ESCO's CSV files. Required.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
	// Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv; the hierarchy may stay English. Empty: that of the sentences for `writer: template`, else English, or the only one there is.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// Corpus file to write (JSON lines); its report lands beside it, with `.report.json` in place of the ending.
	Output string `yaml:"output"`
	// Who writes the sentences: `template` (embedded, no network, the same for the same seed) or `llm` (a language model behind a server).
	Writer string `yaml:"writer"`
	// Language of the sentences: `en` or `zh`. The template writer needs the taxonomy in the same language.
	Language string `yaml:"language"`
	// Number of sentences to write, those that name no skill included.
	Sentences int `yaml:"sentences"`
	// Seed of every random choice (0 or above).
	Seed uint64 `yaml:"seed"`
	// Which skills may share a sentence: `hierarchical` (those below one ESCO Level-2 group) or `unconstrained` (any).
	Pairing string `yaml:"pairing"`
	// How often `hierarchical` draws a Level-2 group: `size` (as often as it has skills), `uniform` (all alike) or `temperature` (by its number of skills to the power of 1/level2_temperature).
	Level2Weights string `yaml:"level2_weights"`
	// Temperature (above 0): 1 draws the groups by size, a large one draws them all alike.
	Level2Temperature float64 `yaml:"level2_temperature"`
	// Fewest skills in a sentence that names skills.
	MinSkills int `yaml:"min_skills"`
	// Most skills in a sentence.
	MaxSkills int `yaml:"max_skills"`
	// Share of the sentences (0 to below 1) that name no skill, for the filter.
	NegativeShare float64 `yaml:"negative_share"`
	// Sentences that every skill gets before any skill gets more; 0 for none promised.
	Coverage int `yaml:"coverage"`
	// Whether the embedded phrases are used in which ads name some 450 of ESCO's skills (docs/corpus.md). With `writer: llm` they only make these skills more frequent.
	Phrases bool `yaml:"phrases"`
	// The language model of `writer: llm`.
	LLM LLM `yaml:"llm"`
}

// Defaults overwrites every field with its default.
func (c *GenerateCorpus) Defaults() {
	*c = GenerateCorpus{
		Output: "runs/corpus/corpus.jsonl", Writer: "template", Language: "en", Sentences: 60000, Seed: 1,
		Pairing: "hierarchical", Level2Weights: "size", Level2Temperature: 2, MinSkills: 1, MaxSkills: 4, NegativeShare: 0.1, Coverage: 1, Phrases: true, LLM: defaultLLM(),
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *GenerateCorpus) Validate() error {
	var k checker
	k.required("taxonomy", c.Taxonomy, "the folder with ESCO's CSV files")
	k.required("output", c.Output, "the corpus.jsonl to write")
	k.oneOf("writer", c.Writer, "template", "llm")
	k.oneOf("language", c.Language, "en", "zh")
	k.atLeast("sentences", c.Sentences, 1)
	k.oneOf("pairing", c.Pairing, "hierarchical", "unconstrained")
	k.oneOf("level2_weights", c.Level2Weights, "size", "uniform", "temperature")
	k.above("level2_temperature", c.Level2Temperature, 0)
	k.atLeast("min_skills", c.MinSkills, 1)
	k.between("max_skills", c.MaxSkills, 1, 16)
	if c.MinSkills > c.MaxSkills {
		k.fail("min_skills", "is above max_skills")
	}
	k.share("negative_share", c.NegativeShare)
	k.atLeast("coverage", c.Coverage, 0)
	if c.Writer == "llm" {
		c.LLM.check(&k)
	}
	return k.result()
}
