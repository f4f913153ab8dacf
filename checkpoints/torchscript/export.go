// Package torchscript writes a checkpoint's whole model as a TorchScript module, from token ids to the embedding or the
// probability. PyTorch and C++ libtorch load it on the CPU or a GPU without other code.
package torchscript

import (
	"fmt"
	"path/filepath"
	"strings"

	"skillspace/checkpoints"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/family"
)

// Names of the files: the tower of sentences or the filter, and the tower of skills if it has its own weights.
const (
	ModelName = "model.pt"
	SkillName = "skill_model.pt"
)

// Export writes the models of a checkpoint into folder and returns their names. A module's forward takes
// input_ids and attention_mask [B, T], Int64, padded on the right, and for a filter that reads context own_mask, which
// is 1 at the tokens of the sentence itself. It returns a bi-encoder's embeddings [B, D] of unit length, or a filter's
// logits, divided by its temperature, and probabilities, both [B].
func Export(source *checkpoints.Checkpoint, folder string) (names []string, err error) {
	config, err := model.ReadEncoderConfigIn(source.Folder())
	if err != nil {
		return nil, err
	}
	for _, t := range source.Manifest.Towers() {
		name := ModelName
		if t.Skills {
			name = SkillName
		}
		err := libtorch.Do(func(s *libtorch.Scope) error { return export(s, t, source, filepath.Join(folder, name), config) })
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		names = append(names, name)
	}
	return names, nil
}

func export(s *libtorch.Scope, t checkpoints.StoredTower, source *checkpoints.Checkpoint, path string, c model.EncoderConfig) error {
	stored, err := t.Open(source)
	if err != nil {
		return err
	}
	defer stored.Close()
	code, parameters, err := module(t.Head, c, source.Manifest, func(name string) ([]int64, error) {
		shape, _, err := stored.Float32s(name)
		return shape, err
	})
	if err != nil {
		return err
	}
	names, tensors := make([]string, len(parameters)), make([]libtorch.Tensor, len(parameters))
	for i, name := range parameters {
		shape, values, err := stored.Float32s(name)
		if err != nil {
			return err
		}
		names[i], tensors[i] = attribute(name), s.Float32s(values, shape...)
	}
	if err := s.Err(); err != nil {
		return err
	}
	return libtorch.SaveScript(path, code, names, tensors)
}

// module returns the code, and which parameters it reads.
func module(head string, c model.EncoderConfig, m *checkpoints.Manifest, shape shapeOf) (string, []string, error) {
	if err := m.Model.Head.Validate(); err != nil {
		return "", nil, err
	}
	net, err := family.New(c)
	if err != nil {
		return "", nil, err
	}
	filter := m.Kind == checkpoints.Filter
	result := "Tensor"
	if filter {
		result = "Tuple[Tensor, Tensor]"
	}
	code := &script{known: map[string]bool{}, shape: shape}
	code.begin(m.Model.ContextTokens > 0, result)
	vector := m.Model.Head.Forward(code, head, net.Forward(code))
	if filter {
		temperature := m.Model.Temperature
		if temperature == 0 {
			temperature = 1
		}
		code.add("logits = torch.div(torch.squeeze(%s, 1), %.17g)", model.Classify(code, "classifier.", vector), temperature)
		code.add("return (logits, torch.sigmoid(logits))")
	} else {
		code.add("return %s", code.Normalize(vector))
	}
	return strings.Join(code.lines, "\n") + "\n", code.parameters, code.err
}
