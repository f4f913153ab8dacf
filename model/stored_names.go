package model

import (
	"fmt"
	"slices"
	"strings"

	"skillspace/model/safetensors"
)

// load takes the encoder's parameters from stored weights. A model saved with a head on top has a prefix before the
// names ("bert.", "roberta."), and a family may have several names for a parameter. Tensors that the encoder does not
// name, such as those of poolers and heads, are not read. The encoder's layers are the stored ones whose numbers kept
// lists.
func (e *Encoder) load(source safetensors.Source, kept []int64) error {
	prefix, err := storedPrefix(source, e.network.WordTable)
	if err != nil {
		return err
	}
	for _, want := range e.network.Parameters {
		stored := prefix + storedLayer(e.network, want.Name, kept)
		if alias := e.network.Alias; alias != nil {
			if _, _, found := source.Tensor(stored); !found {
				if _, _, found := source.Tensor(alias(stored)); found {
					stored = alias(stored)
				}
			}
		}
		if err := e.parameters.load(source, stored, want.Name, want.Shape); err != nil {
			return err
		}
	}
	return nil
}

// storedPrefix returns the prefix of the encoder's names in the weights.
func storedPrefix(source safetensors.Source, wordTable string) (string, error) {
	var prefixes []string
	for _, name := range source.Names() {
		if prefix, found := strings.CutSuffix(name, wordTable); found && (prefix == "" || strings.HasSuffix(prefix, ".")) {
			prefixes = append(prefixes, prefix)
		}
	}
	switch {
	case len(prefixes) == 1 || slices.Contains(prefixes, ""):
		return slices.Min(prefixes), nil // "" comes first
	case len(prefixes) == 0:
		return "", fmt.Errorf("%s: tensor %q is missing, under any prefix", source.Location(), wordTable)
	}
	return "", fmt.Errorf("%s: there are several encoders (%s)", source.Location(), strings.Join(prefixes, ", "))
}
