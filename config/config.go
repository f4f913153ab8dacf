// Package config holds one typed struct a command, its defaults and checks, and the loading of YAML, environment and --set into it.
// It does not open the data that a config names (beyond a look whether it is there), and builds nothing from a config.
package config

// Schema is what every command's struct implements on its pointer, so that Load can fill and check it.
type Schema interface {
	// Defaults overwrites every field with its default.
	Defaults()
	// Validate returns the first value that cannot work, as a *KeyError. It reads no file.
	Validate() error
}

// KeyError is a value that cannot be used. Load adds where the value came from.
type KeyError struct {
	// Key is the dotted path of the field, such as "train.batch_size".
	Key string
	// Reason says what is wrong with the value, and what would be right.
	Reason string
}

// Error returns "key: reason".
func (e *KeyError) Error() string { return e.Key + ": " + e.Reason }

// known lists an instance of every command's struct: an environment variable that one of them uses is no mistake in another.
func known() []Schema {
	return []Schema{new(TrainBiencoder), new(TrainFilter), new(GenerateCorpus), new(Evaluate),
		new(ExtractSkills), new(Serve), new(ExportCheckpoint), new(FetchModel)}
}
