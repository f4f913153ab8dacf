package checkpoints

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Intact returns the folders beside dir that verify and from which a run can go on, newest step first: what to offer when dir is
// damaged.
func Intact(dir string) []string {
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		return nil
	}
	type candidate struct {
		path string
		step int
	}
	var found []candidate
	for _, e := range entries {
		path := filepath.Join(filepath.Dir(dir), e.Name())
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || path == filepath.Clean(dir) {
			continue
		}
		if m, err := Verify(path); err == nil && m.Training != nil {
			found = append(found, candidate{path, m.Step})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int { return b.step - a.step })
	paths := make([]string, len(found))
	for i, c := range found {
		paths[i] = c.path
	}
	return paths
}
