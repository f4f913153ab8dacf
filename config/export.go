package config

// ExportCheckpoint configures export-checkpoint.
type ExportCheckpoint struct {
	// Checkpoint to export. Required.
	Checkpoint string `yaml:"checkpoint" path:"folder"`
	// Folder to write. Required.
	Output string `yaml:"output"`
	// What to write: `safetensors` (a Hugging Face folder that transformers and these commands load) `onnx` or `torchscript` (the whole model in one file, and the tokenizer).
	Format string `yaml:"format"`
	// Numbers of an ONNX model: `fp32`, or `int8` for a quarter of the size, with matrix products of whole numbers.
	Precision string `yaml:"precision"`
	// Folder with ESCO's CSV files, to store the skills and their embeddings with the model. Empty: neither is stored.
	Taxonomy string `yaml:"taxonomy" path:"folder"`
	// Language of the skills' labels and descriptions, such as `zh` for skills_zh.csv; the hierarchy may stay English. Empty: English, or the only one there is.
	TaxonomyLanguage string `yaml:"taxonomy_language"`
	// Which texts of a skill are embedded: `label` (its preferred label), `labels` (and its alternative labels), `all` (and its description).
	Views string `yaml:"views"`
	// Whether the skills' embeddings are taken from, and kept in, the checkpoint's own folder too.
	Cache bool `yaml:"cache"`
	// Where the skills are embedded: `auto` (CUDA if this build and machine have it, else the CPU), `cpu`, `cuda` (the first CUDA device), or `cuda:N` (device N, from 0). A CUDA device that does not exist is an error.
	Device string `yaml:"device"`
	// CPU threads; 0 for all.
	Threads int `yaml:"threads"`
}

// Defaults overwrites every field with its default.
func (c *ExportCheckpoint) Defaults() {
	*c = ExportCheckpoint{Format: "safetensors", Precision: "fp32", Views: "labels", Cache: true, Device: "auto"}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *ExportCheckpoint) Validate() error {
	var k checker
	k.required("checkpoint", c.Checkpoint, "the folder with the checkpoint, such as RUN/checkpoints/best")
	k.required("output", c.Output, "the folder to write")
	k.oneOf("format", c.Format, "safetensors", "onnx", "torchscript")
	k.oneOf("precision", c.Precision, "fp32", "int8")
	if c.Precision != "fp32" && c.Format != "onnx" {
		k.fail("precision", "is %s, which only format: onnx can have", c.Precision)
	}
	checkViews(&k, c.Views)
	checkDevice(&k, c.Device)
	k.between("threads", c.Threads, 0, 1024)
	return k.result()
}
