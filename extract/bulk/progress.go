package bulk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"skillspace/internal/atomicfile"
)

// Position is how far the inputs are done: the files before Input, and of it the first Ads ads, those of other shards included.
type Position struct {
	Input int `json:"input"`
	Ads   int `json:"ads"`
}

// progress is the file that says which parts are whole; a part that it does not count is written again.
type progress struct {
	Version  int               `json:"version"`
	Shard    string            `json:"shard"`
	Settings map[string]string `json:"settings"` // what decides the results; a run with others is another run
	Parts    int               `json:"parts"`
	Position Position          `json:"position"`
	Total    Total             `json:"total"`
	Done     bool              `json:"done"`
}

// Total counts what is written.
type Total struct {
	Ads       int `json:"ads"`
	Sentences int `json:"sentences"`
	Skills    int `json:"skills"`
}

const progressVersion = 1

// errNone says that there is no progress yet.
var errNone = errors.New("no progress")

func readProgress(path string) (*progress, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNone
	}
	if err != nil {
		return nil, err
	}
	p := &progress{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if p.Version != progressVersion || p.Parts < 0 || p.Position.Input < 0 || p.Position.Ads < 0 {
		return nil, fmt.Errorf("%s: version %d with %d parts, this program reads version %d", path, p.Version, p.Parts, progressVersion)
	}
	return p, nil
}

func (p *progress) write(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(p)
	})
}

// sameRun names the first setting in which p differs from what a new run would do.
func (p *progress) sameRun(settings map[string]string) error {
	keys := slices.Sorted(maps.Keys(settings))
	for key := range p.Settings {
		if _, known := settings[key]; !known {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		if p.Settings[key] != settings[key] {
			return fmt.Errorf("it was begun with %s %q, now it is %q; choose another folder", key, p.Settings[key], settings[key])
		}
	}
	return nil
}

func progressPath(dir string, s Shard) string {
	return filepath.Join(dir, fmt.Sprintf("progress-%05d-of-%05d.json", s.Index, s.Count))
}
