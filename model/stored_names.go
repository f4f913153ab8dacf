package model

import (
	"fmt"
	"slices"
	"strings"

	"skillspace/model/safetensors"
)

// load takes the encoder's parameters from stored weights, whatever they stand under: a model saved with a head on top has
// a prefix ("bert.", "roberta."), and weights converted from BERT's first release call a norm's parameters gamma and beta.
// Tensors of poolers and heads, tied ones too, are not looked at. The encoder's layers are the stored ones of these numbers.
func (e *Encoder) load(source safetensors.Source, layers []int64) error {
	prefix, err := storedPrefix(source)
	if err != nil {
		return err
	}
	for _, want := range encoderShapes(e.Config, layers) {
		stored := prefix + want.stored
		if _, _, ok := source.Tensor(stored); !ok {
			if old := firstReleaseName(stored); old != stored {
				if _, _, ok := source.Tensor(old); ok {
					stored = old
				}
			}
		}
		if err := e.parameters.load(source, stored, want.name, want.shape); err != nil {
			return err
		}
	}
	return nil
}

const wordEmbeddings = "embeddings.word_embeddings.weight"

// storedPrefix returns what stands before the encoder's names.
func storedPrefix(source safetensors.Source) (string, error) {
	var prefixes []string
	for _, name := range source.Names() {
		if prefix, found := strings.CutSuffix(name, wordEmbeddings); found && (prefix == "" || strings.HasSuffix(prefix, ".")) {
			prefixes = append(prefixes, prefix)
		}
	}
	switch {
	case len(prefixes) == 1 || slices.Contains(prefixes, ""):
		return slices.Min(prefixes), nil // "" comes first
	case len(prefixes) == 0:
		return "", fmt.Errorf("%s: tensor %q is missing, under any prefix", source.Location(), wordEmbeddings)
	}
	return "", fmt.Errorf("%s: there are several encoders (%s)", source.Location(), strings.Join(prefixes, ", "))
}

// firstReleaseName is what BERT's first release called a norm's parameter; any other name stays.
func firstReleaseName(name string) string {
	name = strings.Replace(name, "LayerNorm.weight", "LayerNorm.gamma", 1)
	return strings.Replace(name, "LayerNorm.bias", "LayerNorm.beta", 1)
}
