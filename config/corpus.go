package config

// GenerateCorpus configures generate-corpus.
type GenerateCorpus struct {
	// taxonomy_language: Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv. The hierarchy may stay English. Empty: the language of the sentences for `writer: template`; else English if the folder has it, else its only language.
	SkillSource `yaml:",inline"`
	// Corpus file to write (JSON lines). Its report has the same name with `.report.json` in place of the ending.
	Output string `yaml:"output" output:"file"`
	// Who writes the sentences: `template` (built in, needs no network, gives the same sentences for the same seed) or `llm` (a language model behind a server).
	Writer string `yaml:"writer" choices:"template,llm"`
	// Language of the sentences: `en` or `zh`. The template writer needs the taxonomy in the same language.
	Language string `yaml:"language" choices:"en,zh"`
	// Number of sentences to write, those without a skill included.
	Sentences int `yaml:"sentences"`
	// Seed of every random choice (0 or above).
	Seed uint64 `yaml:"seed"`
	// Which skills may share a sentence: `hierarchical` (skills of one ESCO Level-2 group) or `unconstrained` (any).
	Pairing string `yaml:"pairing" choices:"hierarchical,unconstrained"`
	// How `hierarchical` draws a Level-2 group: `size` (in proportion to its number of skills), `uniform` (all groups alike) or `temperature` (in proportion to its number of skills to the power of 1/level2_temperature).
	Level2Weights string `yaml:"level2_weights" choices:"size,uniform,temperature"`
	// Temperature of that draw (above 0): 1 draws groups in proportion to their size, a large one draws all groups alike.
	Level2Temperature float64 `yaml:"level2_temperature"`
	// Smallest number of skills in a sentence that has skills.
	MinSkills int `yaml:"min_skills"`
	// Largest number of skills in a sentence.
	MaxSkills int `yaml:"max_skills"`
	// Share of the sentences (0 to below 1) that have no skill. They train the filter.
	NegativeShare float64 `yaml:"negative_share"`
	// Number of sentences that every skill gets before any skill gets more; 0 for no such guarantee.
	Coverage int `yaml:"coverage"`
	// Whether to use the built-in phrases for some 450 of ESCO's skills, as ads word them (docs/corpus.md). With `writer: llm` they only make these skills more frequent.
	Phrases bool `yaml:"phrases"`
	// The language model of `writer: llm`.
	LLM LLM `yaml:"llm"`
}

// Defaults overwrites every field with its default.
func (c *GenerateCorpus) Defaults() {
	*c = GenerateCorpus{
		Output: "runs/corpus/corpus.jsonl", Writer: "template", Language: "en", Sentences: 60000, Seed: 1,
		Pairing: "hierarchical", Level2Weights: "size", Level2Temperature: 2, MinSkills: 1, MaxSkills: 4, NegativeShare: 0.1,
		Coverage: 1, Phrases: true, LLM: defaultLLM(),
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *GenerateCorpus) Validate() error {
	var k checker
	k.choices("", c)
	checkSkillSource(&k, c.SkillSource)
	k.required("output", c.Output, "the corpus.jsonl to write")
	k.atLeast("sentences", c.Sentences, 1)
	k.positive("level2_temperature", c.Level2Temperature)
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
