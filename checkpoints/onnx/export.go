package onnx

import (
	"fmt"
	"strconv"

	"skillspace/checkpoints"
	"skillspace/model"
	"skillspace/model/family"
)

// File is an ONNX model and the name of its file.
type File struct {
	Name string
	Data []byte
}

// Options choose how a model is written.
type Options struct {
	Int8 bool // matrix products with 7-bit weights and inputs quantised at run time, word embeddings in 8 bits; the LSTM's recurrence stays in float32
}

// Names of the files: the tower of sentences or the filter, and the tower of skills if it has its own weights.
const (
	ModelName = "model.onnx"
	SkillName = "skill_model.onnx"
)

// Export returns the models of a checkpoint. Inputs are input_ids and attention_mask [batch, tokens], Int64,
// padded on the right, and for a filter that reads context own_mask, which is 1 at the tokens of the sentence itself.
// A bi-encoder's output is "embedding" [batch, D] of unit length. A filter's are "logits" [batch], divided by its
// temperature, and "probabilities" [batch].
func Export(source *checkpoints.Checkpoint, o Options) ([]File, error) {
	config, err := model.ReadEncoderConfigIn(source.Folder())
	if err != nil {
		return nil, err
	}
	var files []File
	for _, t := range source.Manifest.Towers() {
		name := ModelName
		if t.Skills {
			name = SkillName
		}
		data, err := export(t, source, config, o)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		files = append(files, File{name, data})
	}
	return files, nil
}

func export(t checkpoints.StoredTower, source *checkpoints.Checkpoint, c model.EncoderConfig, o Options) ([]byte, error) {
	m := source.Manifest
	stored, err := t.Open(source)
	if err != nil {
		return nil, err
	}
	defer stored.Close()
	if err := m.Model.Head.Validate(); err != nil {
		return nil, err
	}
	net, err := family.New(c)
	if err != nil {
		return nil, err
	}
	b := &builder{graph: newGraph(o.Int8), read: stored.Float32s, ids: "input_ids"}
	b.inputs = []value{{"input_ids", int64Type, []int64{-1, -2}}, {"attention_mask", int64Type, []int64{-1, -2}}}
	b.attended = b.node("Cast", []string{"attention_mask"}, intAttribute("to", float32Type))
	b.own = b.attended
	if m.Model.ContextTokens > 0 {
		b.inputs = append(b.inputs, value{"own_mask", int64Type, []int64{-1, -2}})
		b.own = b.node("Cast", []string{"own_mask"}, intAttribute("to", float32Type))
	}
	vector := m.Model.Head.Forward(b, t.Head, net.Forward(b))
	if m.Kind == checkpoints.Filter {
		b.decision(name(model.Classify(b, "classifier.", vector)), m.Model.Temperature)
	} else {
		b.named("Identity", []string{name(b.Normalize(vector))}, []string{"embedding"})
		b.outputs = []value{{"embedding", float32Type, []int64{-1, m.Model.Head.Dimension(c.HiddenSize)}}}
	}
	if b.err != nil {
		return nil, b.err
	}
	return b.encode(metadata(m))
}

// decision divides logits [B, 1] by the temperature, and adds their probabilities.
func (b *builder) decision(logits string, temperature float64) {
	if temperature == 0 {
		temperature = 1
	}
	b.named("Div", []string{b.node("Squeeze", []string{logits, b.ints(1)}), b.scalar(float32(temperature))}, []string{"logits"})
	b.named("Sigmoid", []string{"logits"}, []string{"probabilities"})
	b.outputs = []value{{"logits", float32Type, []int64{-1}}, {"probabilities", float32Type, []int64{-1}}}
}

// metadata is what a program needs besides the graph.
func metadata(m *checkpoints.Manifest) (map[string]string, []string) {
	all := map[string]string{"kind": string(m.Kind), "max_length": strconv.Itoa(m.Model.MaxLength)}
	keys := []string{"kind", "max_length"}
	add := func(key, v string) {
		if v != "" {
			all[key] = v
			keys = append(keys, key)
		}
	}
	if m.Kind == checkpoints.Filter {
		add("threshold", strconv.FormatFloat(m.Model.Threshold, 'g', -1, 64))
		if m.Model.ContextTokens > 0 {
			add("context_tokens", strconv.Itoa(m.Model.ContextTokens))
		}
	}
	add("sentence_prefix", m.Model.SentencePrefix)
	add("skill_prefix", m.Model.SkillPrefix)
	return all, keys
}
