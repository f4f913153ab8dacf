package config

import "strings"

// Evaluate configures evaluate.
type Evaluate struct {
	// Checkpoints of bi-encoders to measure, each a folder or NAME=folder; the name is its row's title.
	Checkpoint []string `yaml:"checkpoint" path:"named-folder"`
	// Benchmark files: TECH/HOUSE or SkillSkape CSV, a corpus, or labelled ads. One table each.
	Benchmark []string `yaml:"benchmark" path:"file"`
	// Folder with ESCO's CSV files. Empty: the skills stored with the first checkpoint, if it was exported with a taxonomy.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
	// Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv; the hierarchy may stay English. Empty: English, or the only one there is.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// Checkpoint of a sentence filter: each checkpoint is also measured behind it, and it is measured itself on filter_data.
	Filter string `yaml:"filter" path:"folder"`
	// Files of labelled sentences (text,label as JSON lines or CSV, SkillSpan JSON lines, a corpus) on which the filter is measured beside keywords.
	FilterData []string `yaml:"filter_data" path:"file"`
	// Files of labelled sentences to train a baseline filter on, TF-IDF with logistic regression, which is then measured on filter_data too.
	FilterTrain []string `yaml:"filter_train" path:"file"`
	// What a query is: `sentence`, or `ad` for a whole ad of a file of labelled ads.
	Level string `yaml:"level"`
	// Whether TF-IDF and the pretrained encoder as it came (mean pooling, preferred labels only) are measured too.
	Baselines bool `yaml:"baselines"`
	// Folder of the baseline's pretrained encoder, as fetch-model or `make model` writes it.
	Encoder string `yaml:"encoder"`
	// Text put before every text of the baseline's encoder, such as `query: ` for the E5 family.
	EncoderPrefix string `yaml:"encoder_prefix"`
	// Terms of the TF-IDF baseline: `word` (1- to 2-grams) or `char` (2- to 4-grams of characters, for text whose words are not separated).
	TFIDF string `yaml:"tfidf"`
	// Most skills a sentence that count as reported, at level ad.
	TopK int `yaml:"top_k"`
	// Score from which a skill counts as reported, at level ad; -1 to choose it for each ad on the other ads.
	Threshold float64 `yaml:"threshold"`
	// Probability (0 to 1) from which the filter keeps a sentence; -1 for the threshold calibrated when it was trained.
	FilterThreshold float64 `yaml:"filter_threshold"`
	// How the tables are written: `table`, `json` or `markdown`.
	Format string `yaml:"format"`
	// Which texts of a skill count: `label` (its preferred label), `labels` (the mean of that and its best alternative label), `all` (and the description).
	Views string `yaml:"views"`
	// Precision of a checkpoint's forward passes: `fp32`, `bf16` (twice as fast where the hardware multiplies it) or `auto`. The baseline's is fp32.
	Precision string `yaml:"precision"`
	// Whether the skills' embeddings are kept in the checkpoint's folder for the next time.
	Cache bool `yaml:"cache"`
	// Resamples of the bootstrap behind the 95% intervals; 0 for no intervals.
	Resamples int `yaml:"resamples"`
	// Where the computation runs: `auto` (CUDA if this build and machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device), or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device string `yaml:"device"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// Defaults overwrites every field with its default.
func (c *Evaluate) Defaults() {
	*c = Evaluate{
		Level: "sentence", Encoder: ".deps/models/all-MiniLM-L6-v2", Format: "table", Views: "labels", Cache: true, Resamples: 1000, Device: "auto",
		Precision: "fp32", TFIDF: "word", TopK: 5, Threshold: -1, FilterThreshold: -1,
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *Evaluate) Validate() error {
	var k checker
	if len(c.Benchmark)+len(c.FilterData) == 0 {
		k.fail("benchmark", "is not set, nor is filter_data: there is nothing to measure on")
	}
	if len(c.Benchmark) > 0 && len(c.Checkpoint) == 0 && !c.Baselines {
		k.fail("checkpoint", "is not set, and baselines is false: there is nothing to measure")
	}
	for _, checkpoint := range c.Checkpoint {
		if _, folder := NamedCheckpoint(checkpoint); strings.TrimSpace(folder) == "" {
			k.fail("checkpoint", "is %q; want a folder or NAME=folder", checkpoint)
		}
	}
	if len(c.FilterTrain) > 0 && len(c.FilterData) == 0 {
		k.fail("filter_train", "is set, but filter_data is not: there is nothing to measure the baseline on")
	}
	if c.Taxonomy == "" && (len(c.Checkpoint) == 0 || len(c.FilterData) > 0) {
		k.required("taxonomy", c.Taxonomy, "the folder with ESCO's CSV files")
	}
	k.oneOf("level", c.Level, "sentence", "ad")
	if c.Baselines && len(c.Benchmark) > 0 {
		k.required("encoder", c.Encoder, "the folder with the baseline's encoder")
	}
	k.oneOf("tfidf", c.TFIDF, "word", "char")
	k.between("top_k", c.TopK, 1, 1000)
	k.notBelow("threshold", c.Threshold, -1)
	k.atMost("threshold", c.Threshold, 1)
	checkFilterThreshold(&k, c.FilterThreshold)
	k.oneOf("format", c.Format, "table", "json", "markdown")
	checkViews(&k, c.Views)
	k.oneOf("precision", c.Precision, "fp32", "bf16", "auto")
	k.between("resamples", c.Resamples, 0, 100000)
	checkDevice(&k, c.Device)
	k.between("threads", c.Threads, 0, 1024)
	return k.result()
}

// NamedCheckpoint splits NAME=folder; a text without "=" (or that begins with it) is a folder without a name.
func NamedCheckpoint(text string) (name, folder string) {
	name, folder, found := strings.Cut(text, "=")
	if !found || name == "" || strings.ContainsAny(name, `/\`) {
		return "", text
	}
	return name, folder
}

func checkViews(k *checker, views string) { k.oneOf("views", views, "label", "labels", "all") }
