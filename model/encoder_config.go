package model

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// EncoderConfig is the part of a Hugging Face config.json that the encoder needs.
type EncoderConfig struct {
	ModelType         string  `json:"model_type"`
	VocabSize         int64   `json:"vocab_size"`
	HiddenSize        int64   `json:"hidden_size"`
	Layers            int64   `json:"num_hidden_layers"`
	Heads             int64   `json:"num_attention_heads"`
	IntermediateSize  int64   `json:"intermediate_size"`
	MaxPositions      int64   `json:"max_position_embeddings"`
	TypeVocabSize     int64   `json:"type_vocab_size"`
	Activation        string  `json:"hidden_act"`
	HiddenDropout     float64 `json:"hidden_dropout_prob"`
	AttentionDropout  float64 `json:"attention_probs_dropout_prob"`
	LayerNormEpsilon  float64 `json:"layer_norm_eps"`
	PositionEmbedding string  `json:"position_embedding_type"`
}

// ReadEncoderConfig reads and checks config.json in a Hugging Face folder. Errors name the file and the key.
func ReadEncoderConfig(folder string) (EncoderConfig, error) {
	path := filepath.Join(folder, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config: %w", err)
	}
	c := EncoderConfig{Activation: "gelu", PositionEmbedding: "absolute", LayerNormEpsilon: 1e-12}
	if err := json.Unmarshal(text, &c); err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config %s: %w", path, err)
	}
	if err := c.validate(); err != nil {
		return EncoderConfig{}, fmt.Errorf("encoder config %s: %w", path, err)
	}
	return c, nil
}

func (c EncoderConfig) validate() error {
	if c.ModelType != "bert" {
		return fmt.Errorf("model_type: %q is not supported (bert is)", c.ModelType)
	}
	for _, size := range []struct {
		key   string
		value int64
	}{
		{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.Layers},
		{"num_attention_heads", c.Heads}, {"intermediate_size", c.IntermediateSize},
		{"max_position_embeddings", c.MaxPositions}, {"type_vocab_size", c.TypeVocabSize},
	} {
		if size.value < 1 || size.value > 1<<24 {
			return fmt.Errorf("%s: %d is out of range", size.key, size.value)
		}
	}
	if c.HiddenSize%c.Heads != 0 {
		return fmt.Errorf("hidden_size: %d is not a multiple of num_attention_heads %d", c.HiddenSize, c.Heads)
	}
	if _, known := activations[c.Activation]; !known {
		return fmt.Errorf("hidden_act: %q is not supported (%s are)", c.Activation, strings.Join([]string{"gelu", "gelu_new", "relu"}, ", "))
	}
	if c.PositionEmbedding != "absolute" {
		return fmt.Errorf("position_embedding_type: %q is not supported (absolute is)", c.PositionEmbedding)
	}
	for key, p := range map[string]float64{"hidden_dropout_prob": c.HiddenDropout, "attention_probs_dropout_prob": c.AttentionDropout} {
		if p < 0 || p >= 1 {
			return fmt.Errorf("%s: %v is not in [0, 1)", key, p)
		}
	}
	if c.LayerNormEpsilon <= 0 {
		return fmt.Errorf("layer_norm_eps: %v is not positive", c.LayerNormEpsilon)
	}
	return nil
}
