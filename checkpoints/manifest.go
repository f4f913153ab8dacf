// Package checkpoints saves trained bi-encoders and filters as folders, in one step, and verifies them on loading. It
// does not train or embed, and it neither writes nor reads a pickle.
//
// A folder holds checkpoint.json (the [Manifest], with a sha256 of every file and of itself), the encoder as a Hugging
// Face folder (config.json, model.safetensors, tokenizer), head.safetensors and, if training can be resumed,
// optimizer.safetensors.
package checkpoints

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"skillspace/internal/folder"
	"skillspace/model"
)

// Format is the version of the folder's layout that this package writes. It also reads version 1, whose manifest had no
// checksum of its own.
const Format = 2

// manifestName is the manifest's file; it is written last.
const manifestName = "checkpoint.json"

// Kind is what a checkpoint holds.
type Kind string

// The two kinds.
const (
	BiEncoder Kind = "biencoder"
	Filter    Kind = "filter"
)

// Manifest describes a checkpoint.
type Manifest struct {
	Format   int                `json:"format"`
	Checksum string             `json:"checksum,omitempty"` // sha256 of the manifest's text with 64 zeros in its place
	Kind     Kind               `json:"kind"`
	Model    ModelInfo          `json:"model"`
	Training *State             `json:"training,omitempty"` // if training can be resumed from here
	Data     map[string]string  `json:"data,omitempty"`     // figures about the training data, for the model card
	Step     int                `json:"step"`
	Metrics  map[string]float64 `json:"metrics,omitempty"` // of the last validation
	Files    map[string]File    `json:"files"`
}

// ModelInfo is what a model needs besides its weights.
type ModelInfo struct {
	Head           model.HeadConfig `json:"head"`
	Shared         bool             `json:"shared_towers,omitempty"`
	MaxLength      int              `json:"max_length"` // tokens, special ones included
	SentencePrefix string           `json:"sentence_prefix,omitempty"`
	SkillPrefix    string           `json:"skill_prefix,omitempty"`
	Threshold      float64          `json:"threshold,omitempty"`      // filter: the least probability of a sentence that is kept
	ContextTokens  int              `json:"context_tokens,omitempty"` // filter: how many tokens of the previous sentence are read
	Temperature    float64          `json:"temperature,omitempty"`    // filter: logits are divided by it; 0, as in older checkpoints, means 1
	TrainedOn      string           `json:"trained_on,omitempty"`
	Reporting      *Reporting       `json:"reporting,omitempty"` // bi-encoder: from which score on skills are reported; nil: not measured
}

// State is the position of a run. With it and the optimiser's moments, a resumed run equals one that was never stopped.
type State struct {
	Epoch     int     `json:"epoch"`
	Batch     int     `json:"batch"`
	Step      int     `json:"step"`
	Best      float64 `json:"best"`
	BestStep  int     `json:"best_step"`
	Generator []byte  `json:"generator"`       // libtorch's CPU generator
	Config    string  `json:"config"`          // sha256 of the resolved configuration
	Ranks     int     `json:"ranks,omitempty"` // processes that trained together; 0 for one
	// Pending is the step whose hooks were interrupted, for instance by Ctrl-C during a validation. Only the trainer
	// reads it.
	Pending json.RawMessage `json:"pending,omitempty"`
}

// File is one file's size and checksum.
type File struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// ErrDamaged marks a checkpoint with a missing, truncated or altered file.
var ErrDamaged = errors.New("damaged checkpoint")

// maxManifest bounds the manifest's bytes. A run's position takes some 10 kB of it.
const maxManifest = 16 << 20

func readManifest(in *folder.Folder) (*Manifest, error) {
	path := in.Join(manifestName)
	text, err := in.Read(manifestName, maxManifest)
	if runtime := exportFor(in); errors.Is(err, fs.ErrNotExist) && runtime != "" {
		return nil, foreign(in, runtime)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w (a checkpoint is a folder with a %s, such as RUN/checkpoints/best)", err, manifestName)
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	switch {
	case m.Format != Format && m.Format != 1:
		return nil, fmt.Errorf("checkpoint %s: format %d, this program reads %d", path, m.Format, Format)
	case m.Format == Format && !sealIntact(text):
		return nil, fmt.Errorf("%w: %s has another content than the one saved (altered or corrupt)", ErrDamaged, path)
	}
	if err := m.validate(); err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", path, err)
	}
	for _, name := range m.modelFiles() {
		if _, named := m.Files[name]; named {
			continue
		}
		if runtime := exportFor(in); runtime != "" {
			return nil, foreign(in, runtime)
		}
		return nil, fmt.Errorf("%w: %s does not name %s", ErrDamaged, path, name)
	}
	return m, nil
}

// exportFor names the runtime that a folder without weights was exported for; "" where it is no export.
func exportFor(in *folder.Folder) string {
	for name, runtime := range map[string]string{"model.onnx": "ONNX runtimes", "model.pt": "TorchScript"} {
		if in.Has(name) {
			return runtime
		}
	}
	return ""
}

func foreign(in *folder.Folder, runtime string) error {
	return fmt.Errorf("checkpoint %s: it is an export for %s, which these commands do not load: name the checkpoint that it was exported from, "+
		"or an export with --format safetensors", in.Path(), runtime)
}

// Intact returns the checkpoints beside dir that verify and from which a run can be resumed, the newest step first.
// They replace dir where it is damaged.
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
