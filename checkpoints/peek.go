package checkpoints

import "fmt"

// Peek reads a folder's manifest and checks its kind, but no other file: to refuse a wrong folder before long work. Loading verifies the rest.
func Peek(dir string, want Kind) (*Manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	if m.Kind != want {
		return nil, fmt.Errorf("checkpoint %s: it holds a %s, want a %s", dir, m.Kind, want)
	}
	return m, nil
}
