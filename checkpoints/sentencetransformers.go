package checkpoints

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"skillspace/model"
	"skillspace/model/safetensors"
)

// InSentenceTransformers reports whether sentence-transformers can compute the same embeddings: a bi-encoder with one tower.
func (m *Manifest) InSentenceTransformers() bool { return m.Kind == BiEncoder && m.Model.Shared }

// plainHead reports whether sentence-transformers has modules of its own for the head: mean or CLS pooling and a projection.
func (m *Manifest) plainHead() bool {
	h := m.Model.Head
	return !h.BiLSTM && (h.Pooling == model.MeanPooling || h.Pooling == model.CLSPooling)
}

// headModule computes the other heads. sentence-transformers loads it from the exported folder with trust_remote_code, and
// fails without it.
//
//go:embed skillspace_head.py
var headModule string

const (
	headModuleFile = "skillspace_head.py"
	headModuleType = "skillspace_head.SkillspaceHead"
	headFolder     = "1_Head"
)

// module is an entry of sentence-transformers' modules.json.
type module struct {
	Index int    `json:"idx"`
	Name  string `json:"name"`
	Path  string `json:"path"`
	Type  string `json:"type"`
}

const modulePrefix = "sentence_transformers.models."

// headConfig is the configuration of the module that computes a head.
type headConfig struct {
	Hidden     int64         `json:"hidden_size"`
	Dimension  int64         `json:"embedding_dimension"`
	Pooling    model.Pooling `json:"pooling"`
	BiLSTM     bool          `json:"bilstm"`
	State      int64         `json:"bilstm_hidden"`
	Projection bool          `json:"projection"`
	Refused    string        `json:"refused,omitempty"` // why sentence-transformers cannot compute this model
}

// SentenceTransformersFiles returns the files with which sentence-transformers loads the exported checkpoint. If it cannot
// compute the same, they make loading fail with the reason: without any file it would use mean pooling and say nothing.
func SentenceTransformersFiles(c *Checkpoint) ([]ExtraFile, error) {
	encoder, err := model.ReadEncoderConfigIn(c.folder)
	if err != nil {
		return nil, err
	}
	if c.Manifest.InSentenceTransformers() && c.Manifest.plainHead() {
		return plainFiles(c, encoder)
	}
	return customFiles(c, encoder)
}

// customFiles returns the files for a head that only our module computes, or for a model that is refused.
func customFiles(c *Checkpoint, encoder model.EncoderConfig) ([]ExtraFile, error) {
	m := c.Manifest
	h := m.Model.Head
	config := headConfig{Hidden: encoder.HiddenSize, Dimension: h.Dimension(encoder.HiddenSize), Pooling: h.Pooling, BiLSTM: h.BiLSTM,
		State: h.State(encoder.HiddenSize), Projection: h.Projection > 0}
	switch {
	case m.Kind == Filter:
		config.Refused = "this is a skillspace filter: it gives a probability and no embedding. Its README.md shows how to compute it"
	case !m.Model.Shared:
		config.Refused = "this model has one encoder for sentences and another for skills; sentence-transformers would use one for both. Its README.md shows how to compute both"
	}
	files := []ExtraFile{
		jsonFile("sentence_bert_config.json", map[string]any{"max_seq_length": m.Model.MaxLength, "do_lower_case": false}),
		jsonFile("modules.json", []module{{0, "0", "", modulePrefix + "Transformer"}, {1, "1", headFolder, headModuleType}}),
		jsonFile(headFolder+"/config.json", config),
		{headModuleFile, func(w io.Writer) error { _, err := io.WriteString(w, headModule); return err }},
	}
	if config.Refused != "" {
		return files, nil
	}
	if prompts := prompts(m); len(prompts) > 0 {
		files = append(files, jsonFile("config_sentence_transformers.json", map[string]any{"prompts": prompts}))
	}
	return append(files, ExtraFile{headFolder + "/model.safetensors", func(w io.Writer) error { return copyHead(w, c) }}), nil
}

