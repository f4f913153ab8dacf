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
	"strings"

	"skillspace/internal/atomicfile"
	"skillspace/internal/folder"
	"skillspace/internal/sealed"
)

// Position says how much of the input is done: all files before Input, and the first Ads ads of that file. Ads
// of other shards count too.
type Position struct {
	Input int `json:"input"`
	Ads   int `json:"ads"`
}

// progress is the content of the file that records which parts are complete. Any later part is written again.
type progress struct {
	Version  int               `json:"version"`
	Shard    string            `json:"shard"`
	Settings map[string]string `json:"settings"` // settings that change the results; a run with other settings is a different run
	Parts    int               `json:"parts"`
	Position Position          `json:"position"`
	Total    Total             `json:"total"`
	Done     bool              `json:"done"`
}

// Total counts the written results.
type Total struct {
	Ads       int `json:"ads"`
	Sentences int `json:"sentences"`
	Skills    int `json:"skills"`
}

// progressVersion is the version that is written, maxProgress bounds the file's bytes.
const progressVersion, maxProgress = 1, 16 << 20

// errNone means that there is no progress yet.
var errNone = errors.New("no progress")

func readProgress(path string) (*progress, error) {
	text, err := folder.Read(path, maxProgress)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNone
	}
	if err != nil {
		return nil, err
	}
	p := &progress{}
	if err := errors.Join(sealed.Check(text), json.Unmarshal(text, p)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if p.Version != progressVersion || p.Parts < 0 || p.Position.Input < 0 || p.Position.Ads < 0 {
		return nil, fmt.Errorf("%s: version %d with %d parts, this program reads version %d", path, p.Version, p.Parts, progressVersion)
	}
	return p, nil
}

func (p *progress) write(path string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(sealed.Seal(text), '\n'))
		return err
	})
}

// sameRun returns an error that names the first setting in which p differs from a new run.
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

// progressPath returns the path of a shard's progress file. Readers of data folders, such as pandas, pyarrow,
// Spark and DuckDB, ignore names that start with an underscore.
func progressPath(dir string, s Shard) string {
	return filepath.Join(dir, fmt.Sprintf("_progress-%05d-of-%05d.json", s.Index, s.Count))
}

// renameOldProgress renames a progress file from the time when its name had no underscore.
func renameOldProgress(path string) error {
	dir, name := filepath.Split(path)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Rename(filepath.Join(dir, strings.TrimPrefix(name, "_")), path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
