package checkpoints

import (
	"fmt"

	"skillspace/model/safetensors"
)

// StoredTower is one model in a checkpoint's files: the tower of sentences, the tower of skills if it has its own
// weights, or the filter.
type StoredTower struct {
	Skills bool   // the tower of skills
	Head   string // the prefix of its head's parameters
	file   string // of the encoder
}

// Towers lists the models of a checkpoint. The tower of sentences or the filter comes first.
func (m *Manifest) Towers() []StoredTower {
	towers := []StoredTower{{Head: "head.", file: encoderName}}
	if m.Kind == BiEncoder && !m.Model.Shared {
		towers = append(towers, StoredTower{Skills: true, Head: "skill_head.", file: skillEncoderName})
	}
	return towers
}

// StoredWeights are a tower's open files. Close them.
type StoredWeights struct{ head, encoder *safetensors.File }

// Open opens the tower's files, which Verify has compared with the manifest.
func (t StoredTower) Open(c *Checkpoint) (*StoredWeights, error) {
	if err := c.Verify(); err != nil {
		return nil, err
	}
	encoder, err := safetensors.OpenIn(c.folder, t.file)
	if err != nil {
		return nil, err
	}
	head, err := safetensors.OpenIn(c.folder, headName)
	if err != nil {
		encoder.Close()
		return nil, err
	}
	return &StoredWeights{head, encoder}, nil
}

// Float32s returns a parameter's shape and a copy of its values. An encoder's parameters have Hugging Face's names,
// other names begin with their group's.
func (w *StoredWeights) Float32s(name string) (shape []int64, values []float32, err error) {
	for _, file := range []*safetensors.File{w.head, w.encoder} {
		info, data, found := file.Tensor(name)
		if !found {
			continue
		}
		if info.DType != "F32" {
			return nil, nil, fmt.Errorf("%s is %s, want F32 as checkpoints have it", name, info.DType)
		}
		return info.Shape, safetensors.Float32s(data), nil
	}
	return nil, nil, fmt.Errorf("the checkpoint lacks %s", name)
}

// Close unmaps the files.
func (w *StoredWeights) Close() {
	w.head.Close()
	w.encoder.Close()
}
