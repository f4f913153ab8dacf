package checkpoints

import (
	"encoding/json"
	"fmt"
	"io"

	"skillspace/model"
	"skillspace/model/safetensors"
)

// InSentenceTransformers reports whether sentence-transformers can compute the same embeddings. It has mean and CLS
// pooling and a projection, but no BiLSTM, no attention pooling and no second tower.
func (m *Manifest) InSentenceTransformers() bool {
	h := m.Model.Head
	return m.Kind == BiEncoder && m.Model.Shared && !h.BiLSTM && (h.Pooling == model.MeanPooling || h.Pooling == model.CLSPooling)
}

// SentenceTransformersFiles returns the files that sentence-transformers needs to load the exported checkpoint,
// or none if it cannot compute the same embeddings.
func SentenceTransformersFiles(c *Checkpoint) ([]ExtraFile, error) {
	m := c.Manifest
	if !m.InSentenceTransformers() {
		return nil, nil
	}
	encoder, err := model.ReadEncoderConfigIn(c.folder)
	if err != nil {
		return nil, err
	}
	type module struct {
		Index int    `json:"idx"`
		Name  string `json:"name"`
		Path  string `json:"path"`
		Type  string `json:"type"`
	}
	const prefix = "sentence_transformers.models."
	modules := []module{{0, "0", "", prefix + "Transformer"}, {1, "1", "1_Pooling", prefix + "Pooling"}}
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
		modules = append(modules, module{2, "2", "2_Dense", prefix + "Dense"})
		files = append(files, jsonFile("2_Dense/config.json", map[string]any{
			"in_features": encoder.HiddenSize, "out_features": size, "bias": false, "activation_function": "torch.nn.modules.linear.Identity",
		}), ExtraFile{"2_Dense/model.safetensors", func(w io.Writer) error { return copyProjection(w, c) }})
	}
	last := len(modules)
	modules = append(modules, module{last, fmt.Sprint(last), fmt.Sprintf("%d_Normalize", last), prefix + "Normalize"})
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
