package checkpoints

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Identity is a hash of everything that decides a model's output: weights, tokenizer, and the settings that matter. A
// checkpoint and its export have the same identity.
func (m *Manifest) Identity() string {
	var names []string
	for name := range m.Files {
		if decides(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	hash := sha256.New()
	for _, name := range names {
		fmt.Fprintf(hash, "%q %s\n", name, m.Files[name].SHA256)
	}
	settings := m.Model
	settings.TrainedOn, settings.Threshold, settings.Reporting = "", 0, nil
	text, err := json.Marshal(settings)
	if err != nil {
		panic(err) // cannot happen: plain fields only
	}
	hash.Write(text)
	return hex.EncodeToString(hash.Sum(nil))
}

// decides reports whether embeddings depend on a file: on weights, the encoder's configuration or the tokenizer.
func decides(name string) bool {
	switch name {
	case encoderName, skillEncoderName, headName, encoderConfigName:
		return true
	}
	return filepath.Base(name) == name && tokenizerFile(name)
}

func tokenizerFile(name string) bool {
	return strings.HasPrefix(name, "tokenizer") || strings.HasPrefix(name, "vocab") || name == "merges.txt" || name == "special_tokens_map.json"
}
