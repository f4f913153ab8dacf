package config

// FetchModel configures fetch-model.
type FetchModel struct {
	// A folder, or a model's name on the hub, such as `sentence-transformers/all-MiniLM-L6-v2`; fetch-model's argument. Required.
	Model string `yaml:"model"`
	// Folder to copy the model to; required if it comes from a folder. Empty: the model stays in the cache, and its folder there is printed.
	Output string `yaml:"output"`
	// Branch, tag or commit of the hub's.
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
