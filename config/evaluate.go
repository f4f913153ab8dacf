package config

import "strings"

// Evaluate configures evaluate.
type Evaluate struct {
	// Checkpoints of bi-encoders to measure, each a folder or NAME=folder. The name is the title of its row.
	Checkpoint []string `yaml:"checkpoint" path:"named-folder"`
	// Benchmark files: TECH/HOUSE or SkillSkape CSV, a corpus, or labelled ads. Each gets a table.
	Benchmark []string `yaml:"benchmark" path:"file"`
	// filter: Checkpoint of a sentence filter. Each bi-encoder is also measured behind it, and the filter itself is measured on filter_data.
	// taxonomy: Folder with the skills: ESCO's CSV files or ZIP archives, or a list with its list.yaml. Empty: the skills stored with the first checkpoint, if it was exported with a taxonomy.
	// lexical: Whether words that a sentence shares with a skill's labels raise the skill's score. With `views: labels` the preferred label then counts 0.6 and the best alternative label 0.4. Without it a score is a cosine. The baselines do without.
	// precision: Precision of a checkpoint's forward passes: `fp32`, `bf16` (twice as fast where the processor computes in bf16) or `auto` (bf16 where that is so, else fp32). The baseline runs in fp32.
	Inference `yaml:",inline"`
	// Files of labelled sentences to measure the filter on, beside a keyword filter: text,label as JSON lines or CSV, SkillSpan JSON lines, or a corpus.
	FilterData []string `yaml:"filter_data" path:"file"`
	// Files of labelled sentences to train a baseline filter on (TF-IDF with logistic regression). It is measured on filter_data too.
	FilterTrain []string `yaml:"filter_train" path:"file"`
	// What a query is: `sentence`, or `ad` for a whole ad of a file of labelled ads.
	Level string `yaml:"level" choices:"sentence,ad"`
	// Whether three baselines are measured too: TF-IDF, BM25, and a pretrained encoder without training (mean pooling, preferred labels only).
	Baselines bool `yaml:"baselines"`
	// Folder of the baseline's pretrained encoder, as fetch-model or `make model` writes it.
	Encoder string `yaml:"encoder"`
	// Text put before every text of the baseline's encoder, such as `query: ` for the E5 family.
	EncoderPrefix string `yaml:"encoder_prefix"`
	// Terms of the TF-IDF and BM25 baselines: `word` (words, for TF-IDF also pairs of words) or `char` (2- to 4-grams of characters, for languages without spaces between words).
	TFIDF string `yaml:"tfidf" choices:"word,char"`
	// top_k: Largest number of skills that count as reported for a sentence, at level `ad`.
	// threshold: Lowest score at which a skill counts as reported, at level `ad`; -1 to choose it for each ad on the other ads.
	Reporting `yaml:",inline"`
	// Columns of the tables of rankings: any of `mrr`, `rp@1`, `rp@5`, `rp@10`, `p@5`, `r@5`, `f1@5`, `ndcg@5`, `ndcg@10`, `map` and `r-precision`. Empty: the first seven. JSON has all.
	Metrics []string `yaml:"metrics"`
	// Folder for the rankings and the gold skills as tab-separated files that other evaluators read. Empty: none are written.
	Rankings string `yaml:"rankings" output:"folder"`
	// Number of skills of each query in these files.
	RankingsDepth int `yaml:"rankings_depth"`
	// File for the worst errors and the results by group of skills: a page (HTML), or JSON if its name ends in .json. Empty: none is written.
	Errors string `yaml:"errors" output:"file"`
	// How the tables are written: `table`, `json` or `markdown`.
	Format string `yaml:"format" choices:"table,json,markdown"`
	// Bootstrap resamples for the 95% intervals; 0 for no intervals.
	Resamples int `yaml:"resamples"`
}

// Defaults overwrites every field with its default.
func (c *Evaluate) Defaults() {
	*c = Evaluate{
		Inference: defaultInference(), Level: "sentence", Encoder: ".deps/models/all-MiniLM-L6-v2", Format: "table", Resamples: 1000,
		TFIDF: "word", RankingsDepth: 100, Reporting: Reporting{TopK: 5, Threshold: -1},
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *Evaluate) Validate() error {
	var k checker
	if len(c.Benchmark)+len(c.FilterData) == 0 {
		k.lacks("benchmark", ", nor is filter_data: there is nothing to measure on")
	}
	if len(c.Benchmark) > 0 && len(c.Checkpoint) == 0 && !c.Baselines {
		k.lacks("checkpoint", ", and baselines is false: there is nothing to measure")
	}
	for _, checkpoint := range c.Checkpoint {
		if _, folder := NamedCheckpoint(checkpoint); strings.TrimSpace(folder) == "" {
			k.fail("checkpoint", "is %q; want a folder or NAME=folder", checkpoint)
		}
	}
	if len(c.FilterTrain) > 0 && len(c.FilterData) == 0 {
		k.fail("filter_train", "is set, but filter_data is not: there is nothing to measure the baseline on")
	}
	if len(c.Checkpoint) == 0 || len(c.FilterData) > 0 {
		checkSkillSource(&k, c.SkillSource)
	}
	if c.Baselines && len(c.Benchmark) > 0 {
		k.required("encoder", c.Encoder, "the folder with the baseline's encoder")
	}
	for _, metric := range c.Metrics {
		k.oneOf("metrics", metric, rankingMetrics...)
	}
	k.between("rankings_depth", c.RankingsDepth, 1, 100000)
	k.choices("", c)
	checkInference(&k, c.Inference)
	checkReporting(&k, c.Reporting, 1000)
	if c.Threshold == StoredThreshold {
		k.fail("threshold", "is %v; want -1 to 1", c.Threshold)
	}
	k.between("resamples", c.Resamples, 0, 100000)
	return k.result()
}

// rankingMetrics are the names that package evaluate gives its metrics. A test of cmd/evaluate compares them.
var rankingMetrics = []string{"mrr", "rp@1", "rp@5", "rp@10", "p@5", "r@5", "f1@5", "ndcg@5", "ndcg@10", "map", "r-precision"}

// NamedCheckpoint splits NAME=folder. A text without "=", or that begins with it, is a folder without a name.
func NamedCheckpoint(text string) (name, folder string) {
	name, folder, found := strings.Cut(text, "=")
	if !found || name == "" || strings.ContainsAny(name, `/\`) {
		return "", text
	}
	return name, folder
}
