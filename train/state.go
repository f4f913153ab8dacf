package train

import (
	"fmt"
	"maps"
	"strconv"

	"skillspace/model/safetensors"
)

// Stateful has a state that a resumed run restores exactly. Names of tensors and metadata are distinct in a run.
type Stateful interface {
	// State describes it for [safetensors.Write].
	State() (tensors []safetensors.Tensor, metadata map[string]string)
	// Restore reads it from a file that holds what State described.
	Restore(file *safetensors.File) error
}

// State is the optimiser's and the hooks' state.
func (l *Loop) State() (tensors []safetensors.Tensor, metadata map[string]string) {
	metadata = map[string]string{}
	for _, part := range l.stateful() {
		more, facts := part.State()
		tensors = append(tensors, more...)
		maps.Copy(metadata, facts)
	}
	return tensors, metadata
}

// Restore reads it back. The hooks must have been added.
func (l *Loop) Restore(file *safetensors.File) error {
	for _, part := range l.stateful() {
		if err := part.Restore(file); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loop) stateful() []Stateful {
	parts := []Stateful{l.Optimizer}
	for _, h := range l.hooks {
		if h.State != nil {
			parts = append(parts, h.State)
		}
	}
	return parts
}

// wholeNumber reads a number of 0 or above from a state's metadata.
func wholeNumber(file *safetensors.File, key string) (int, error) {
	n, err := strconv.Atoi(file.Metadata[key])
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: metadata %s %q is not a number of 0 or above", file.Path, key, file.Metadata[key])
	}
	return n, nil
}
