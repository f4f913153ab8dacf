package config

import "skillspace/data/textfile"

// ExtractSkills configures extract-skills.
type ExtractSkills struct {
	ModelSource `yaml:",inline"`
	// What the input is: `auto` (by the file's name and content), `text` or `html` (a file is one ad), `jsonl`, `json` (an array), `csv` (its delimiter is found), `tsv` or `parquet` (a row is one ad).
	Input string `yaml:"input" choices:"auto,text,html,jsonl,json,csv,tsv,parquet"`
	// Encoding of input without a byte order mark, such as `windows-1252`, `gbk` or `shift_jis`: a name of the WHATWG Encoding Standard. Parquet has its own.
	Encoding string `yaml:"encoding"`
	// Column (CSV, TSV, Parquet) or key (JSON) with an ad's text.
	TextColumn string `yaml:"text_column"`
	// Column or key with an ad's identifier. Empty: `id` if there is such a column, else the file's name and line.
	IDColumn string `yaml:"id_column"`
	// What a result is: a `sentence` with its skills, or an `ad` with each of its skills once.
	Level string `yaml:"level" choices:"sentence,ad"`
	// What a sentence's start and end count in the ad's text: Unicode `code_points`, as Python does, or the `bytes` of the text in UTF-8.
	Offsets string `yaml:"offsets" choices:"code_points,bytes"`
	// How results are written: `jsonl` (one line a sentence or ad), `csv` (one row a skill of it), `parquet` (one row a sentence or ad; needs output) or `annotated` (to read on a terminal).
	Format string `yaml:"format" choices:"jsonl,csv,parquet,annotated"`
	// Folder for results, in part files of some 2,000 ads. A run that was stopped can go on there. Empty: results go to stdout.
	Output string `yaml:"output" output:"folder"`
	// Shard of the ads to read, as `I/N`: shard I, counted from 0, of N. A hash of its identifier says which shard an ad belongs to.
	Shard string `yaml:"shard"`
	// Whether `annotated` is coloured: `auto` (on a terminal, unless NO_COLOR is set), `always` or `never`.
	Color     string `yaml:"color" choices:"auto,always,never"`
	Reporting `yaml:",inline"`
}

// Defaults overwrites every field with its default.
func (c *ExtractSkills) Defaults() {
	*c = ExtractSkills{
		ModelSource: defaultModelSource(),
		Input:       "auto", Encoding: "utf-8", TextColumn: "text", Level: "sentence", Offsets: "code_points", Format: "jsonl", Shard: "0/1", Color: "auto", Reporting: Reporting{TopK: 5, Threshold: StoredThreshold},
	}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *ExtractSkills) Validate() error {
	var k checker
	checkModelSource(&k, c.ModelSource)
	k.choices("", c)
	if _, err := textfile.FindEncoding(c.Encoding); err != nil {
		k.fail("encoding", "is wrong: %v", err)
	}
	k.required("text_column", c.TextColumn, "the column with an ad's text")
	switch {
	case c.Output == "" && c.Format == "parquet":
		k.lacks("output", "; Parquet is written into the files of a folder")
	case c.Output != "" && c.Format == "annotated":
		k.fail("format", "is annotated, which goes to stdout; a folder (output) takes jsonl, csv or parquet")
	}
	if c.Level == "ad" && c.Format == "annotated" {
		k.fail("level", "is ad; annotated shows the sentences of an ad, and its skills below them")
	}
	checkReporting(&k, c.Reporting, 1000)
	checkThreshold(&k, c.ModelSource, c.Reporting)
	return k.result()
}
