package config

// ExtractSkills configures extract-skills.
type ExtractSkills struct {
	// Checkpoint of the bi-encoder. Required.
	Checkpoint string `yaml:"checkpoint" path:"folder"`
	// Checkpoint of the sentence filter. Empty: every sentence is searched for skills.
	Filter string `yaml:"filter" path:"folder"`
	// Folder with ESCO's CSV files. Empty: the skills stored with the checkpoint, if it was exported with a taxonomy.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
	// Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv; the hierarchy may stay English. Empty: English, or the only one there is.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// What the input is: `auto` (by the file's name; stdin is text), `text` (a file is one ad), `jsonl`, `csv` or `parquet` (a row is one ad).
	Input string `yaml:"input"`
	// Column (CSV, Parquet) or key (JSON lines) that holds an ad's text.
	TextColumn string `yaml:"text_column"`
	// Column or key that holds an ad's identifier. Empty: `id` where there is one, else the file's name and line.
	IDColumn string `yaml:"id_column"`
	// How results are written: `jsonl` (a line a sentence), `parquet` (a row a sentence; with output) or `annotated` (for reading on a terminal).
	Format string `yaml:"format"`
	// Folder for results in part files of some 2,000 ads, which a run that was stopped goes on with. Empty: results go to stdout.
	Output string `yaml:"output"`
	// Which ads are taken, `I/N`: those of shard I, from 0, of N by a hash of their identifiers.
	Shard string `yaml:"shard"`
	// Whether `annotated` is coloured: `auto` (on a terminal, unless NO_COLOR is set), `always` or `never`.
	Color string `yaml:"color"`
	// Most skills a sentence.
	TopK int `yaml:"top_k"`
	// Cosine score (-1 to 1) from which a skill is reported.
	Threshold float64 `yaml:"threshold"`
	// Probability (0 to 1) from which the filter keeps a sentence; -1 for the threshold calibrated when it was trained.
	FilterThreshold float64 `yaml:"filter_threshold"`
	// Which texts of a skill count: `label` (its preferred label), `labels` (the mean of that and its best alternative label), `all` (and the description).
	Views string `yaml:"views"`
	// Whether the skills' embeddings are kept in the checkpoint's folder for the next time.
	Cache bool `yaml:"cache"`
	// Precision of the forward passes: `fp32`, `bf16` (twice as fast where the hardware multiplies it) or `auto`.
	Precision string `yaml:"precision"`
	// Where the computation runs: `auto` (CUDA if this build and machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device), or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device string `yaml:"device"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// Defaults overwrites every field with its default.
func (c *ExtractSkills) Defaults() {
	*c = ExtractSkills{
		Input: "auto", TextColumn: "text", Format: "jsonl", Shard: "0/1", Color: "auto", TopK: 5, Threshold: 0.5, FilterThreshold: -1,
		Views: "labels", Cache: true, Precision: "fp32", Device: "auto",
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *ExtractSkills) Validate() error {
	var k checker
	k.required("checkpoint", c.Checkpoint, "the folder with the bi-encoder, such as RUN/checkpoints/best")
	k.oneOf("input", c.Input, "auto", "text", "jsonl", "csv", "parquet")
	k.required("text_column", c.TextColumn, "the column that holds an ad's text")
	k.oneOf("format", c.Format, "jsonl", "parquet", "annotated")
	switch {
	case c.Output == "" && c.Format == "parquet":
		k.fail("output", "is not set; Parquet goes into the files of a folder")
	case c.Output != "" && c.Format == "annotated":
		k.fail("format", "is annotated, which goes to stdout; a folder (output) takes jsonl or parquet")
	}
	k.oneOf("color", c.Color, "auto", "always", "never")
	k.between("top_k", c.TopK, 1, 1000)
	k.atMost("threshold", c.Threshold, 1)
	k.notBelow("threshold", c.Threshold, -1)
	checkFilterThreshold(&k, c.FilterThreshold)
	checkViews(&k, c.Views)
	k.oneOf("precision", c.Precision, "fp32", "bf16", "auto")
	checkDevice(&k, c.Device)
	k.between("threads", c.Threads, 0, 1024)
	return k.result()
}