// copyHead writes the head's tensors without the name of their group.
func copyHead(w io.Writer, c *Checkpoint) error {
	file, err := safetensors.OpenIn(c.folder, headName)
	if err != nil {
		return err
	}
	defer file.Close()
	var tensors []safetensors.Tensor
	for _, name := range file.Names() {
		short, ok := strings.CutPrefix(name, "head.")
		if !ok {
			continue
		}
		info, data, _ := file.Tensor(name)
		tensors = append(tensors, safetensors.Tensor{Name: short, DType: info.DType, Shape: info.Shape, Data: func() ([]byte, error) { return data, nil }})
	}
	return safetensors.Write(w, tensors, map[string]string{"format": "pt"})
}

// plainFiles returns the files for a head that sentence-transformers' own modules compute.
func plainFiles(c *Checkpoint, encoder model.EncoderConfig) ([]ExtraFile, error) {
	m := c.Manifest
	modules := []module{{0, "0", "", modulePrefix + "Transformer"}, {1, "1", "1_Pooling", modulePrefix + "Pooling"}}
	files := []ExtraFile{
		jsonFile("sentence_bert_config.json", map[string]any{"max_seq_length": m.Model.MaxLength, "do_lower_case": false}),
		jsonFile("1_Pooling/config.json", map[string]any{
			"word_embedding_dimension":          encoder.HiddenSize,
			"pooling_mode_cls_token":            m.Model.Head.Pooling == model.CLSPooling,
			"pooling_mode_mean_tokens":          m.Model.Head.Pooling == model.MeanPooling,
			"pooling_mode_max_tokens":           false,
			"pooling_mode_mean_sqrt_len_tokens": false,
		}),
	}
	if prompts := prompts(m); len(prompts) > 0 {
		files = append(files, jsonFile("config_sentence_transformers.json", map[string]any{"prompts": prompts}))
	}
	if size := m.Model.Head.Projection; size > 0 {
		modules = append(modules, module{2, "2", "2_Dense", modulePrefix + "Dense"})
		files = append(files, jsonFile("2_Dense/config.json", map[string]any{
			"in_features": encoder.HiddenSize, "out_features": size, "bias": false, "activation_function": "torch.nn.modules.linear.Identity",
		}), ExtraFile{"2_Dense/model.safetensors", func(w io.Writer) error { return copyProjection(w, c) }})
	}
	last := len(modules)
	modules = append(modules, module{last, fmt.Sprint(last), fmt.Sprintf("%d_Normalize", last), modulePrefix + "Normalize"})
	return append(files, jsonFile("modules.json", modules)), nil
}

// prompts are the prefixes of sentences and skills, under the names that sentence-transformers accepts as prompt_name.
func prompts(m *Manifest) map[string]string {
	prompts := map[string]string{}
	if m.Model.SentencePrefix != "" {
		prompts["sentence"] = m.Model.SentencePrefix
	}
	if m.Model.SkillPrefix != "" {
		prompts["skill"] = m.Model.SkillPrefix
	}
	return prompts
}

// copyProjection writes the projection under the name of PyTorch's nn.Linear inside sentence-transformers' Dense.
func copyProjection(w io.Writer, c *Checkpoint) error {
	file, err := safetensors.OpenIn(c.folder, headName)
	if err != nil {
		return err
	}
	defer file.Close()
	info, data, found := file.Tensor("head.projection.weight")
	if !found {
		return fmt.Errorf("%s lacks head.projection.weight", headName)
	}
	return safetensors.Write(w, []safetensors.Tensor{{
		Name: "linear.weight", DType: info.DType, Shape: info.Shape, Data: func() ([]byte, error) { return data, nil },
	}}, map[string]string{"format": "pt"})
}

func jsonFile(name string, content any) ExtraFile {
	return ExtraFile{name, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(content)
	}}
}
