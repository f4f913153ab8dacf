package config

// ExportCheckpoint configures export-checkpoint.
type ExportCheckpoint struct {
	// Checkpoint to export. Required.
	Checkpoint string `yaml:"checkpoint" path:"folder"`
	// Folder to write. A checkpoint that is there already is replaced. Required.
	Output string `yaml:"output" output:"folder"`
	// What to write: `safetensors` (a Hugging Face folder, which transformers and these commands load), `onnx` or `torchscript` (the whole model in one file, and its tokenizer).
	Format string `yaml:"format" choices:"safetensors,onnx,torchscript"`
	// Number format of an ONNX model: `fp32`, or `int8` for a quarter of the size with integer matrix products.
	Precision string `yaml:"precision" choices:"fp32,int8"`
	// taxonomy: Folder with the skills: ESCO's CSV files or ZIP archives, or a list with its list.yaml. Its skills and their embeddings are stored with the model. Empty: no skills are stored.
	// views: Texts of a skill that are embedded: `label` (its preferred label), `labels` (and its alternative labels) or `all` (and its description).
	// cache: Whether embeddings are taken from the checkpoint's own folder, and kept there.
	SkillIndex `yaml:",inline"`
	Compute    `yaml:",inline"`
}

// Defaults overwrites every field with its default.
func (c *ExportCheckpoint) Defaults() {
	*c = ExportCheckpoint{Format: "safetensors", Precision: "fp32", SkillIndex: SkillIndex{Views: "labels", Cache: true}, Compute: defaultCompute()}
}

// Validate returns the first value that cannot work, as a *KeyError.
func (c *ExportCheckpoint) Validate() error {
	var k checker
	k.required("checkpoint", c.Checkpoint, "the folder with the checkpoint, such as RUN/checkpoints/best")
	k.required("output", c.Output, "the folder to write")
	k.choices("", c)
	if c.Precision != "fp32" && c.Format != "onnx" {
		k.fail("precision", "is %s; only format: onnx can have that", c.Precision)
	}
	checkCompute(&k, c.Compute)
	return k.result()
}

// FetchModel configures fetch-model.
type FetchModel struct {
	// Model to fetch: a folder, or a name on the hub such as `sentence-transformers/all-MiniLM-L6-v2`. It is fetch-model's argument. Required.
	Model string `yaml:"model"`
	// Folder to copy the model to. A model that is there already is replaced. Required if the model comes from a folder. Empty: the model stays in the cache, and its folder there is printed.
	Output string `yaml:"output" output:"folder"`
	// Branch, tag or commit on the hub.
	Revision string `yaml:"revision"`
}

// Defaults overwrites every field with its default.
func (c *FetchModel) Defaults() { *c = FetchModel{Revision: "main"} }

// Validate returns the first value that cannot work, as a *KeyError.
func (c *FetchModel) Validate() error {
	var k checker
	k.required("model", c.Model, "a folder, or a model's name on the hub")
	k.required("revision", c.Revision, "a branch, a tag or a commit")
	return k.result()
}
