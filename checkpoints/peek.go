package checkpoints

import (
	"fmt"
	"slices"
)

// Peek reads a folder's manifest and checks that it is of one of the kinds, but reads no other file: to refuse a wrong folder before
// long work. Loading verifies the rest.
func Peek(dir string, want ...Kind) (*Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(want, m.Kind) {
		return nil, fmt.Errorf("checkpoint %s: it holds a %s, want a %s", dir, m.Kind, want[0])
	}
	return m, nil
}
