// Package torchscript writes a checkpoint's model as a TorchScript module: one file that PyTorch and C++ libtorch load without code of ours, on
// the CPU or a GPU, from token ids to the embedding or the probability.
package torchscript

import (
	"fmt"
	"path/filepath"
	"strings"

	"skillspace/checkpoints"
	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// Names of the files: the sentences' tower or the filter, and the skills' tower where it has weights of its own.
const (
	ModelName = "model.pt"
	SkillName = "skill_model.pt"
)

// Export writes the models of the checkpoint at dir into folder and returns their names. A module's forward takes input_ids and attention_mask
// [B, T], Int64, padded on the right, and own_mask of a filter that reads context, 1 at the tokens of the sentence itself. It gives a
// bi-encoder's embeddings [B, D] of unit length, or a filter's logits, divided by its temperature, and probabilities, both [B].
func Export(dir, folder string, m *checkpoints.Manifest) (names []string, err error) {
	config, err := model.ReadEncoderConfig(dir)
	if err != nil {
		return nil, err
	}
	towers := []tower{{ModelName, "model.safetensors", "head."}}
	if m.Kind == checkpoints.BiEncoder && !m.Model.Shared {
		towers = append(towers, tower{SkillName, "skill_model.safetensors", "skill_head."})
	}
	for _, t := range towers {
		err := libtorch.Do(func(s *libtorch.Scope) error { return t.export(s, dir, folder, config, m) })
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", t.name, err)
		}
		names = append(names, t.name)
	}
	return names, nil
}

// tower is one model of a checkpoint: its file to be, the encoder's weights, and where its head is in head.safetensors.
type tower struct{ name, weights, head string }

func (t tower) export(s *libtorch.Scope, dir, folder string, c model.EncoderConfig, m *checkpoints.Manifest) error {
	encoder, err := safetensors.Open(filepath.Join(dir, t.weights))
	if err != nil {
		return err
	}
	defer encoder.Close()
	head, err := safetensors.Open(filepath.Join(dir, "head.safetensors"))
	if err != nil {
		return err
	}
	defer head.Close()
	state := m.Model.Head.BiLSTMState
	if state == 0 {
		state = max(c.HiddenSize/2, 1)
	}
	source, parameters, err := t.source(c, m, state)
	if err != nil {
		return err
	}
	names, tensors := make([]string, len(parameters)), make([]libtorch.Tensor, len(parameters))
	for i, name := range parameters {
		info, data, found := head.Tensor(name)
		if !found {
			info, data, found = encoder.Tensor(name)
		}
		if !found || info.DType != "F32" {
			return fmt.Errorf("the checkpoint lacks %s in F32", name)
		}
		names[i], tensors[i] = attribute(name), s.Float32s(safetensors.Float32s(data), info.Shape...)
	}
	if err := s.Err(); err != nil {
		return err
	}
	return libtorch.SaveScript(filepath.Join(folder, t.name), source, names, tensors)
}

// source is the module's code, and which parameters it reads.
func (t tower) source(c model.EncoderConfig, m *checkpoints.Manifest, state int64) (string, []string, error) {
	code := &script{known: map[string]bool{}}
	filter := m.Kind == checkpoints.Filter
	result := "Tensor"
	if filter {
		result = "Tuple[Tensor, Tensor]"
	}
	code.begin(m.Model.ContextTokens > 0, result)
	code.encoder(c)
	if err := code.head(m.Model.Head, t.head, state); err != nil {
		return "", nil, err
	}
	if filter {
		temperature := m.Model.Temperature
		if temperature == 0 {
			temperature = 1
		}
		code.add("logits = torch.div(torch.squeeze(%s, 1), %.17g)", code.linear("v", "classifier.classifier.weight", "classifier.classifier.bias"), temperature)
		code.add("return (logits, torch.sigmoid(logits))")
	} else {
		code.add("return torch.div(v, torch.clamp_min(torch.norm(v, 2, [1], True), 1e-12))")
	}
	return strings.Join(code.lines, "\n") + "\n", code.parameters, nil
}
